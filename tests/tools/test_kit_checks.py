"""What becomes of a check, judged by programs that fail in every way; and how that is told."""
import resource
import shutil
import signal
import subprocess
import unittest
from pathlib import Path
from unittest import mock

from context import WithFolder

from kit import checks, crash, limits, stall, telling
from kit.exercise import Check

REPORT = """<?xml version="1.0"?>
<Catch name="kit_02"><Group name="kit_02"><TestCase name="t">{}
<OverallResult success="false"/></TestCase></Group></Catch>"""
PASSING = REPORT.format("").replace("false", "true")
STREAMS = """<OverallResult success="{}">
        <StdOut>
written_ is 3 &lt; 10
  and more
        </StdOut>
        <StdErr>
not implemented: a::f
        </StdErr>
      </OverallResult>"""
EXPRESSION = """<Expression success="false" type="CHECK"><Original>{}</Original><Expanded>{}</Expanded></Expression>"""


def check(id: str = "02-a", **more: object) -> Check:
    return Check(**{"id": id, "test": "t", "points": 10, "cause": f"The cause of {id}.", "promised": "p",
                    "where": "a.cpp:f", **more})  # type: ignore[arg-type]


class Verdicts(unittest.TestCase):
    def verdict(self, report: str, output: str = "", code: int = 1, stuck: str = "") -> checks.Verdict:
        return checks.verdict(check(), code, stuck, report, output)

    def test_a_failed_expression_is_said_with_what_was_found(self) -> None:
        said = self.verdict(REPORT.format(EXPRESSION.format("a == b", "1 == 2")))
        self.assertEqual((said.status, said.observed), (checks.FAILED, "expected a == b, found 1 == 2"))

    def test_notes_come_first(self) -> None:
        said = self.verdict(REPORT.format("<Info>after 3 messages</Info>" + EXPRESSION.format("x", "false")))
        self.assertEqual(said.observed, "after 3 messages; expected x, found false")
        self.assertEqual(self.verdict(REPORT.format("<Failure>the child is a zombie</Failure>")).observed,
                         "the child is a zombie")

    def test_an_exception(self) -> None:
        self.assertEqual(self.verdict(REPORT.format("<Exception>bad file</Exception>")).observed,
                         "an exception: bad file")

    def test_what_is_still_to_be_written_is_no_fault(self) -> None:
        for report in (REPORT.format("<Exception>not implemented: a::f</Exception>"), ""):
            said = self.verdict(report, "" if report else "not implemented: a::f\n", code=-6)
            self.assertEqual((said.status, said.observed), (checks.MISSING, "a::f is still to be written"))

    def test_a_crash_in_the_midst_of_the_report(self) -> None:
        half = REPORT.format("<FatalErrorCondition>SIGSEGV - Segmentation violation signal</FatalErrorCondition>")
        said = self.verdict(half[:half.index("<OverallResult")], code=-11)
        self.assertEqual(said.status, checks.CRASHED)
        self.assertIn("SIGSEGV", said.observed)
        self.assertEqual(self.verdict("", code=-9).observed, "it died of SIGKILL")

    def test_computing_without_an_end(self) -> None:
        said = self.verdict("", code=-signal.SIGXCPU)
        self.assertEqual(said.status, checks.STUCK)
        self.assertIn("without an end", said.observed)

    def test_stuck(self) -> None:
        self.assertEqual(self.verdict("", code=-9, stuck="why").status, checks.STUCK)

    def test_left_over_descriptors(self) -> None:
        said = self.verdict(REPORT.format("").replace("false", "true"), "LEAK in t:\n  descriptor 7 -> pipe\n", code=1)
        self.assertEqual((said.status, said.observed), (checks.FAILED, "LEAK in t:; descriptor 7 -> pipe"))

    def test_a_test_that_is_not_there(self) -> None:
        self.assertIn('no test called "t"', self.verdict("<Catch></Catch>", code=0).observed)

    def test_passed(self) -> None:
        self.assertTrue(self.verdict(PASSING, code=0).passed)

    def test_what_went_to_the_streams_is_shown_after_what_went_to_the_descriptors(self) -> None:
        words = "by printf\nwritten_ is 3 < 10\n  and more\nnot implemented: a::f"
        for success, code, details in (("true", 0, ""), ("false", 1, f"expected x, found false\n{words}")):
            inner = EXPRESSION.format("x", "false") if code else ""
            report = REPORT.format(inner).replace('<OverallResult success="false"/>', STREAMS.format(success))
            said = self.verdict(report, "by printf\n", code)
            self.assertEqual((said.status, said.output, said.details),
                             (checks.FAILED if code else checks.PASSED, words, details))
            half = self.verdict(report[:report.index("  and more") + 4], "by printf\n", code=-9)
            self.assertEqual((half.status, half.output), (checks.CRASHED, "by printf"))

    def test_what_went_to_the_streams_decides_nothing(self) -> None:
        inner = EXPRESSION.format("x", "false")
        plain = self.verdict(REPORT.format(inner))
        said = self.verdict(REPORT.format(inner).replace('<OverallResult success="false"/>', STREAMS.format("false")))
        self.assertEqual((said.status, said.observed), (plain.status, plain.observed))

    def test_of_a_report_that_is_none_what_was_printed_is_left(self) -> None:
        for report in ("", "<", "<Catch><TestCase></Catch>", "<Catch><TestCase><OverallResult><StdOut>\x01"):
            self.assertEqual(self.verdict(report, "words\n").output, "words", report)

    def test_names_are_taken_literally(self) -> None:
        self.assertEqual(checks.escaped("a, [b] * \\"), "a\\, \\[b\\] \\* \\\\")


class Judging(WithFolder):
    """With real processes: a shell script stands for kit_02."""

    def judge(self, script: str) -> checks.Verdict:
        program = self.write("kit_02", f"#!/bin/sh\n{script}\n", executable=True)
        with mock.patch.object(stall, "STILL", 0.4):
            return checks.judge(program, check())

    def test_right_and_wrong(self) -> None:
        report = PASSING.replace("\n", " ")
        self.assertTrue(self.judge(f"echo '{report}' > \"$5\"").passed)
        self.assertEqual(self.judge("echo words; exit 3").observed, "words")
        self.assertEqual(self.judge("kill -SEGV $$").status, checks.CRASHED)

    def test_a_stuck_one_is_ended_with_all_that_it_has_started(self) -> None:
        said = self.judge(f"mkfifo f; sleep 1000 < f & echo $! > '{self.folder}/pid'; read x < f")
        self.assertEqual(said.status, checks.STUCK)
        pid = int((self.folder / "pid").read_text())
        self.assertFalse(Path("/proc", str(pid), "fd").is_dir() and stall.session(pid))

    def test_an_endless_loop_is_ended_by_the_cpu_it_takes(self) -> None:
        with mock.patch.object(limits, "MOST", {**limits.MOST, resource.RLIMIT_CPU: ("cpu", 1)}):
            said = self.judge("while :; do :; done")
        self.assertEqual(said.status, checks.STUCK)
        self.assertIn("computes without an end", said.observed)

    def test_who_starts_processes_without_an_end_is_ended_with_all_of_them(self) -> None:
        with mock.patch.object(stall, "PROCESSES", 20):
            said = self.judge(f"echo $$ > '{self.folder}/pid'\nwhile :; do sleep 1000 & done")
        self.assertEqual(said.observed, "it has started more than 20 processes that are still there")
        self.assertEqual(stall.session(int((self.folder / "pid").read_text())), [])

    def test_who_comes_after_a_failed_one_is_not_judged(self) -> None:
        there = [check("02-a"), check("02-b", after=("02-a",)), check("02-c", after=("02-b",)), check("02-d")]
        program = self.write("kit_02", "#!/bin/sh\nexit 1\n", executable=True)
        said = checks.judge_all(program, there)
        self.assertEqual([one.status for one in said],
                         [checks.FAILED, checks.NOT_JUDGED, checks.NOT_JUDGED, checks.FAILED])


@unittest.skipUnless(shutil.which("gdb"), "needs gdb")
class Crashing(WithFolder):
    def test_the_innermost_line_of_the_students_is_named(self) -> None:
        source = self.write("work/a.cpp", """#include <vector>
namespace own {
int read_at(int* where) {
    return *where;
}
}
int main(int, char** words) {
    return own::read_at(words[1] ? nullptr : new int(3));
}
""")
        program = self.folder / "kit_02"
        subprocess.run(["c++", "-g", "-O0", "-o", program, source], check=True)
        shown = {str(source): "work/a.cpp"}
        self.assertEqual(crash.place(program, ["word"], shown), "work/a.cpp:4, own::read_at")
        self.assertEqual(crash.place(program, [], shown), "")
        self.assertEqual(crash.place(program, ["word"], {}), "")


class Telling(WithFolder):
    def test_a_fault_is_at_most_eight_lines(self) -> None:
        lines = telling.fault(checks.Verdict(check(), checks.FAILED, "x " * 500), "work/02/a.cpp:3, f")
        self.assertLessEqual(len(lines), 8)
        text = "\n".join(lines)
        for words in ("02-a: The cause of 02-a. (10 points)", "promised", "observed", "work/02/a.cpp:3", "./workshop hint"):
            self.assertIn(words, text)
        self.assertLess(max(map(len, lines)), 330)

    def test_a_crash_is_not_told_as_the_fault_that_the_check_is_for(self) -> None:
        died = checks.Verdict(check(), checks.CRASHED, "it died of SIGSEGV", place="work/02/a.cpp:7, g")
        text = "\n".join(telling.fault(died, "work/02/a.cpp:3, f"))
        self.assertNotIn("The cause of", text)
        self.assertIn("look at   work/02/a.cpp:7, g", text)

    def test_what_a_check_observed_is_not_introduced_twice(self) -> None:
        self.assertEqual(telling.observed(checks.Verdict(check(), checks.FAILED, "observed: 3 of 5")), "3 of 5")

    def test_the_first_warning_about_ones_own_file(self) -> None:
        words = ("/r/support/a.hpp:1:2: warning: not mine\n/r/mine/01/a.cpp: In function f\n"
                 "/r/mine/01/a.cpp:54:9: warning: ignoring return value\n   54 | x\n/r/mine/01/a.cpp:60:1: warning: w\n")
        self.assertEqual(telling.warning(words, Path("/r/mine/01/a.cpp"), "work/01/a.cpp"),
                         "the compiler warns: work/01/a.cpp:54: ignoring return value")
        self.assertEqual(telling.warning("", Path("/r/mine/01/a.cpp"), "work/01/a.cpp"), "")

    def test_what_is_wrong_comes_before_what_is_missing(self) -> None:
        missing = checks.Verdict(check("02-a"), checks.MISSING)
        wrong = checks.Verdict(check("02-b"), checks.STUCK)
        waits = checks.Verdict(check("02-c"), checks.NOT_JUDGED)
        self.assertIs(telling.first_fault([waits, missing, wrong]), wrong)
        self.assertIs(telling.first_fault([waits, missing]), missing)
        self.assertIsNone(telling.first_fault([checks.Verdict(check(), checks.PASSED)]))

    def test_the_line_of_a_function(self) -> None:
        path = self.write("work/02/a.cpp", "int g();\n\nint f() {\n    return 1;\n}\n")
        sources = {"a.cpp": (path, "work/02/a.cpp")}
        self.assertEqual(telling.place(check(), sources), "work/02/a.cpp:3, f")
        self.assertEqual(telling.place(check(where="a.cpp:gone"), sources), "work/02/a.cpp, gone")
        self.assertIn("no part of this cut", telling.place(check(where="b.cpp:f"), sources))
        self.assertEqual(telling.place(check(where="a.cpp:g, a.cpp:f"), sources),
                         "work/02/a.cpp, g; or work/02/a.cpp:3, f")

    def test_points_and_extensions(self) -> None:
        said = [checks.Verdict(check(), checks.PASSED), checks.Verdict(check(points=90), checks.FAILED),
                checks.Verdict(check(points=25, extension=True), checks.PASSED)]
        self.assertEqual(telling.points(said), "10 of 100 points, and 25 for extensions")
        self.assertEqual(telling.points(said[:2]), "10 of 100 points")

    def test_missing_functions_are_said_once(self) -> None:
        text = 'void a::f() {\n    kit::not_implemented("a::f");\n}\nint g() {\n    kit::not_implemented("g");\n}\n'
        self.assertEqual(telling.still_missing(text), ["a::f", "g"])
        self.assertEqual(telling.listed(["a::f", "a::g", "a::f#2", "h"]), "a::f, g; h")

    def test_the_compilers_first_error(self) -> None:
        words = ("/r/mine/02/a.cpp: In function 'f':\n/r/mine/02/a.cpp:3:5: warning: w\n"
                 "/r/mine/02/a.cpp:4:5: error: first\n    4 | x\n      | ^\n/r/mine/02/a.cpp:9:1: error: second\n")
        self.assertEqual(telling.compiler(words, Path("/r")), ["mine/02/a.cpp:4:5: error: first", "    4 | x", "      | ^"])
        long = "/r/a.cpp:1:1: error: e\n" + "note\n" * 99
        self.assertLessEqual(len(telling.compiler(long, Path("/r"))), 12)

    def test_an_error_within_a_header(self) -> None:
        words = ("In file included from /r/x.hpp:1,\n                 from /r/mine/02/a.cpp:7:\n"
                 "/usr/include/y.hpp:5:1: error: no\n")
        said = telling.compiler(words, Path("/r"), "mine/02/a.cpp")
        self.assertEqual(said, ["/usr/include/y.hpp:5:1: error: no", "  reached from mine/02/a.cpp:7"])

    def test_the_linker(self) -> None:
        self.assertIn("a.cpp: f()", "\n".join(telling.linker("", ["a.cpp: f()"])))
        words = "/usr/bin/ld: x.o: in function `g':\nx.cpp:(.text+0x5): undefined reference to `f()'\ncollect2: error\n"
        self.assertEqual(telling.linker(words, [])[1:], ["  undefined reference to `f()'"])


if __name__ == "__main__":
    unittest.main()
