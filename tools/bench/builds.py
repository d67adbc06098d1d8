"""How long the compiler takes: the whole from nothing, what `./workshop run` needs of it, and after one edit."""
from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Sequence

from workshop.problem import WORK_FAILS, Problem

from .rounds import Contender, Sample


class CleanBuild(Contender):
    """A clone of the repository, built from nothing without a compiler cache."""

    def __init__(self, name: str, root: Path, *targets: str) -> None:
        super().__init__(name)
        self.root = root
        self.targets = targets

    def measure(self, seconds: float) -> Sample:
        with tempfile.TemporaryDirectory(prefix="bench-") as home:
            clone = cloned(self.root, Path(home))
            return {"seconds": timed(["cmake", "--build", "build/dev", "--target", *self.targets], clone)}


class Edit(Contender):
    """One line more in a program, then its build and the test that runs it."""

    def __init__(self, name: str, root: Path, program: str, test: str) -> None:
        super().__init__(name)
        self.root = root
        self.program = Path(program)
        self.test = test

    def measure(self, seconds: float) -> Sample:
        with tempfile.TemporaryDirectory(prefix="bench-") as home:
            clone = cloned(self.root, Path(home))
            label = self.program.parts[0][:2]
            build = ["cmake", "--build", "build/dev", "--target", self.program.stem]
            timed([*build, f"tests_{label}"], clone)
            with (clone / self.program).open("a") as source:
                source.write("// one line more\n")
            return {"seconds": timed(build, clone)
                    + timed(["ctest", "--test-dir", "build/dev", "-L", f"^{label}$", "-R", self.test,
                             "--no-tests=error"], clone)}


def cloned(root: Path, home: Path) -> Path:
    clone = home / "clone"
    timed(["git", "clone", "-q", str(root), str(clone)], home)
    timed(["cmake", "--preset", "dev"], clone)
    return clone


def timed(command: Sequence[str], folder: Path) -> float:
    began = time.monotonic()
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env={**os.environ, "CCACHE_DISABLE": "1"}, check=False)
    if done.returncode != 0:
        raise Problem(f"{' '.join(command)} failed:\n{done.stdout[-1000:]}", WORK_FAILS)
    return time.monotonic() - began
