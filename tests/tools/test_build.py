"""Building: quiet with nothing to do, the compiler's words and the right exit code when it fails."""
import contextlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

from context import REPOSITORY, WithFolder

from workshop import build
from workshop.problem import ENVIRONMENT, WORK_FAILS, Problem


class WithCMake(WithFolder):
    """With a cmake in PATH that notes how it was called, then says and does what a test wants."""

    def cmake(self, configure: str = "", compile: str = "") -> None:
        self.write("bin/cmake", f"""#!/bin/sh
            echo "$*" >> {self.folder}/log
            case "$*" in
                *--preset*|*build.ninja*) {configure or ":"} ;;
                *--build*) {compile or ":"} ;;
            esac
            """, executable=True)

    def path(self) -> "dict[str, str]":
        return {"PATH": f"{self.folder}/bin:{os.environ['PATH']}"}

    def build(self, *targets: str) -> "tuple[str, int]":
        """What was said, and the exit code of the problem, 0 for none."""
        with mock.patch.dict(os.environ, self.path()), contextlib.redirect_stderr(io.StringIO()) as said:
            try:
                build.build(self.folder, targets)
            except Problem as problem:
                return f"{said.getvalue()}{problem}", problem.code
        return said.getvalue(), 0

    def calls(self) -> list:
        return (self.folder / "log").read_text().splitlines()

    def configured_for(self, root: Path) -> None:
        self.write("build/dev/build.ninja", "")
        self.write("build/dev/CMakeCache.txt", f"CMAKE_HOME_DIRECTORY:INTERNAL={root}\n")


class Build(WithCMake):
    def test_a_new_tree_is_configured_and_only_the_targets_are_built(self) -> None:
        self.cmake(compile='echo "[1/2] Building a"; echo "[2/2] Linking a"')
        said, code = self.build("a")
        self.assertEqual(code, 0)
        self.assertIn("configuring build/dev\nworkshop: building a: 2 steps\nworkshop: built in", said)
        self.assertEqual(self.calls()[0], "--preset dev")
        self.assertRegex(self.calls()[1], r"--build .*/build/dev -j \d+ --target a$")

    def test_nothing_is_said_when_nothing_is_to_do(self) -> None:
        self.configured_for(self.folder)
        self.cmake(compile='echo "[0/2] Re-checking globbed directories..."; echo "ninja: no work to do."')
        self.assertEqual(self.build(), ("", 0))

    def test_a_failed_build_shows_the_compiler_s_words_and_is_exit_code_1(self) -> None:
        self.configured_for(self.folder)
        self.cmake(compile='echo "[1/2] Building a"; echo "a.cpp:1: error: what"; exit 1')
        said, code = self.build()
        self.assertEqual(code, WORK_FAILS)
        self.assertIn("\na.cpp:1: error: what\nthe build failed", said)

    def test_a_failed_configure_shows_its_cause_and_is_exit_code_2(self) -> None:
        self.cmake(configure='echo "CMake Error: no Boost"; exit 1')
        said, code = self.build()
        self.assertEqual(code, ENVIRONMENT)
        self.assertIn("CMake Error: no Boost\nCMake could not configure", said)

    def test_a_tree_of_another_checkout_is_noticed_and_started_afresh(self) -> None:
        self.assertIsNone(build.belongs_elsewhere(self.folder))
        self.configured_for(self.folder)
        self.assertIsNone(build.belongs_elsewhere(self.folder))
        self.configured_for(Path("/elsewhere"))
        self.assertEqual(build.belongs_elsewhere(self.folder), Path("/elsewhere"))
        self.cmake()
        self.assertIn("was made for /elsewhere", self.build()[0])
        self.assertEqual(self.calls()[0], "--preset dev --fresh")

    def test_a_terminal_has_one_line_that_changes(self) -> None:
        with contextlib.redirect_stderr(io.StringIO()) as said:
            progress = build.Progress("a", terminal=True)
            for line in ("[1/2] Building a\n", "a.cpp: warning\n", "[2/2] Linking a\n"):
                progress.take(line)
            progress.end(True)
        wiped = "\r\x1b[K"
        self.assertIn(f"{wiped}[1/2] Building a{wiped}a.cpp: warning\n{wiped}[2/2] Linking a{wiped}workshop: built",
                      said.getvalue())


class TwoAtOnce(WithCMake):
    """With builds in processes of their own, and a compiler that is not done before the test says so."""

    SECONDS = 30  # at most, for what takes none

    def setUp(self) -> None:
        super().setUp()
        self.configured_for(self.folder)
        self.cmake(compile=f"""while [ -d {self.folder} ] && ! [ -e {self.folder}/go ]; do sleep 0.02; done""")

    def begun(self) -> "subprocess.Popen[str]":
        words = f"from pathlib import Path; from workshop import build; build.build(Path({str(self.folder)!r}))"
        process = subprocess.Popen([sys.executable, "-c", words], cwd=REPOSITORY / "tools", text=True,
                                   env={**os.environ, **self.path()}, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def wait_for_compiler(self) -> None:
        deadline = time.monotonic() + self.SECONDS
        while not (self.folder / "log").is_file() or len(self.calls()) < 2:
            self.assertLess(time.monotonic(), deadline, "nothing is compiled")
            time.sleep(0.01)

    def begun_second(self) -> "subprocess.Popen[str]":
        """A build that waits for another, and has said so."""
        second = self.begun()
        self.assertEqual(second.stderr.readline(), "workshop: another ./workshop builds in build/dev; waiting for it\n")
        self.assertEqual(len(self.calls()), 2, "both of them build")
        return second

    def test_the_second_waits_and_builds_then(self) -> None:
        first = self.begun()
        self.wait_for_compiler()
        second = self.begun_second()
        self.write("go", "")
        for process in (first, second):
            self.assertEqual(process.communicate(timeout=self.SECONDS)[1], "")
            self.assertEqual(process.returncode, 0)
        self.assertEqual(len(self.calls()), 4)

    def test_a_killed_one_holds_up_nobody_even_if_its_compiler_lives_on(self) -> None:
        first = self.begun()
        self.wait_for_compiler()
        second = self.begun_second()
        first.kill()
        deadline = time.monotonic() + self.SECONDS
        while len(self.calls()) < 4:
            self.assertLess(time.monotonic(), deadline, "the second one still waits")
            time.sleep(0.01)
        self.write("go", "")
        self.assertEqual(second.wait(self.SECONDS), 0)

    def test_trees_do_not_wait_for_one_another(self) -> None:
        self.write("go", "")
        with build.alone(self.folder, "kit"):
            self.assertEqual(self.build(), ("", 0))

    def test_ctrl_c_ends_the_waiting(self) -> None:
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        interrupt = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        with build.alone(self.folder, "dev"), mock.patch.object(build, "say", lambda _: interrupt.start()):
            self.assertRaises(KeyboardInterrupt, self.build)
        self.assertFalse((self.folder / "log").exists())

    def test_a_lock_that_cannot_be_made_is_the_environment_s_fault(self) -> None:
        (self.folder / "build/.dev.lock").mkdir()
        said, code = self.build()
        self.assertEqual((code, "cannot write" in said), (ENVIRONMENT, True))


if __name__ == "__main__":
    unittest.main()
