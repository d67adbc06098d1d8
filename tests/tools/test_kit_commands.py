"""The student's commands, from start to the last point, in a repository of one tiny stage that is really compiled."""
import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

from context import WithFolder

from kit import linking, predict as questions
from workshop import build, checking, packages, showing
from workshop.cli import main
from workshop.machine import Machine

EXERCISE = {
    "goal": "Two numbers.",
    "cuts": {"workshop": {"one.cpp": ["one"]}, "assignment": {"one.cpp": ["one"], "two.cpp": ["two"]}},
    "checks": [{"id": f"02-{name}", "cut": cut, "test": name, "points": 50, "cause": f"{name} is not {name}.",
                "promised": f"{name} is {name}", "where": f"{name}.cpp:{name}", "hints": ["q?", "c(2)", "near", "outline"]}
               for name, cut in (("one", "workshop"), ("two", "assignment"))]}
# Stands for Catch2: kit_02 NAME -r xml -o FILE.
MAIN = r"""
#include <cstdio>
#include <cstring>
#include <exception>
int one(); int two();
int main(int, char** argv) {
    int (*f)() = std::strcmp(argv[1], "one") == 0 ? one : two;
    const int wanted = f == one ? 1 : 2;
    int found = 0;
    try { found = f(); } catch (const std::exception& error) { std::puts(error.what()); }
    std::FILE* file = std::fopen(argv[5], "w");
    std::fprintf(file, "<Catch><TestCase name='%s'>", argv[1]);
    if (found != wanted)
        std::fprintf(file, "<Expression success='false'><Original>%s()</Original><Expanded>%d</Expanded></Expression>",
                     argv[1], found);
    std::fprintf(file, "</TestCase></Catch>");
    return found == wanted ? 0 : 1;
}
"""
NINJA = """
rule cxx
  command = c++ -I{root} -MD -MF $out.d -o $out -c $in
rule ar
  command = : && rm -f $out && ar qc $out $in && ranlib $out && :
rule link
  command = : && c++ $objects -o $out $libraries && :
build one.o: cxx {root}/02-x/one.cpp
build two.o: cxx {root}/02-x/two.cpp
build main.o: cxx {root}/main.cpp
build support.o: cxx {root}/exercises/kit/not_implemented.cpp
build libx.a: ar one.o two.o
build libkit_support.a: ar support.o
build kit/kit_{number}: link | main.o libx.a libkit_support.a
  objects = main.o
  libraries = libx.a libkit_support.a
build kit_{number}: phony kit/kit_{number}
"""


class WithStage(WithFolder):
    """One repository for all tests of a class, copied for each: what is compiled once stays compiled."""

    model: Path

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(prefix="tools-test-")
        cls.addClassCleanup(folder.cleanup)
        cls.model = Path(folder.name).resolve()
        files = {"02-x/CMakeLists.txt": "add_stage(x SOURCES one.cpp PROGRAMS p)\n", "main.cpp": MAIN,
                 "05-y/CMakeLists.txt": "add_stage(y SOURCES y.cpp)\n",
                 "02-x/one.hpp": "int one();\n", "02-x/two.hpp": "int two();\n",
                 "02-x/one.cpp": '#include "02-x/one.hpp"\n\n// The first.\nint one() {\n    return 1;  // the solution\n}\n',
                 "02-x/two.cpp": '#include "02-x/two.hpp"\n\nint two() {\n    return 2;\n}\n',
                 "exercises/02/exercise.json": json.dumps(EXERCISE),
                 "exercises/02/explain/02-one.md": "# One\n\nIt is **one**.\n", "exercises/02/explain/02-two.md": "# Two\n",
                 "exercises/kit/not_implemented.hpp": "namespace kit { [[noreturn]] void not_implemented(const char*); }\n",
                 "exercises/kit/not_implemented.cpp":
                     '#include <stdexcept>\n#include <string>\nnamespace kit { [[noreturn]] void not_implemented(const char* f) '
                     '{ throw std::logic_error(std::string("not implemented: ") + f); } }\n',
                 "build/kit/build.ninja": NINJA.format(root=cls.model, number="02")}
        for name, text in files.items():
            (cls.model / name).parent.mkdir(parents=True, exist_ok=True)
            (cls.model / name).write_text(text)
        subprocess.run(["ninja", "-C", str(cls.model / "build/kit"), "kit_02"], stdout=subprocess.DEVNULL, check=True)

    def setUp(self) -> None:
        super().setUp()
        self.root = self.model
        shutil.rmtree(self.root / "work", ignore_errors=True)
        for patch in (mock.patch.object(packages, "ensure"), mock.patch.object(build, "build")):
            patch.start()
            self.addCleanup(patch.stop)

    def call(self, words: str, given: str = "") -> "tuple[int, str]":
        """(exit code, everything that was said)."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), \
                mock.patch.object(sys, "stdin", io.StringIO(given)):
            code = main(words.split(), Machine(has_terminal=False), self.root)
        return code, out.getvalue()

    def says(self, words: str, code: int, *said: str, given: str = "") -> str:
        got, text = self.call(words, given)
        self.assertEqual(got, code, text)
        for each in said:
            self.assertIn(each, text)
        return text

    def solve(self, name: str, text: str = "") -> None:
        (self.root / "work/02" / name).write_text(text or (self.root / "02-x" / name).read_text())


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
        self.says("hint", 3, "Nothing of stage 02 was checked yet")
        self.says("explain", 3, "which check?")
        self.says("explain 02-too", 3, "02-one, 02-two")
        self.says("predict 2", 3, "stage 02 has no questions")

    def test_a_damaged_state_is_said(self) -> None:
        (self.root / "work").mkdir()
        (self.root / "work/.state.json").write_text("{")
        self.says("use", 2, ".state.json is damaged", "remove it")


class Check(WithStage):
    def setUp(self) -> None:
        super().setUp()
        self.says("start 2", 0)

    def test_from_nothing_to_all_points(self) -> None:
        text = self.says("check", 1, "still to be written in work/02/one.cpp: one", "0 of 100 points", "hint 02-one")
        self.assertIn("to do    100  02-one, 02-two", text)
        self.solve("one.cpp", '#include "02-x/one.hpp"\nint one() { return 3; }\n')
        text = self.says("check", 1, "02-one: one is not one. (50 points)", "promised  one is one",
                         "observed  expected one(), found 3", "look at   work/02/one.cpp:2, one", "./workshop hint")
        self.assertEqual(text.count("is still to be written"), 0)
        self.solve("one.cpp")
        self.says("check 02-one", 0, "50 of 50 points", "./workshop check 02, all of them")
        self.solve("two.cpp")
        self.says("check 2", 0, "100 of 100 points, all there is")
        self.assertTrue(json.loads((self.root / "work/.state.json").read_text())["stages"]["02"]["passed"])

    def test_only_what_has_changed_is_compiled(self) -> None:
        self.says("check", 1)
        with mock.patch.object(linking, "run", side_effect=linking.run) as run:
            self.says("check", 1)
            self.assertEqual(run.call_count, 0)
            self.solve("two.cpp")
            self.says("check", 1)
            self.assertEqual([Path(call[0][0]).name for call in run.call_args_list], ["two.cpp", "kit_02"])

    def test_the_compilers_message_leads_to_the_students_file(self) -> None:
        self.solve("two.cpp", '#include "02-x/two.hpp"\n\nint two() { return too; }\n')
        text = self.says("check", 1, "work/02/two.cpp:3:", "error:", "too", "mend this first error")
        self.assertNotIn(str(self.root), text)
        self.assertLessEqual(text.count("\n"), 12)

    def test_a_function_that_is_gone(self) -> None:
        self.solve("two.cpp", "int three() { return 2; }\n")
        self.says("check", 1, "no longer in them", "two.cpp: two()")
        self.solve("two.cpp", "\n")
        self.says("check", 1, "two.cpp: two()")

    def test_a_file_that_is_gone(self) -> None:
        (self.root / "work/02/two.cpp").unlink()
        self.says("check", 3, "work/02/two.cpp is gone", "./workshop reset 02")

    def test_hints_tell_more_each_time(self) -> None:
        self.says("check", 1)
        for tier, words in enumerate(("q?", "c(2)", "near", "outline", "outline"), 1):
            self.says("hint", 0, f"02-one, hint {min(tier, 4)} of 4", words)
        self.says("hint 02-two", 0, "02-two, hint 1 of 4: a question")
        self.says("hint two", 3, "is no check")
        self.says("explain", 0, "One", "It is one.")
        self.says("explain 02-two", 0, "Two")

    def test_without_a_fault_there_is_no_hint(self) -> None:
        self.solve("one.cpp")
        self.solve("two.cpp")
        self.says("check", 0)
        self.says("hint", 0, "found no fault")

    def test_watch_checks_at_each_save(self) -> None:
        seen: "list[str]" = []

        def saved() -> None:
            seen.append("")
            if len(seen) == 1:
                time.sleep(0.01)
                self.solve("one.cpp")
            elif len(seen) == 3:
                raise KeyboardInterrupt

        with mock.patch.object(checking, "pause", saved):
            text = self.says("watch 2", 0, "0 of 100 points", "50 of 100 points", "Ctrl-C ends")
        self.assertEqual(text.count("waiting for you to save"), 2)


class Later(WithStage):
    """A stage that stands on another one's files."""

    def setUp(self) -> None:
        super().setUp()
        later = json.loads(json.dumps(EXERCISE).replace("02-", "05-").replace("one.cpp:one", "y.cpp:y")
                           .replace("two.cpp:two", "y.cpp:y"))
        later["cuts"] = {"workshop": {"y.cpp": ["y"]}, "assignment": {"y.cpp": ["y"]}}
        for name, text in {"05-y/y.cpp": '#include "02-x/one.hpp"\nint y() { return 5; }\n',
                           "exercises/05/exercise.json": json.dumps(later), "exercises/05/explain/05-one.md": "#",
                           "exercises/05/explain/05-two.md": "#"}.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)
        self.addCleanup(shutil.rmtree, self.root / "exercises/05")
        tree = self.root / "build/kit"
        before = (tree / "build.ninja").read_text()
        self.addCleanup((tree / "build.ninja").write_text, before)
        (tree / "build.ninja").write_text(
            before + f"build y.o: cxx {self.root}/05-y/y.cpp\nbuild kit/kit_05: link | main.o y.o libx.a libkit_support.a\n"
            "  objects = main.o\n  libraries = libx.a libkit_support.a\nbuild kit_05: phony kit/kit_05\n")
        linking.commands_of.cache_clear()

    def test_an_unfinished_stage_holds_up_a_later_one_only_if_it_is_mine(self) -> None:
        self.says("start 2", 0)
        self.says("start 5", 0, "reference (yours is begun")
        shutil.copy(self.root / "05-y/y.cpp", self.root / "work/05/y.cpp")
        self.says("check", 0, "100 of 100")
        self.says("use 2 mine", 0)
        self.says("check 5", 1, "to do", "linked with your own stage 02", "./workshop use 02 reference")
        self.solve("one.cpp", "int one( {}\n")
        self.says("check 5", 1, "work/02/one.cpp:1", "Your stage 02 does not compile", "use 02 reference")
        self.says("use 2 reference", 0)
        self.says("check 5", 0)


class Predict(WithStage):
    def setUp(self) -> None:
        super().setUp()
        (self.root / "exercises/02/predict.json").write_text(json.dumps([
            {"id": "02-a", "question": "Exit code?", "choices": ["0", "7"], "answer": 1,
             "command": "exit 7", "why": "Because."}]))
        self.addCleanup((self.root / "exercises/02/predict.json").unlink)

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
