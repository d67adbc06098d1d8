"""`./workshop predict`: takes the answer first, builds and runs the program then: who has guessed looks closely."""
from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Sequence

from kit import predict as questions
from kit.exercise import BadExercise, Exercise
from kit.predict import Question

from . import build, packages
from .exercises import options, wanted
from .machine import Machine
from .problem import GREEN, EnvironmentProblem, UsageProblem
from .stages import find_stages
from .suggest import did_you_mean
from .work import Work, pick_exercise

LIMIT = 60  # seconds for a program
WIDTH = 100


def predict(words: Sequence[str], machine: Machine, root: Path) -> int:
    plain, _ = options(words, (), 2, "predict")
    exercise = pick_exercise(root, wanted(root, plain, "predict"))
    there = loaded(exercise)
    answers = Work(root).state.get("predictions", {}).get(exercise.number, {})
    id = plain[1] if len(plain) > 1 else ""
    one = asked(exercise, there, id, list(answers))
    if one is None:
        right = sum(answers.get(each.id) == each.answer for each in there)
        print(f"all {len(there)} questions of stage {exercise.number} are answered, {right} of them right; "
              f"again: ./workshop predict {exercise.number} ID, with ID one of {', '.join(each.id for each in there)}")
        return GREEN
    given = answer(one)
    tree = built(machine, root, one)  # minutes at times, for which nobody waits to see a question
    remember(Work(root), exercise, one, given)  # read anew: a check in another terminal saves there, too
    tell(one, given, tree)
    return GREEN


def remember(work: Work, exercise: Exercise, one: Question, given: int) -> None:
    work.state.setdefault("predictions", {}).setdefault(exercise.number, {})[one.id] = given
    work.save()


def loaded(exercise: Exercise) -> "list[Question]":
    try:
        there = questions.load(exercise.folder)
    except BadExercise as wrong:
        raise EnvironmentProblem(f"the questions are broken, and you are not to blame: {wrong}") from wrong
    if not there:
        raise UsageProblem(f"stage {exercise.number} has no questions")
    return there


def asked(exercise: Exercise, there: "list[Question]", id: str, answered: "list[str]") -> "Question | None":
    """The question that is named, or the first without an answer; None if all have one."""
    if not id:
        return next((one for one in there if one.id not in answered), None)
    ids = [one.id for one in there]
    if id not in ids:
        raise UsageProblem(f'stage {exercise.number} has no question "{id}"{did_you_mean(id, ids)}; '
                           f"it has: {', '.join(ids)}")
    return there[ids.index(id)]


def built(machine: Machine, root: Path, one: Question) -> Path:
    """The tree to run in, with all programs of the stages that the question needs: they find one another there."""
    given = machine.environment.get("WORKSHOP_BUILD_DIR")
    if given:
        return Path(given).absolute()
    folders = {folder for folder, _ in one.programs()}
    targets = [name for stage in find_stages(root) if stage.name in folders for name in stage.programs]
    if targets:
        packages.ensure(machine)
        build.build(root, targets, "the programs that the question is about", preset="kit")
    tree = build.build_directory(root, "kit")
    return tree if tree.is_dir() else root


def answer(one: Question) -> int:
    """Reads a number from stdin, again and again on a terminal."""
    print("\n".join(textwrap.wrap(one.question, WIDTH)) + "\n")
    for number, choice in enumerate(one.choices, 1):
        print("\n".join(textwrap.wrap(choice, WIDTH, initial_indent=f"  {number}  ", subsequent_indent="     ")))
    while True:
        print(f"\nYour answer (1-{len(one.choices)}): ", end="", flush=True)
        line = sys.stdin.readline()
        if not sys.stdin.isatty():
            print(line.strip())
        if line.strip().isdecimal() and 1 <= int(line) <= len(one.choices):
            return int(line) - 1
        wrong = f"that was no answer; type a number from 1 to {len(one.choices)}"
        if not line or not sys.stdin.isatty():
            raise UsageProblem(wrong)
        print(wrong)


def tell(one: Question, given: int, tree: Path) -> None:
    """What the program does, and then what to make of it."""
    words = one.command[2] if one.command[:2] == ("sh", "-c") else " ".join(one.command)
    print(f"\n$ {words}", flush=True)
    try:
        done = subprocess.run(one.command, cwd=tree, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, check=False,
                              executable=str(tree / one.command[0]) if "/" in one.command[0] else None, timeout=LIMIT)
        print(f"(exit code {done.returncode})" if done.returncode >= 0 else f"(died of signal {-done.returncode})")
    except subprocess.TimeoutExpired:
        print(f"(still running after {LIMIT} s; ended)")
    except OSError as wrong:
        raise EnvironmentProblem(f"cannot run {one.command[0]} in {tree}: {wrong.strerror}") from wrong
    print("\nAs you said." if given == one.answer else f"\nYou said {given + 1}; it is {one.answer + 1}: "
                                                        f"{one.choices[one.answer]}")
    print("\n".join(textwrap.wrap(one.why, WIDTH)))
