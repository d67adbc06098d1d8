"""Configures and builds a preset's tree: quiet when there is nothing to do, else with progress on stderr."""
from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Sequence

from .machine import available_cpus, available_memory_gib
from .packages import say
from .problem import WORK_FAILS, EnvironmentProblem, Problem

STEP = re.compile(r"\[(\d+)/(\d+)\] (.*)")
QUIET = re.compile(r"ninja: (no work to do|Entering directory)|-- |\s*$")
SECONDS_BETWEEN_LINES = 10
CPU_SECONDS_A_STEP = 2.6  # seen on one machine; good enough for telling minutes from seconds


def build_directory(root: Path, preset: str = "dev") -> Path:
    return root / "build" / preset


def owner_of(tree: Path) -> Path | None:
    """The checkout a build tree was configured for, or None where no tree is."""
    try:
        cache = (tree / "CMakeCache.txt").read_text(errors="replace")
    except OSError:
        return None
    found = re.search(r"^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$", cache, re.MULTILINE)
    return Path(found[1]) if found else None


def belongs_elsewhere(root: Path, preset: str = "dev") -> Path | None:
    """The other checkout that the tree was configured for (a copied or moved folder), if so."""
    owner = owner_of(build_directory(root, preset))
    return owner if owner and owner != root else None


def configure(root: Path, preset: str = "dev") -> None:
    """Runs CMake for a new tree, and again (through the build's own rule) when a CMakeLists.txt has changed."""
    tree = build_directory(root, preset)
    command = ["cmake", "--preset", preset]
    other = belongs_elsewhere(root, preset)
    if other:
        say(f"build/{preset} was made for {other}; starting it afresh")
        command.append("--fresh")
    elif (tree / "build.ninja").is_file():
        command = ["cmake", "--build", str(tree), "--target", "build.ninja"]
    else:
        say(f"configuring build/{preset}")
    done = captured(command, root)
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
        raise EnvironmentProblem("CMake could not configure the build; the cause stands above "
                                 "(./workshop doctor looks for the usual ones)")


def captured(command: Sequence[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)


def jobs() -> int:
    """One compiler per cpu, but no more than memory holds: Beast's headers take a compiler near 1 GiB."""
    memory = available_memory_gib()
    return max(1, min(available_cpus(), int(memory) if memory is not None else available_cpus()))


@contextmanager
def alone(root: Path, preset: str) -> Iterator[None]:
    """Keeps every other ./workshop out of the tree: two ninjas damage each other's log, after which all is built anew.

    The lock's file stands beside the tree, where no fresh start removes it. The kernel frees the lock when its holder
    ends, however that comes about: nothing that the build starts inherits the descriptor.
    """
    path = root / "build" / f".{preset}.lock"
    try:
        path.parent.mkdir(exist_ok=True)
        lock = path.open("w")
    except OSError as error:
        raise EnvironmentProblem(f"cannot write {path}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another ./workshop builds in build/{preset}; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build(root: Path, targets: Sequence[str] = (), what: str = "", preset: str = "dev") -> None:
    """Builds `targets` (everything if none is named); `what` names them on the screen."""
    with alone(root, preset):
        configure(root, preset)
        compile_targets(root, targets, what, preset)


def compile_targets(root: Path, targets: Sequence[str], what: str, preset: str) -> None:
    command = ["cmake", "--build", str(build_directory(root, preset)), "-j", str(jobs())]
    if targets:
        command += ["--target", *targets]
    progress = Progress(what or ", ".join(targets) or "everything", sys.stderr.isatty())
    environment = {**os.environ, "NINJA_STATUS": "[%f/%t] "}
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        assert process.stdout is not None
        for line in process.stdout:
            progress.take(line)
    progress.end(process.returncode == 0)
    if process.returncode != 0:
        raise Problem("the build failed; the compiler's message stands above", WORK_FAILS)


def patience(steps: int) -> str:
    """How long so many steps may take, in words; nothing when it is hardly worth a word."""
    minutes = round(steps * CPU_SECONDS_A_STEP / jobs() / 60)
    if minutes == 0:
        return ""
    return " (about a minute)" if minutes == 1 else f" (about {minutes} minutes)"


class Progress:
    """Turns ninja's lines into progress: one line rewritten on a terminal, else a line now and then.

    Says nothing while there is nothing to build. Complaints of the compiler pass as they are.
    """

    def __init__(self, what: str, terminal: bool) -> None:
        self.what = what
        self.terminal = terminal
        self.started = self.said = time.monotonic()
        self.busy = False
        self.dirty = False  # a line without its newline stands on the terminal

    def take(self, line: str) -> None:
        step = STEP.match(line)
        if step:
            self.step(int(step[1]), int(step[2]), step[3])
        elif not QUIET.match(line):
            self.clear()
            sys.stderr.write(line)

    def step(self, done: int, total: int, what: str) -> None:
        if done == 0:  # ninja looking around
            return
        if not self.busy:
            self.busy = True
            say(f"building {self.what}: {total} steps{patience(total)}")
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write("\r\x1b[K" + f"[{done}/{total}] {what}"[:width])
            sys.stderr.flush()
            self.dirty = True
        elif time.monotonic() - self.said >= SECONDS_BETWEEN_LINES:
            self.said = time.monotonic()
            say(f"{done} of {total} steps")

    def clear(self) -> None:
        if self.dirty:
            sys.stderr.write("\r\x1b[K")
            self.dirty = False

    def end(self, well: bool) -> None:
        self.clear()
        if self.busy and well:
            say(f"built in {time.monotonic() - self.started:.0f} s")
