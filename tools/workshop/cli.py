"""Reads the command line and calls the one module that does what it asks for."""
from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Callable, Sequence

from . import (bench, build, checking, doctor, exercises, grading, handing, hints, lesson, packages, predicting, showing,
               tests)
from .help import OVERVIEW, VERBS
from .machine import Machine
from .problem import GREEN, Problem, UsageProblem
from .run import become, choose, program_path
from .stages import find_companions, find_stages, pick_stage
from .suggest import did_you_mean

ROOT = Path(__file__).resolve().parents[2]
HELP = ("--help", "-h", "help")


def at_most(count: int, words: Sequence[str], verb: str) -> None:
    if len(words) > count:
        raise UsageProblem(f'"{words[count]}" is one word too many for {verb}; see ./workshop {verb} --help')


def run(words: Sequence[str], machine: Machine, root: Path) -> int:
    stage, program, arguments = choose(find_stages(root), words, find_companions(root))
    become(program_path(root, stage, program, machine), arguments)


def test(words: Sequence[str], machine: Machine, root: Path) -> int:
    at_most(1, words, "test")
    stage = pick_stage(find_stages(root), words[0]).number if words else None
    given = machine.environment.get("WORKSHOP_BUILD_DIR")
    if given:
        return tests.run_tests(root, stage, Path(given).absolute())
    packages.ensure(machine)
    build.build(root)
    return tests.run_tests(root, stage)


def show_lesson(words: Sequence[str], machine: Machine, root: Path) -> int:
    at_most(1, words, "lesson")
    stages = find_stages(root)
    if not words:
        raise UsageProblem("which lesson? ./workshop list shows them")
    stage = pick_stage(stages, words[0])
    if not stage.lesson.is_file():
        raise UsageProblem(f"the lesson of stage {stage.number} is not written yet")
    lesson.show(stage.lesson.read_text())
    return GREEN


def show_list(words: Sequence[str], machine: Machine, root: Path) -> int:
    at_most(0, words, "list")
    for stage in find_stages(root):
        print(f"{stage.name}\n    {stage.summary()}")
        marked = (name + ("*" if name == stage.main_program else "") for name in stage.programs)
        print(f"    programs: {', '.join(marked) or 'none'}\n")
    print("* is what `./workshop run N` starts.")
    return GREEN


def examine(words: Sequence[str], machine: Machine, root: Path) -> int:
    unknown = [word for word in words if word != "--fix"]
    at_most(0, unknown, "doctor")
    return doctor.doctor(machine, root, fix="--fix" in words)


ACTIONS: dict[str, Callable[[Sequence[str], Machine, Path], int]] = {
    "run": run, "test": test, "lesson": show_lesson, "list": show_list, "doctor": examine,
    "bench": bench.bench,
    "start": exercises.start, "use": exercises.use, "reset": exercises.reset, "diff": exercises.diff,
    "check": checking.check, "watch": checking.watch, "hint": hints.hint, "explain": hints.explain,
    "predict": predicting.predict, "show": showing.show,
    "pack": handing.pack, "handout": handing.handout, "grade": grading.grade, "groups": grading.groups,
}


def dispatch(words: Sequence[str], machine: Machine, root: Path) -> int:
    if not words or words[0] in HELP:
        topic = words[1] if len(words) > 1 else ""
        print(VERBS.get(topic, OVERVIEW), end="")
        return GREEN
    verb, *rest = words
    action = ACTIONS.get(verb)
    if action is None:
        raise UsageProblem(f'no verb "{verb}"{did_you_mean(verb, ACTIONS)}; ./workshop --help lists them')
    # Behind a stage or a program, --help is that program's.
    if rest and rest[0] in HELP[:2]:
        print(VERBS[verb], end="")
        return GREEN
    return action(rest, machine, root)


def main(words: Sequence[str], machine: Machine | None = None, root: Path = ROOT) -> int:
    """Runs one command line; returns the exit code (unless it became the program)."""
    try:
        return dispatch(words, machine or Machine(), root)
    except Problem as problem:
        print(f"workshop: {problem}", file=sys.stderr)
        return problem.code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader (head, a pager) has gone; nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GREEN
