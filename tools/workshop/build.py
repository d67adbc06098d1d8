"""Configures and builds the `dev` tree: quiet when there is nothing to do, else with progress on stderr."""
from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Sequence

from .machine import available_cpus, available_memory_gib
from .packages import STDERR, say
from .problem import WORK_FAILS, EnvironmentProblem, Problem

PROGRESS = re.compile(r"\[(\d+)/(\d+)\] ")
SECONDS_BETWEEN_LINES = 10


def build_directory(root: Path) -> Path:
    return root / "build" / "dev"


def owner_of(tree: Path) -> Path | None:
    """The checkout a build tree was configured for, or None where no tree is."""
    try:
        cache = (tree / "CMakeCache.txt").read_text(errors="replace")
    except OSError:
        return None
    found = re.search(r"^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$", cache, re.MULTILINE)
    return Path(found[1]) if found else None


def belongs_elsewhere(root: Path) -> Path | None:
    """The other checkout that build/dev was configured for (a copied or moved folder), if so."""
    owner = owner_of(build_directory(root))
    return owner if owner and owner != root else None


def configure(root: Path) -> None:
    """Runs CMake for a new tree, and again (through the build's own rule) when a CMakeLists.txt has changed."""
    tree = build_directory(root)
    command = ["cmake", "--preset", "dev"]
    other = belongs_elsewhere(root)
    if other:
        say(f"build/dev was made for {other}; starting it afresh")
        command.append("--fresh")
    elif (tree / "build.ninja").is_file():
        command = ["cmake", "--build", str(tree), "--target", "build.ninja"]
    else:
        say("configuring build/dev")
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


def build(root: Path, targets: Sequence[str] = ()) -> None:
    """Builds `targets` (everything if none is named)."""
    configure(root)
    command = ["cmake", "--build", str(build_directory(root)), "-j", str(jobs())]
    if targets:
        command += ["--target", *targets]
    if nothing_to_do(command):
        return
    what = ", ".join(targets) if targets else "everything"
    say(f"building {what} (from nothing that takes about a minute)")
    started = time.monotonic()
    code = watched(command) if not sys.stderr.isatty() else \
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=STDERR, check=False).returncode
    if code != 0:
        raise Problem("the build failed; the compiler's message stands above", WORK_FAILS)
    say(f"built in {time.monotonic() - started:.0f} s")


def nothing_to_do(command: Sequence[str]) -> bool:
    done = captured([*command, "--", "-n"])
    return done.returncode == 0 and "no work to do" in done.stdout


def watched(command: Sequence[str]) -> int:
    """Runs a build whose output nobody watches live: one progress line now and then, all complaints."""
    said = time.monotonic()
    environment = {**os.environ, "NINJA_STATUS": "[%f/%t] "}
    with subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        assert process.stdout is not None
        for line in process.stdout:
            progress = PROGRESS.match(line)
            if not progress:
                sys.stderr.write(line)
            elif time.monotonic() - said >= SECONDS_BETWEEN_LINES:
                said = time.monotonic()
                say(f"{progress[1]} of {progress[2]} steps")
    return process.returncode
