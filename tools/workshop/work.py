"""The student's folder work/: the files of each stage that was begun, and what has to be remembered about them."""
from __future__ import annotations

import difflib
import json
import os
from pathlib import Path
from typing import Any, Iterator

from kit import linking
from kit.exercise import BadExercise, Exercise, load, numbers

from .problem import EnvironmentProblem, UsageProblem
from .stages import find_stages, pick_stage


def pick_exercise(root: Path, word: str) -> Exercise:
    """The exercise that `word` means: 2, 02, 02-fork-ipc or fork-ipc."""
    stage = pick_stage(find_stages(root), word)
    present = numbers(root)
    if stage.number not in present:
        raise UsageProblem(f"stage {stage.number} has no exercise; there are: {', '.join(present) or 'none yet'}")
    return loaded(root, stage.number)


def loaded(root: Path, number: str) -> Exercise:
    try:
        return load(root, number)
    except (BadExercise, KeyError, ValueError) as wrong:
        raise EnvironmentProblem(f"the exercise {number} is broken, and you are not to blame: {wrong}") from wrong


class Work:
    """work/ of a checkout, with the state that outlives a command."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = root / "work" / ".state.json"
        self.state: dict[str, Any] = {}
        try:
            self.state = json.loads(self.file.read_text())
        except FileNotFoundError:
            pass
        except ValueError:
            raise EnvironmentProblem(f"{self.file} is damaged; remove it (your files beside it stay)") from None

    def save(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(self.state, indent=1) + "\n")
        os.replace(new, self.file)  # whoever reads it meanwhile sees the old one or the new one

    def of(self, number: str) -> dict[str, Any]:
        """What is remembered about one stage; change it, then save()."""
        stages: dict[str, Any] = self.state.setdefault("stages", {})
        one: dict[str, Any] = stages.setdefault(number, {})
        return one

    def folder(self, number: str) -> Path:
        return self.root / "work" / number

    def begun(self, number: str) -> bool:
        return self.folder(number).is_dir()

    def cut(self, number: str) -> str:
        return str(self.of(number).get("cut", "assignment"))

    def mine(self, number: str) -> bool:
        """Whether later stages are checked with the student's files of this one."""
        return self.begun(number) and bool(self.of(number).get("mine"))

    def files(self, exercise: Exercise) -> list[tuple[str, Path]]:
        """The files of the cut, each with its path under work/."""
        return [(file, self.folder(exercise.number) / file) for file in exercise.files(self.cut(exercise.number))]

    def parts(self, exercise: Exercise) -> list[linking.Part]:
        """What a check of this stage is linked with: its own files, and those of earlier stages that are mine."""
        earlier = [number for number in numbers(self.root) if number < exercise.number and self.mine(number)]
        parts = []
        for one in (exercise, *(loaded(self.root, number) for number in earlier)):
            objects = linking.Tree(self.root).path / "mine" / one.number
            for file, path in self.files(one):
                if not path.is_file():
                    raise UsageProblem(f"{self.shown(path)} is gone; ./workshop reset {one.number} brings a fresh one "
                                       "and keeps the others in work/backup/")
                parts.append(linking.Part(one.stage / file, path, (objects / file).with_suffix(".o")))
        return parts

    def shown(self, path: Path) -> str:
        """A path as the student types it."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)

    def write_handout(self, exercise: Exercise, cut: str) -> None:
        for file, text in exercise.handout(cut).items():
            path = self.folder(exercise.number) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        remembered = self.of(exercise.number)
        remembered.clear()
        remembered["cut"] = cut
        self.state["last"] = exercise.number
        self.save()

    def put_away(self, number: str) -> Path:
        """Moves the stage's files to work/backup/NN-<n>/, and returns where."""
        folder = self.root / "work" / "backup"
        folder.mkdir(parents=True, exist_ok=True)
        count = 1
        while (folder / f"{number}-{count}").exists():
            count += 1
        return self.folder(number).rename(folder / f"{number}-{count}")

    def changes(self, exercise: Exercise) -> Iterator[str]:
        """The unified diff from the handout to what stands there now."""
        handout = exercise.handout(self.cut(exercise.number))
        for file, path in self.files(exercise):
            now = path.read_text(errors="replace").splitlines(keepends=True) if path.is_file() else []
            yield from difflib.unified_diff(handout[file].splitlines(keepends=True), now,
                                            f"handout/{exercise.number}/{file}", self.shown(path))


def chosen(work: Work, words: "list[str]", verb: str) -> Exercise:
    """The exercise that a command's first word names, or the one begun last; begun it must be."""
    number = words[0] if words else work.state.get("last", "")
    if not number:
        raise UsageProblem(f"which stage? None was begun yet; there are: {', '.join(numbers(work.root)) or 'none'}. "
                           "Begin with: ./workshop start N")
    exercise = pick_exercise(work.root, number)
    if not work.begun(exercise.number):
        raise UsageProblem(f"there is nothing of yours in work/{exercise.number}/ to {verb}; begin with: "
                           f"./workshop start {exercise.number}")
    return exercise
