"""Grading: what each submission gets, whatever it or another one does, and what is written about it."""
import csv
import json
import unittest
import xml.etree.ElementTree as xml
from unittest import mock

from kit_case import BOMB, RIGHT, WithExercise

from kit import cage, checks, gradebook, grading, groups, linking, outcome
from kit.submissions import Submission

SECOND_FAILS = RIGHT.replace("echo", 'case "$1" in *second*) exit 3;; esac\necho', 1)
FIRST_FAILS = RIGHT.replace("echo", 'case "$1" in *first*) echo "process 4711 left"; exit 1;; esac\necho', 1)


class Grading(WithExercise):
    def grade(self, *scripts: str, repeat: int = 2, level: "cage.Cage | None" = None) -> "list[outcome.Graded]":
        """A submission for each script, named a, b, …"""
        ones = [Submission(name, {"outbox.cpp": script}) for name, script in zip("abcdefghij", scripts)]
        level = level or cage.best([self.root], [])
        return grading.grade_all(self.grader(level, repeat), ones, 3, lambda done, one: None)

    def statuses(self, one: outcome.Graded) -> "list[str]":
        return [result.status for result in one.results]

    def test_points_are_those_of_the_checks_that_hold(self) -> None:
        right, wrong = self.grade(RIGHT, SECOND_FAILS)
        self.assertEqual((right.points, self.statuses(right)), (100, ["passed", "passed"]))
        self.assertEqual((wrong.points, self.statuses(wrong)), (60, ["passed", "failed"]))
        assert wrong.first_fault
        self.assertEqual(wrong.first_fault.check.id, "02-second")

    def test_what_comes_after_a_failed_check_is_not_judged(self) -> None:
        both = RIGHT.replace("echo", "exit 1\necho", 1)
        self.assertEqual(self.statuses(self.grade(both)[0]), ["failed", "not judged"])

    def test_a_check_that_passes_now_and_then_is_unsteady_and_counts_nothing(self) -> None:
        times = iter(range(100))
        real, grading.judge_one = grading.judge_one, lambda level, program, check, seconds: checks.Verdict(
            check, checks.FAILED if check.id == "02-second" and next(times) == 1 else checks.PASSED, "seen once")
        self.addCleanup(setattr, grading, "judge_one", real)
        one, = self.grade(RIGHT, repeat=3)
        self.assertEqual((one.points, one.unsteady), (60, ["02-second"]))
        self.assertEqual(one.results[1].observed, "unsteady: passed 2 of 3; seen once")

    def test_nobody_stops_the_others(self) -> None:
        level = cage.best([self.root], [])
        bomb = BOMB if cage.is_safe(level) else "sleep 99"
        found = self.grade(
            "does not compile", f"#!/bin/sh\n{bomb}\n",
            "#!/bin/sh\nkill -9 0\n", "#!/bin/sh\nexec head -c 200000000 /dev/zero\n", "#!/bin/sh\nsleep 1000\n",
            "#!/bin/sh\nkill -40 $$\n", "#!/bin/sh\nexit 0\n", "#!/no/such\n", RIGHT, repeat=1, level=level)
        self.assertEqual([one.points for one in found], [0] * 8 + [100])
        self.assertEqual([one.status for one in found], ["does not compile"] + ["graded"] * 8)
        first = [self.statuses(one)[0] for one in found[1:]]
        self.assertEqual(first, ["stuck", "crashed", "failed", "stuck", "crashed", "failed", "failed", "passed"])

    def test_a_failure_of_the_grader_itself_is_told_of_that_one_alone(self) -> None:
        grader = self.grader()
        grader.judge = None  # type: ignore[assignment,method-assign]
        one = grader.grade(Submission("a", {"outbox.cpp": RIGHT}))
        self.assertEqual(one.status, "not graded")
        self.assertIn("TypeError", one.words)

    def test_a_machine_that_is_short_of_something_is_no_fault_of_a_submission(self) -> None:
        grader = self.grader(cage.Cage(), repeat=1)
        failures = iter(["once", "twice"])

        def judge_one(*words: object) -> checks.Verdict:
            for why in failures:
                raise cage.CageFailed(why)
            return checks.Verdict(words[2], checks.PASSED)  # type: ignore[arg-type]

        for name, fake in (("judge_one", judge_one), ("time", mock.Mock(monotonic=lambda: 0.0, sleep=lambda _: None))):
            patch = mock.patch.object(grading, name, fake)
            patch.start()
            self.addCleanup(patch.stop)
        self.assertEqual(grader.grade(Submission("a", {"outbox.cpp": RIGHT})).points, 100)
        failures = iter(["1", "2", "no processes left"])
        one = grader.grade(Submission("a", {"outbox.cpp": RIGHT}))
        self.assertEqual((one.status, one.points), ("not graded", 0))
        self.assertIn("no processes left", one.words)
        wrong = linking.DoesNotCompile("a.cpp", "cage: [Errno 11] Resource temporarily unavailable")
        with mock.patch.object(linking, "build", side_effect=wrong), self.assertRaises(cage.CageFailed):
            grading.build(grader.tree, grader.exercise, {}, self.folder)

    def test_who_uses_up_the_time_is_not_repeated(self) -> None:
        grader = self.grader(cage.best([self.root], []), repeat=3)
        grader.seconds = {"02-first": 0.6, "02-second": 0.6}
        one = grader.grade(Submission("a", {"outbox.cpp": "#!/bin/sh\nwhile :; do :; done\n"}))
        self.assertEqual([len(result.verdicts) for result in one.results], [1, 1])

    def test_the_reference_tells_the_time_or_that_this_machine_cannot_judge(self) -> None:
        grader = self.grader(cage.best([self.root], []))
        self.assertEqual([one.check.id for one in grader.learn()], ["02-first", "02-second"])  # C++ is no script
        self.put("02-fork-ipc/outbox.cpp", RIGHT)
        self.assertEqual(grader.learn(), [])
        self.assertEqual(grader.seconds["02-first"], grading.PATIENCE)


class Written(WithExercise):
    def setUp(self) -> None:
        super().setUp()
        first, second = self.exercise.checks

        def one(check: checks.Check, *statuses: str, seen: str = "") -> outcome.Result:
            return outcome.Result(check, tuple(checks.Verdict(check, status, seen, f"{seen}\n```\n# no head")
                                               for status in statuses))

        self.graded = [
            outcome.Graded("=ann", outcome.GRADED, "", (), (one(first, "passed"), one(second, "passed"))),
            outcome.Graded("b\x1b[31mob", outcome.GRADED, "", ("outbox.cpp was not handed in",),
                           (one(first, "failed", seen="pid 12 in /tmp/x1/a\x1b[0m"), one(second, "not judged"))),
            outcome.Graded("B_[31MOB", outcome.GRADED, "", (), (one(first, "failed", seen="pid 7 in /var/b"),
                                                             one(second, "passed", "failed"))),
            outcome.Graded("../cy", outcome.BROKEN, "outbox.cpp does not compile\na/outbox.cpp:1:2: error: what"),
            outcome.Graded("dan", outcome.REFUSED, "outbox.cpp is no plain file")]
        gradebook.write(self.folder / "out", self.exercise, self.graded, {"version": 1})

    def text(self, path: str) -> str:
        return (self.folder / "out" / path).read_text()

    def test_the_table_has_a_line_for_each(self) -> None:
        lines = gradebook.table(self.graded)
        self.assertEqual([line.split()[:2] for line in lines[1:]],
                         [["=ann", "100"], ["b\\x1b[31mob", "0"], ["B_[31MOB", "0"], ["../cy", "-"], ["dan", "-"]])
        self.assertNotIn("\x1b", "".join(lines))

    def test_every_student_has_a_page_and_a_gradescope_file_whatever_the_name(self) -> None:
        names = sorted(path.name for path in (self.folder / "out/students").iterdir())
        self.assertEqual(names, ["B__31MOB-2.md", "_ann.md", "_cy.md", "b__31mob.md", "dan.md"])
        found = json.loads(self.text("gradescope/_ann/results.json"))
        self.assertEqual((found["score"], [test["status"] for test in found["tests"]]), (100, ["passed", "passed"]))
        self.assertEqual(json.loads(self.text("gradescope/dan/results.json"))["score"], 0)

    def test_the_page_tells_the_first_fault_and_cannot_be_broken_out_of(self) -> None:
        page = self.text("students/b__31mob.md")
        self.assertIn("**0 of 100 points**", page)
        self.assertIn("It is wrong. Expected: it is right.", page)
        self.assertIn("````text\npid 12", page)
        self.assertIn("| 02-second | not judged | 0 of 40 |", page)
        self.assertNotIn("\x1b", page)
        self.assertIn("| 02-second | unsteady: passed 1 of 2 | 0 of 40 |", self.text("students/B__31MOB-2.md"))

    def test_no_page_gives_a_hint_away(self) -> None:
        for path in (self.folder / "out").rglob("*.*"):
            self.assertNotIn("the secret hint", path.read_text(), path)

    def test_the_other_formats_can_be_read(self) -> None:
        root = xml.fromstring(self.text("junit.xml"))
        self.assertEqual([suite.get("failures") for suite in root], ["0", "1", "2", "0", "0"])
        self.assertEqual([suite.get("errors") for suite in root], ["0", "0", "0", "1", "1"])
        rows = list(csv.reader(self.text("grades.csv").splitlines()))
        self.assertEqual([row[:2] for row in rows[1:]], [["'=ann", "100"], ["b\\x1b[31mob", "0"], ["B_[31MOB", "0"],
                                                         ["../cy", "0"], ["dan", "0"]])

    def test_groups_do_not_look_at_numbers_and_paths(self) -> None:
        found = groups.group(json.loads(self.text("results.json")))
        self.assertEqual([(one.check, one.status, len(one.names)) for one in found],
                         [("02-first", "failed", 2), ("02-second", "unsteady", 1), ("compiler", "does not compile", 1),
                          ("submission", "refused", 1)])
        self.assertEqual(found[0].observed, "pid N in PATH")
        self.assertEqual(found[2].observed, "outbox.cpp: error: what")
        self.assertIn("   2  02-first  failed", groups.lines(found)[0])


if __name__ == "__main__":
    unittest.main()
