"""`./workshop run`: builds one program and becomes it, so that its signals and exit code are its own."""
from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import NoReturn, Sequence

from .build import build, build_directory
from .machine import Machine
from .packages import ensure
from .problem import EnvironmentProblem, UsageProblem
from .stages import Stage, looks_like_stage, pick_stage
from .suggest import did_you_mean


def choose(stages: list[Stage], words: Sequence[str], companions: Sequence[Stage] = ()) -> tuple[Stage, str, list[str]]:
    """The stage, the program and its arguments that `[N] [program] [args...]` means."""
    for one in companions:
        if words and words[0] in (one.name, one.target):
            return one, one.target, list(words[1:])
    if not stages:
        raise UsageProblem("no stage is here yet, so there is nothing to run")
    rest = list(words)
    if rest and names_a_stage(stages, rest[0]):
        stage = pick_stage(stages, rest.pop(0))
    elif rest and not rest[0].startswith("-"):
        stage = stage_of_program(stages, rest[0])
    else:
        stage = stages[-1]
    if rest and rest[0] in stage.programs:
        return stage, rest.pop(0), rest
    if rest and not rest[0].startswith("-"):
        known = ", ".join(stage.programs) or "none"
        raise UsageProblem(f'stage {stage.number} has no program "{rest[0]}"'
                           f"{did_you_mean(rest[0], stage.programs)}; programs: {known}")
    if not stage.main_program:
        raise UsageProblem(f"stage {stage.number} has no program to run")
    return stage, stage.main_program, rest


def names_a_stage(stages: list[Stage], word: str) -> bool:
    return looks_like_stage(word) or any(word in (stage.name, stage.name[3:]) for stage in stages)


def stage_of_program(stages: list[Stage], word: str) -> Stage:
    for stage in stages:
        if word in stage.programs:
            return stage
    known = [name for stage in stages for name in (*stage.programs, stage.name[3:])]
    raise UsageProblem(f'neither a stage nor a program is called "{word}"{did_you_mean(word, known)}; '
                       "./workshop list shows them all")


def program_path(root: Path, stage: Stage, program: str, machine: Machine) -> Path:
    """Where the program is, built first; with WORKSHOP_BUILD_DIR, as it is in that tree."""
    given = machine.environment.get("WORKSHOP_BUILD_DIR")
    if given:
        tree = Path(given).absolute()
    else:
        ensure(machine)
        # All of the stage's: a parent starts its child's program, which it finds beside itself.
        build(root, stage.programs, f"the programs of {stage.title}")
        tree = build_directory(root)
    path = tree / stage.name / program
    if not os.access(path, os.X_OK):
        raise EnvironmentProblem(f"there is no program at {path}"
                                 + ("; WORKSHOP_BUILD_DIR names a tree without it" if given else ""))
    return path


def become(path: Path, arguments: Sequence[str]) -> NoReturn:
    """Replaces this process. Python ignores SIGPIPE and exec would hand that on; the program is to start clean."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execv(path, [str(path), *arguments])
    except OSError as error:
        raise EnvironmentProblem(f"cannot start {path}: {error.strerror}") from error
