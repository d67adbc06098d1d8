"""Makes submissions to try the grader on: right ones, wrong ones, unfinished ones, from the exercise's own faults."""
from __future__ import annotations

import random
from pathlib import Path
from typing import Callable, Mapping

from . import archives
from .edits import BadEdit, Change
from .exercise import CUTS, Exercise

SHARES = (("fault", 50), ("pair", 15), ("variant", 15), ("handout", 10), ("half", 5), ("broken", 5))  # of a hundred


class Maker:
    """Submissions of one exercise, the same for the same seed."""

    def __init__(self, exercise: Exercise, seed: int) -> None:
        self.exercise = exercise
        self.reference = exercise.reference()
        self.random = random.Random(seed)
        self.faults, self.variants = exercise.faults(), exercise.variants()

    def make(self, kind: str) -> "tuple[dict[str, str], str]":
        """The files of one submission, and the word for what it is."""
        makers: "Mapping[str, Callable[[], tuple[dict[str, str], str]]]" = {
            "fault": lambda: self.changed(self.random.choice(self.faults)), "pair": self.pair,
            "variant": lambda: self.changed(self.random.choice(self.variants)) if self.variants
            else (dict(self.reference), "reference"),
            "handout": self.handout, "half": self.half, "broken": self.broken}
        return makers[kind]()

    def changed(self, change: Change) -> "tuple[dict[str, str], str]":
        return {**self.reference, **change.apply(self.reference)}, change.id

    def pair(self) -> "tuple[dict[str, str], str]":
        """Two faults at once, if they fit one another."""
        first, second = self.random.choice(self.faults), self.random.choice(self.faults)
        files, name = self.changed(first)
        if first.id == second.id:
            return files, name
        try:
            return {**files, **second.apply(files)}, f"{name}+{second.id}"
        except BadEdit:
            return files, name

    def handout(self) -> "tuple[dict[str, str], str]":
        cut = self.random.choice(CUTS)
        return {**self.reference, **self.exercise.handout(cut)}, f"handout-{cut}"

    def half(self) -> "tuple[dict[str, str], str]":
        file = self.random.choice(self.exercise.files())
        return {file: self.reference[file]}, f"only-{file}"

    def broken(self) -> "tuple[dict[str, str], str]":
        file = self.random.choice(self.exercise.files())
        text = self.reference[file]
        return {**self.reference, file: text[:text.rindex("}")]}, f"broken-{file}"


def kinds(count: int, random_: random.Random) -> "list[str]":
    names = [name for name, share in SHARES for _ in range(share)]
    chosen = [names[number * len(names) // count] for number in range(count)]
    random_.shuffle(chosen)
    return chosen


def write(exercise: Exercise, count: int, seed: int, folder: Path) -> "list[str]":
    """`count` submissions, one in four as an archive; returns a line for each: its name and what it is."""
    maker = Maker(exercise, seed)
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, kind in enumerate(kinds(count, maker.random), 1):
        files, what = maker.make(kind)
        name = f"student-{number:03}"
        if number % 4 == 0:
            archives.pack(files, f"work/{exercise.number}", folder / f"{name}.tar.gz")
        else:
            for file, text in files.items():
                path = folder / name / ("work/" if number % 2 else "") / exercise.number / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        lines.append(f"{name} {what}")
    return lines
