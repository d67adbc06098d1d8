"""./workshop start, use, reset, diff, predict and show, and what they say to wrong words."""
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
import unittest
from pathlib import Path
from unittest import mock

from stage_case import WithStage

from kit import predict as questions
from workshop import build, predicting, showing
from workshop.problem import Problem, UsageProblem
from workshop.work import Work


class Begin(WithStage):
    def test_start_gives_the_files_without_the_solution(self) -> None:
        self.says("start 2", 0, "goal   Two numbers.", "work/02/one.cpp: one", "02-x", "you are here", "./workshop check")
        text = (self.root / "work/02/one.cpp").read_text()
        self.assertNotIn("the solution", text)
        self.assertIn('kit::not_implemented("one");', text)

    def test_the_small_cut_is_remembered(self) -> None:
        self.says("start x --workshop", 0, "the small cut")
        self.assertEqual(sorted(path.name for path in (self.root / "work/02").iterdir()), ["one.cpp"])
        text = self.says("check", 1, "02-one")
        self.assertNotIn("02-two", text)

    def test_work_is_never_overwritten(self) -> None:
        self.says("start 2", 0)
        self.solve("one.cpp", "mine")
        self.says("start 2", 3, "stays as it is", "./workshop reset 02")
        self.assertEqual((self.root / "work/02/one.cpp").read_text(), "mine")

    def test_reset_keeps_the_old_files(self) -> None:
        self.says("start 2", 0)
        for count in (1, 2):
            self.solve("one.cpp", f"try {count}")
            self.says("reset 2", 0, f"work/backup/02-{count}/")
            self.assertEqual((self.root / f"work/backup/02-{count}/one.cpp").read_text(), f"try {count}")
        self.says("reset 2 --workshop", 0, "(workshop)")

    def test_diff(self) -> None:
        self.says("start 2", 0)
        self.says("diff 2", 0, "still as it was handed out")
        self.solve("one.cpp")
        self.says("diff", 0, "+++ work/02/one.cpp", "+    return 1;", '-    kit::not_implemented("one");')

    def test_use(self) -> None:
        self.says("use 2 mine", 3, "nothing of yours", "./workshop start 02")
        self.says("start 2", 0)
        self.says("use 2 mine", 0, "mine (later stages", "Not everything of stage 02 has passed")
        self.says("use 2 reference", 0, "./workshop use 02 mine takes it")
        self.says("use", 0, "02-x")
        self.says("use 2 yours", 3, "use N mine")

    def test_what_is_not_there_is_said_with_what_there_is(self) -> None:
        self.says("start", 3, "which stage", "02")
        self.says("start 5", 3, "stage 05 has no exercise; there are: 02")
        self.says("start 9", 3, "stages: 02, 05")
        self.says("start 2 --fast", 3, "does not know --fast")
        self.says("check", 3, "None was begun yet", "./workshop start N")
        self.says("check 2", 3, "nothing of yours in work/02/")
        self.says("start 2", 0)
        self.says("check 2 02-on", 3, 'no check "02-on"', 'did you mean "02-one"?', "02-one, 02-two")
        self.says("hint", 3, "Nothing of stage 02 was checked yet", "./workshop hint 02-one")
        self.says("explain", 3, "which check?")
        self.says("explain 02-too", 3, "02-one, 02-two")
        self.says("predict 2", 3, "stage 02 has no questions")

    def test_a_damaged_state_is_said(self) -> None:
        (self.root / "work").mkdir()
        (self.root / "work/.state.json").write_text("{")
        self.says("use", 2, ".state.json is damaged", "remove it")


class Predict(WithStage):
    def setUp(self) -> None:
        super().setUp()
        self.ask("exit 7")
        self.addCleanup((self.root / "exercises/02/predict.json").unlink)

    def ask(self, command: str) -> None:
        (self.root / "exercises/02/predict.json").write_text(json.dumps([
            {"id": "02-a", "question": "Exit code?", "choices": ["0", "7"], "answer": 1,
             "command": command, "why": "Because."}]))

    def test_the_answer_comes_first(self) -> None:
        self.says("predict 2", 0, "Exit code?", "(exit code 7)", "You said 1; it is 2: 7", "Because.", given="1\n")
        self.says("predict 2", 0, "all 1 questions", "0 of them right")
        self.says("predict 2 02-a", 0, "As you said.", given="2\n")
        self.says("predict 2", 0, "1 of them right")

    def test_what_is_no_answer_is_refused(self) -> None:
        for given in ("", "3\n", "x\n"):
            self.says("predict 2", 3, "number from 1 to 2", given=given)
        self.says("predict 2 02-b", 3, "it has: 02-a")
        self.says("predict", 3, "which stage")

    def test_what_the_answer_needs_is_built_after_it(self) -> None:
        self.ask(": 02-x/p; exit 7")
        self.says("predict 2", 3, "Exit code?", given="3\n")
        build.build.assert_not_called()
        with mock.patch.object(build, "build", side_effect=Problem("the build failed", 1)):
            self.says("predict 2", 1, "Your answer (1-2): 2\nworkshop: the build failed", given="2\n")
        self.says("predict 2", 0, "As you said.", given="2\n")
        build.build.assert_called_once()

    def test_what_is_saved_during_a_build_is_kept(self) -> None:
        def meanwhile(*_: object, **__: object) -> None:
            work = Work(self.root)
            work.state["last"] = f"saved {work.state.get('last', '')}"
            work.save()

        self.ask(": 02-x/p; exit 7")
        with mock.patch.object(build, "build", side_effect=meanwhile):
            self.says("predict 2", 0, given="2\n")
        self.assertEqual(Work(self.root).state, {"last": "saved ", "predictions": {"02": {"02-a": 1}}})

    def test_on_a_terminal_it_asks_again(self) -> None:
        one = questions.load(self.root / "exercises/02")[0]
        for typed, found in (("x\n3\n\n\u00b2\n2\n", 1), ("0\n", None)):
            with mock.patch.object(sys, "stdin", io.StringIO(typed)) as terminal, \
                    contextlib.redirect_stdout(io.StringIO()) as said:
                terminal.isatty = lambda: True
                if found is None:  # Ctrl-D behind it
                    self.assertRaises(UsageProblem, predicting.answer, one)
                else:
                    self.assertEqual(predicting.answer(one), found)
            self.assertEqual(said.getvalue().count("that was no answer; type a number from 1 to 2\n"),
                             typed.count("\n") - (found is not None))

    def test_a_broken_file_is_not_the_students_fault(self) -> None:
        (self.root / "exercises/02/predict.json").write_text("[{}]")
        self.says("predict 2", 2, "you are not to blame", 'has no "id"')
        self.assertEqual(questions.load(self.folder), [])


class Show(WithStage):
    def test_a_program_is_shown_once_and_ended(self) -> None:
        begun = time.monotonic()
        self.says("show --once sh -c", 0)
        text = self.says("show sleep 1000", 0, "sleep (", "waits in")
        pid = int(text.partition("(")[2].partition(")")[0])
        self.assertFalse(Path("/proc", str(pid)).exists())
        self.assertLess(time.monotonic() - begun, 60)

    def test_a_process(self) -> None:
        self.says(f"show {os.getpid()}", 0, f"({os.getpid()})")

    def test_what_cannot_be_shown(self) -> None:
        self.says("show 4194305", 3, "no process 4194305")
        self.says("show no-such-program", 3, "nor in PATH")
        self.says("show --twice", 3, "--twice")
        self.says(f"show {os.getpid()} 2", 3, "one word too many")
        self.says("show", 3, "nothing runs from")

    def test_what_runs_from_the_build_tree_is_found(self) -> None:
        program = self.root / "build/kit/sleeper"
        shutil.copy("/bin/sleep", program)
        with subprocess.Popen([str(program), "1000"]) as process:
            try:
                self.assertEqual(showing.ours(self.root), [process.pid])
            finally:
                process.kill()


if __name__ == "__main__":
    unittest.main()
