"""exercises/NN/exercise.json: what is cut out of a stage, and which checks judge what a student puts there."""
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from . import edits, functions

CUTS = ("workshop", "assignment")
INCLUDE = '#include "exercises/kit/not_implemented.hpp"\n'


class BadExercise(ValueError):
    """exercise.json is not what it must be."""


@dataclass(frozen=True)
class Check:
    id: str  # "02-short-write"
    test: str  # the name of the Catch2 test case in kit_NN
    points: int
    cause: str  # what is wrong when it fails, one sentence
    promised: str  # what a right solution does, one sentence
    where: str  # "outbox.cpp:outbox::flush", or several of them: "a.cpp:f, b.cpp:g"
    cut: str = "assignment"  # the smaller cut has it, too, if this is "workshop"
    after: tuple[str, ...] = ()  # is not judged while one of these fails
    extension: bool = False  # beyond the 100 points
    hints: tuple[str, ...] = ()  # a question; the concept and its man page; a near miss; an outline

    @property
    def places(self) -> list[tuple[str, str]]:
        """Files and functions of `where`: [("outbox.cpp", "outbox::flush")]."""
        return [(file, function) for file, _, function in (one.partition(":") for one in self.where.split(", "))]


@dataclass(frozen=True)
class Exercise:
    number: str
    folder: Path  # exercises/NN
    stage: Path  # NN-name
    goal: str
    cuts: Mapping[str, Mapping[str, tuple[str, ...]]]  # cut -> file -> functions
    checks: tuple[Check, ...]
    programs: tuple[str, ...] = ()  # of the stage, which its tests start

    def files(self, cut: str = "assignment") -> list[str]:
        """The files that a student writes, relative to the stage's folder."""
        return sorted(self.cuts[cut])

    def reference(self) -> dict[str, str]:
        return {file: (self.stage / file).read_text() for file in self.files()}

    def handout(self, cut: str) -> dict[str, str]:
        """The files with their functions cut out."""
        texts = self.reference()
        return {file: cut_out(texts[file], names) for file, names in self.cuts[cut].items()}

    def checks_of(self, cut: str) -> list[Check]:
        return [check for check in self.checks if cut == "assignment" or check.cut == cut]

    def faults(self) -> list[edits.Change]:
        return edits.all_in(self.folder / "faults")

    def variants(self) -> list[edits.Change]:
        return edits.all_in(self.folder / "variants")


def cut_out(text: str, names: tuple[str, ...]) -> str:
    """The text with the bodies of those functions replaced, or with a function gone: "-helper"."""
    spans = []
    for name in names:
        found = functions.find(text, name.lstrip("-"))
        if name.startswith("-"):
            end = found.end + len(text[found.end:]) - len(text[found.end:].lstrip("\n"))
            spans.append((found.start, end, ""))
        else:
            last = text[text.rfind("\n", 0, found.end) + 1:found.end]  # a function within a class is indented
            indent = last[:len(last) - len(last.lstrip())]
            body = f'{{\n{indent}    kit::not_implemented("{name.partition("#")[0]}");\n{indent}}}'
            spans.append((found.body, found.end, body))
    for start, end, body in sorted(spans, reverse=True):
        text = text[:start] + body + text[end:]
    include = text.index("#include")
    own_header_end = text.index("\n", include) + 1
    return text[:own_header_end] + "\n" + INCLUDE + text[own_header_end:]


def load(root: Path, number: str) -> Exercise:
    folder = root / "exercises" / number
    path = folder / "exercise.json"
    try:
        data: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        raise BadExercise(f"stage {number} has no exercise") from None
    stages = sorted(root.glob(f"{number}-*"))
    checks = tuple(Check(**{key: tuple(value) if isinstance(value, list) else value for key, value in one.items()})
                   for one in data["checks"])
    exercise = Exercise(number, folder, stages[0], data["goal"],
                        {cut: {file: tuple(names) for file, names in data["cuts"][cut].items()} for cut in CUTS},
                        checks, tuple(data.get("programs", ())))
    complaint = "; ".join(complaints(exercise))
    if complaint:
        raise BadExercise(f"{path}: {complaint}")
    return exercise


def complaints(exercise: Exercise) -> list[str]:
    """What is wrong with an exercise as it stands, one sentence each."""
    found = []
    ids = [check.id for check in exercise.checks]
    found += [f"two checks are called {id}" for id in sorted({id for id in ids if ids.count(id) > 1})]
    points = sum(check.points for check in exercise.checks if not check.extension)
    if points != 100:
        found.append(f"the points add up to {points}, not to 100")
    for number, check in enumerate(exercise.checks):
        if not check.id.startswith(exercise.number + "-"):
            found.append(f"{check.id} does not begin with the stage's number")
        found += [f"{check.id} comes after {other}, which no check before it is called"
                  for other in check.after if other not in ids[:number]]
        if len(check.hints) != 4:
            found.append(f"{check.id} has {len(check.hints)} hints, not four")
        found += [f"{check.id} leads to {file}:{function}, which no student writes"
                  for file, function in check.places if file not in exercise.cuts["assignment"]]
        if not (exercise.folder / "explain" / f"{check.id}.md").is_file():
            found.append(f"{check.id} has no page explain/{check.id}.md")
    extensions = [check for check in exercise.checks if check.extension]
    if any(check.points != 25 for check in extensions):
        found.append("an extension counts 25 points")
    for file in exercise.cuts["workshop"]:
        if not set(exercise.cuts["workshop"][file]) <= set(exercise.cuts["assignment"].get(file, ())):
            found.append(f"the workshop's cut of {file} is no part of the assignment's")
    return found


def numbers(root: Path) -> list[str]:
    """The stages that have an exercise."""
    return sorted(path.parent.name for path in (root / "exercises").glob("[0-9][0-9]/exercise.json"))
