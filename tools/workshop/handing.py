"""`./workshop pack` and `handout`: what a student hands in, and what a teacher hands out."""
from __future__ import annotations

from pathlib import Path
from typing import Sequence

from .machine import Machine
from .packages import say
from .problem import GREEN, WORK_FAILS, Problem, UsageProblem
from .work import pick_exercise


def without_out(words: Sequence[str], verb: str) -> "tuple[list[str], Path | None]":
    """The other words, and what stands behind --out."""
    rest = list(words)
    out = None
    if "--out" in rest:
        at = rest.index("--out")
        if at + 1 == len(rest):
            raise UsageProblem("--out wants a path behind it")
        out = Path(rest[at + 1]).absolute()
        del rest[at:at + 2]
    unknown = [word for word in rest if word.startswith("-")]
    if unknown:
        raise UsageProblem(f"{verb} does not know {unknown[0]}; see ./workshop {verb} --help")
    return rest, out


def pack(words: Sequence[str], machine: Machine, root: Path) -> int:
    from kit import archives, submissions

    rest, out = without_out(words, "pack")
    if len(rest) != 1:
        raise UsageProblem("pack wants one stage: ./workshop pack 02")
    exercise = pick_exercise(root, rest[0])
    folder = root / "work" / exercise.number
    if not folder.is_dir():
        raise UsageProblem(f"there is no work/{exercise.number}; ./workshop start {exercise.number} begins it")
    taken = submissions.take("", folder, exercise.files(), exercise.number)
    if taken.refused:
        raise Problem(f"cannot pack work/{exercise.number}: {taken.refused}", WORK_FAILS)
    if not taken.texts:
        raise Problem(f"work/{exercise.number} holds none of {', '.join(exercise.files())}", WORK_FAILS)
    made = out or Path(f"work-{exercise.number}.tar.gz").absolute()
    if not made.parent.is_dir():
        raise UsageProblem(f"there is no folder {made.parent}")
    for file, text in sorted(taken.texts.items()):
        print(f"  work/{exercise.number}/{file}  {len(text.splitlines())} lines")
        if "kit::not_implemented" in text:
            say(f"{file} still holds kit::not_implemented: what is missing there gets no points")
    archives.pack(taken.texts, f"work/{exercise.number}", made)
    print(f"packed: {made}")
    return GREEN


def handout(words: Sequence[str], machine: Machine, root: Path) -> int:
    from kit import handouts

    cut = "workshop" if "--workshop" in words else "assignment"
    rest, out = without_out([word for word in words if word != "--workshop"], "handout")
    if len(rest) != 1 or out is None:
        raise UsageProblem("handout wants a stage and a folder: ./workshop handout 02 --out DIR")
    exercise = pick_exercise(root, rest[0])
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageProblem(f"{out} is there already and not empty; name a new folder")
    for file in handouts.write(exercise, cut, out):
        print(f"  {file}")
    print(f"written: {out}")
    return GREEN
