"""`./workshop hint` and `explain`: help in small portions, and the page that tells it all."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Sequence

from kit.exercise import Exercise

from . import lesson
from .checking import ID, picked
from .exercises import options
from .machine import Machine
from .problem import GREEN, UsageProblem
from .work import Work, chosen, pick_exercise

TIERS = ("a question", "the concept and its man page", "a near miss", "an outline")


def hint(words: Sequence[str], machine: Machine, root: Path) -> int:
    plain, _ = options(words, (), 1, "hint")
    work = Work(root)
    if plain and not ID.fullmatch(plain[0]):
        raise UsageProblem(f'"{plain[0]}" is no check; ./workshop check lists them, like 02-short-write')
    exercise = chosen(work, [plain[0][:2]] if plain else [], "give hints for")
    remembered = work.of(exercise.number)
    id = plain[0] if plain else remembered.get("fault")
    if id is None:
        first = exercise.checks_of(work.cut(exercise.number))[0].id
        raise UsageProblem(f"which check? Nothing of stage {exercise.number} was checked yet: ./workshop check, or for "
                           f"one that you name: ./workshop hint {first}")
    if not id:
        print(f"the last check of stage {exercise.number} found no fault; ./workshop hint ID is for a certain one")
        return GREEN
    check = picked(exercise, work.cut(exercise.number), id)[0]
    tiers = remembered.setdefault("tiers", {})
    tier = min(tiers.get(id, 0), len(TIERS) - 1)
    tiers[id] = tier + 1
    work.save()
    print(f"{id}, hint {tier + 1} of {len(TIERS)}: {TIERS[tier]}")
    lesson.show("\n".join(steps(check.hints[tier])) + "\n")
    more = tier + 1 < len(TIERS)
    again = f"./workshop hint {id}" if plain else "./workshop hint"
    print(f"another one: {again}" if more else f"that was the last one; ./workshop explain {id} tells the rest")
    return GREEN


def steps(text: str) -> "list[str]":
    """The steps of an outline, "1. Open it. 2. Read it.", one a line; any other text is one line.

    A step begins with the next number, behind the end of a sentence: "It returns 2. Then" begins none.
    """
    found = [text]
    while True:
        begun = re.match(rf"{len(found)}\. ", found[-1])
        later = re.search(rf"[.:;!?][)`\"']*(\s+){len(found) + 1}\. ", found[-1])
        if not begun or not later:
            return found
        found[-1:] = [found[-1][:later.start(1)], found[-1][later.end(1):]]


def explain(words: Sequence[str], machine: Machine, root: Path) -> int:
    plain, _ = options(words, (), 1, "explain")
    work = Work(root)
    id = plain[0] if plain else work.of(str(work.state.get("last", ""))).get("fault")
    if not id:
        raise UsageProblem("which check? ./workshop explain ID; ./workshop check lists them")
    if not ID.fullmatch(id):
        raise UsageProblem(f'"{id}" is no check; they are called like 02-short-write')
    exercise: Exercise = pick_exercise(root, id[:2])
    picked(exercise, "assignment", id)
    lesson.show((exercise.folder / "explain" / f"{id}.md").read_text())
    return GREEN
