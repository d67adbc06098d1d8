"""The words of grade, groups, pack and handout, and the submissions that are made to try them."""
import contextlib
import io
import json
import os
import tarfile
import unittest
from unittest import mock

from context import REPOSITORY
from kit_case import RIGHT, SOURCE, ScriptGrader, WithExercise

from kit import cage, grading, groups, linking, submissions, synthetic
from workshop import grading as command
from workshop.cli import main
from workshop.machine import Machine


class Commands(WithExercise):
    def call(self, *words: str) -> "tuple[int, str, str]":
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(words), Machine(is_root=False, has_terminal=False), self.root)
        return code, out.getvalue(), err.getvalue()

    def assert_usage(self, words: str, said: str) -> None:
        code, _, err = self.call(*words.split())
        self.assertEqual(code, 3, err)
        self.assertIn(said, err)


class Pack(Commands):
    def test_it_says_what_is_in_it_and_makes_the_same_bytes_each_time(self) -> None:
        self.put("work/02/outbox.cpp", SOURCE)
        self.put("work/02/outbox_test.cpp", "mine")
        for name in ("a.tar.gz", "b.tar.gz"):
            code, out, err = self.call("pack", "2", "--out", str(self.folder / name))
            self.assertEqual((code, err), (0, ""))
            self.assertIn("work/02/outbox.cpp  5 lines", out)
        self.assertEqual((self.folder / "a.tar.gz").read_bytes(), (self.folder / "b.tar.gz").read_bytes())
        with tarfile.open(self.folder / "a.tar.gz") as archive:
            self.assertEqual(archive.getnames(), ["work/02/outbox.cpp"])

    def test_it_warns_of_what_is_still_to_be_written(self) -> None:
        self.put("work/02/outbox.cpp", 'kit::not_implemented("outbox::append");')
        code, _, err = self.call("pack", "02", "--out", str(self.folder / "a.tar.gz"))
        self.assertEqual(code, 0)
        self.assertIn("outbox.cpp still holds kit::not_implemented", err)

    def test_what_cannot_be_packed_is_said(self) -> None:
        self.assert_usage("pack", "pack wants one stage")
        self.assert_usage("pack 02", "there is no work/02; ./workshop start 02")
        self.assert_usage("pack 02 --out", "wants a path")
        self.assert_usage("pack 03", "not here yet")
        self.put("work/02/other", "")
        self.assertEqual(self.call("pack", "02")[0], 1)
        os.symlink("/etc/passwd", self.root / "work/02/outbox.cpp")
        code, _, err = self.call("pack", "02")
        self.assertEqual(code, 1)
        self.assertIn("symbolic link", err)


class Handout(Commands):
    def test_it_holds_what_a_student_needs_and_no_solution(self) -> None:
        out = self.folder / "new" / "handout"
        self.assertEqual(self.call("handout", "02", "--out", str(out))[0], 0)
        found = {path.relative_to(out).as_posix(): path.read_text() for path in out.rglob("*") if path.is_file()}
        self.assertEqual(sorted(found), ["CHECKS.md", "LESSON.md", "README.md", "work/02/outbox.cpp"])
        self.assertIn("| 02-first | it is right | 60 |", found["CHECKS.md"])
        self.assertIn("./workshop start 02  ", found["README.md"])
        self.assertIn('kit::not_implemented("outbox::append")', found["work/02/outbox.cpp"])
        for text in found.values():
            for word in ("n + 1", "secret hint", "It is wrong"):
                self.assertNotIn(word, text)

    def test_the_workshop_s_is_smaller(self) -> None:
        out = self.folder / "handout"
        self.assertEqual(self.call("handout", "02", "--workshop", "--out", str(out))[0], 0)
        self.assertNotIn("02-second", (out / "CHECKS.md").read_text())
        self.assertIn("start 02 --workshop", (out / "README.md").read_text())

    def test_a_folder_that_is_there_is_left_alone(self) -> None:
        self.assert_usage(f"handout 02 --out {self.root}", "not empty")
        self.assert_usage("handout 02", "a stage and a folder")


class Grade(Commands):
    def test_words_that_make_no_sense_are_refused(self) -> None:
        (self.folder / "in").mkdir()
        folder = str(self.folder / "in")
        for words, said in (("grade", "one folder"), (f"grade {folder}", "their stage"),
                            ("grade x --stage 02", "no folder"), (f"grade {folder} --fast", "--fast"),
                            (f"grade {folder} --stage 02 --repeat 0", "from 1 to 64"),
                            (f"grade {folder} --stage 02 --out {folder}/out", "among the submissions"),
                            (f"grade {folder} --stage 02", "no submission"), ("groups", "wants the folder"),
                            (f"groups {folder}", "there is no")):
            self.assert_usage(words, said)

    def test_a_folder_of_submissions_becomes_grades_and_groups(self) -> None:
        self.put("02-fork-ipc/outbox.cpp", RIGHT)
        failing = "#!/bin/sh\necho went wrong; exit 3\n"
        for name, text in (("ann", RIGHT), ("bob", failing), ("cy", failing), ("dan", "does not compile")):
            self.write(f"in/{name}/02/outbox.cpp", text)
        self.write("in/readme.txt", "")
        with contextlib.ExitStack() as fakes:
            fakes.enter_context(mock.patch.object(command, "build", lambda *words: None))
            fakes.enter_context(mock.patch.object(command, "compiler", lambda *words: []))
            fakes.enter_context(mock.patch.object(command.packages, "ensure", lambda machine: None))
            fakes.enter_context(mock.patch.object(grading, "Grader", ScriptGrader))
            fakes.enter_context(mock.patch("kit.exercise.Exercise.handout", lambda self, cut: self.reference()))
            code, out, err = self.call("grade", str(self.folder / "in"), "--stage", "2", "--repeat", "2", "--out",
                                       str(self.folder / "out"))
        self.assertEqual(code, 0, err)
        self.assertEqual([line.split()[:2] for line in out.splitlines()[1:5]],
                         [["ann", "100"], ["bob", "0"], ["cy", "0"], ["dan", "-"]])
        self.assertIn("readme.txt is neither a folder nor an archive", out)
        self.assertIn("4 submissions in", err)
        self.assertEqual(json.loads((self.folder / "out/results.json").read_text())["repeat"], 2)
        code, out, _ = self.call("groups", str(self.folder / "out"))
        self.assertEqual((code, out.splitlines()[0].split()[:2]), (0, ["2", "02-first"]))


class Grouping(unittest.TestCase):
    def test_what_is_not_written_is_one_cause_and_comes_last(self) -> None:
        def failing(name: str, *found: "tuple[str, str, str]") -> "dict[str, object]":
            return {"name": name, "status": "graded",
                    "checks": [{"id": id, "status": status, "observed": seen} for id, status, seen in found]}
        gap = "f is still to be written"
        there = groups.group({"submissions": [
            failing("ann", ("02-a", "missing", gap), ("02-b", "missing", gap)),
            failing("bob", ("02-a", "missing", gap)), failing("cy", ("02-b", "failed", "2 of 3"))]})
        self.assertEqual([(one.check, one.names) for one in there], [("02-b", ["cy"]), ("unfinished", ["ann", "bob"])])


class Made(WithExercise):
    def test_the_same_seed_makes_the_same_submissions_and_all_can_be_taken(self) -> None:
        lines = [synthetic.write(self.exercise, 40, 7, self.folder / name) for name in ("a", "b")]
        self.assertEqual(lines[0], lines[1])
        self.assertNotEqual(lines[0], synthetic.write(self.exercise, 40, 8, self.folder / "c"))
        paths, others = submissions.students(self.folder / "a")
        self.assertEqual((len(paths), others), (40, []))
        kinds = {line.split()[1] for line in lines[0]}
        self.assertLessEqual({"one", "other", "handout-assignment", "broken-outbox.cpp"}, kinds)
        for path in paths:
            self.assertEqual(submissions.take("", path, ["outbox.cpp"], "02").refused, "")


class Tree(unittest.TestCase):
    def test_a_compiler_in_somebody_s_home_is_kept(self) -> None:
        tree = mock.Mock(spec=linking.Tree)
        with mock.patch.object(cage, "home", lambda: (REPOSITORY,)):
            tree.link_command.return_value = ["/usr/bin/c++"]
            self.assertEqual(command.compiler(tree, "02"), [])
            tree.link_command.return_value = [str(REPOSITORY / "gcc/bin/g++")]
            self.assertEqual(command.compiler(tree, "02"), [REPOSITORY / "gcc"])


if __name__ == "__main__":
    unittest.main()
