"""Building: quiet with nothing to do, the compiler's words and the right exit code when it fails."""
import contextlib
import io
import os
import unittest
from pathlib import Path
from unittest import mock

from context import WithFolder

from workshop import build
from workshop.problem import ENVIRONMENT, WORK_FAILS, Problem


class Build(WithFolder):
    """With a cmake in PATH that notes how it was called, then says and does what a test wants."""

    def cmake(self, configure: str = "", compile: str = "") -> None:
        self.write("bin/cmake", f"""#!/bin/sh
            echo "$*" >> {self.folder}/log
            case "$*" in
                *--preset*|*build.ninja*) {configure or ":"} ;;
                *--build*) {compile or ":"} ;;
            esac
            """, executable=True)

    def build(self, *targets: str) -> "tuple[str, int]":
        """What was said, and the exit code of the problem, 0 for none."""
        path = {"PATH": f"{self.folder}/bin:{os.environ['PATH']}"}
        with mock.patch.dict(os.environ, path), contextlib.redirect_stderr(io.StringIO()) as said:
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


if __name__ == "__main__":
    unittest.main()
