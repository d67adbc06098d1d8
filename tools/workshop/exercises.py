"""`./workshop start`, `use`, `reset` and `diff`: whose files a stage is made of."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Sequence

from kit import telling
from kit.exercise import Exercise, numbers

from .machine import Machine
from .problem import GREEN, UsageProblem
from .stages import find_stages
from .work import Work, chosen, pick_exercise


def options(words: Sequence[str], known: Sequence[str], most: int, verb: str) -> "tuple[list[str], set[str]]":
    """The words and the options behind a verb; the first that is unknown or too many is said."""
    plain = [word for word in words if not word.startswith("-")]
    given = {word for word in words if word.startswith("-")}
    for word in sorted(given - set(known)):
        raise UsageProblem(f"{verb} does not know {word}; see ./workshop {verb} --help")
    if len(plain) > most:
        raise UsageProblem(f'"{plain[most]}" is one word too many for {verb}; see ./workshop {verb} --help')
    return plain, given


def wanted(root: Path, words: Sequence[str], verb: str) -> str:
    if not words:
        raise UsageProblem(f"which stage? ./workshop {verb} N; stages with exercises: "
                           f"{', '.join(numbers(root)) or 'none yet'}")
    return words[0]


def start(words: Sequence[str], machine: Machine, root: Path) -> int:
    plain, given = options(words, ("--workshop",), 1, "start")
    exercise = pick_exercise(root, wanted(root, plain, "start"))
    work, number = Work(root), exercise.number
    if work.begun(number):
        raise UsageProblem(f"work/{number}/ is there already, and stays as it is; go on with ./workshop check {number}, "
                           f"or begin anew (the old files are kept) with ./workshop reset {number}")
    work.write_handout(exercise, "workshop" if given else "assignment")
    print(overview(work, exercise))
    return GREEN


def overview(work: Work, exercise: Exercise) -> str:
    """What lies before the student: where the stage stands among the others, its goal, its files, the next command."""
    number, cut = exercise.number, work.cut(exercise.number)
    lines = [f"Stage {number}, {'the workshop: the small cut' if cut == 'workshop' else 'the assignment'}",
             f"goal   {exercise.goal}", "files  write what is missing in:"]
    for file, path in work.files(exercise):
        names = [name for name in exercise.cuts[cut][file] if not name.startswith("-")]
        lines.append(f"         {work.shown(path)}: {telling.listed(names)}")
    lines += ["", "stages", *stage_map(work, number), ""]
    lines += [f"next   ./workshop lesson {number}   tells how it works",
              "       ./workshop check       as soon as something is written; ./workshop watch at every save"]
    return "\n".join(lines)


def stage_map(work: Work, now: str = "") -> "list[str]":
    """One line for each stage: whose files the checks are linked with."""
    names = {stage.number: stage.name for stage in find_stages(work.root)}
    lines = []
    for number in numbers(work.root):
        if number == now:
            state = "<- you are here: its own checks take your files"
        elif work.mine(number):
            state = "mine (later stages are checked with your files)"
        elif work.begun(number):
            state = f"reference (yours is begun; ./workshop use {number} mine takes it)"
        else:
            state = "reference"
        lines.append(f"  {names.get(number, number):20} {state}")
    return lines


def use(words: Sequence[str], machine: Machine, root: Path) -> int:
    plain, _ = options(words, (), 2, "use")
    work = Work(root)
    if not plain:
        print("\n".join(stage_map(work)))
        return GREEN
    if len(plain) < 2 or plain[1] not in ("mine", "reference"):
        raise UsageProblem("use wants a stage and whose files: ./workshop use N mine, or ./workshop use N reference")
    exercise = pick_exercise(root, plain[0])
    number, mine = exercise.number, plain[1] == "mine"
    if mine and not work.begun(number):
        raise UsageProblem(f"there is nothing of yours in work/{number}/; begin with: ./workshop start {number}")
    work.of(number)["mine"] = mine
    work.save()
    print("\n".join(stage_map(work)))
    if mine and not work.of(number).get("passed"):
        print(f"\nNot everything of stage {number} has passed its checks yet. If a later stage then fails for it: "
              f"./workshop use {number} reference")
    return GREEN


def reset(words: Sequence[str], machine: Machine, root: Path) -> int:
    plain, given = options(words, ("--workshop", "--assignment"), 1, "reset")
    if len(given) > 1:
        raise UsageProblem("reset takes --workshop or --assignment, not both")
    work = Work(root)
    exercise = chosen(work, [wanted(root, plain, "reset")], "reset")
    cut = next(iter(given), "--" + work.cut(exercise.number))[2:]
    kept = work.put_away(exercise.number)
    work.write_handout(exercise, cut)
    print(f"work/{exercise.number}/ is as it was handed out ({cut}); your files are kept in {work.shown(kept)}/")
    return GREEN


def diff(words: Sequence[str], machine: Machine, root: Path) -> int:
    plain, _ = options(words, (), 1, "diff")
    work = Work(root)
    exercise = chosen(work, plain, "compare")
    lines = list(work.changes(exercise))
    sys.stdout.writelines(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    if not lines:
        print(f"work/{exercise.number}/ is still as it was handed out")
    return GREEN
