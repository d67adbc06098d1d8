"""`./workshop grade` and `groups`: judges many submissions of one exercise, and sorts them by their faults."""
from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any, Sequence

from . import packages
from .build import SECONDS_BETWEEN_LINES, build
from .machine import Machine, available_cpus
from .packages import say
from .problem import GREEN, EnvironmentProblem, UsageProblem
from .work import pick_exercise


class Asked:
    """The words behind `grade`."""

    def __init__(self, words: Sequence[str]) -> None:
        self.stage = ""
        self.repeat, self.jobs = 3, available_cpus()
        self.out: Path | None = None
        self.cut = "assignment"
        folders: list[str] = []
        rest = list(words)
        while rest:
            word = rest.pop(0)
            if word == "--workshop":
                self.cut = "workshop"
            elif word in ("--stage", "--repeat", "--jobs", "--out"):
                if not rest:
                    raise UsageProblem(f"{word} wants a word behind it; see ./workshop grade --help")
                self.take(word, rest.pop(0))
            elif word.startswith("-"):
                raise UsageProblem(f"grade knows --stage N, --repeat, --jobs, --out DIR and --workshop, not {word}")
            else:
                folders.append(word)
        if len(folders) != 1 or not self.stage:
            raise UsageProblem("grade wants one folder of submissions and their stage: ./workshop grade DIR --stage 02")
        self.folder = Path(folders[0]).absolute()
        if not self.folder.is_dir():
            raise UsageProblem(f"{folders[0]} is no folder; it holds a folder or an archive for each student")
        if self.out and self.folder.resolve() in (self.out.resolve(), *self.out.resolve().parents):
            raise UsageProblem("--out is among the submissions; name a folder of its own")

    def take(self, option: str, word: str) -> None:
        if option == "--stage":
            self.stage = word
        elif option == "--out":
            self.out = Path(word).absolute()
        elif not word.isdigit() or not 1 <= int(word) <= 64:
            raise UsageProblem(f"{option} wants a number from 1 to 64, not {word}")
        else:
            setattr(self, option[2:], int(word))


def grade(words: Sequence[str], machine: Machine, root: Path) -> int:
    from kit import cage, gradebook, grading, linking, outcome, submissions

    asked = Asked(words)
    exercise = pick_exercise(root, asked.stage)
    paths, others = submissions.students(asked.folder)
    if not paths:
        raise UsageProblem(f"no submission is in {asked.folder}: neither a folder nor a .tar.gz or .zip")
    packages.ensure(machine)
    build(root, [f"kit_{exercise.number}"], f"what stage {exercise.number} is judged with", "kit")
    with tempfile.TemporaryDirectory(prefix="grade-") as name:
        folder = Path(name)
        tree = linking.Tree(root)
        hidden = [asked.folder, folder, *([asked.out] if asked.out else [])]
        grader = grading.Grader(tree, exercise, cage.best([root, *compiler(tree, exercise.number)], hidden), folder,
                                asked.cut, asked.repeat)
        if not cage.is_safe(grader.cage):
            raise EnvironmentProblem("the kernel refuses namespaces here, and as root nothing else holds a submission "
                                     f"back: grade as an ordinary user, or let every user enter {root}")
        learn(grader)
        files = exercise.files(asked.cut)
        taken = [submissions.take(student, path, files, exercise.number)
                 for student, path in submissions.named(paths).items()]
        progress = Progress(len(taken))
        graded = grading.grade_all(grader, taken, asked.jobs, progress.tell)
    left_out = [f"{submissions.printable(name)} is neither a folder nor an archive and was left out" for name in others]
    warnings = [sentence for sentence in (cage.weakness(grader.cage), *left_out) if sentence]
    conclude(graded, warnings)
    say(f"{len(graded)} submissions in {time.monotonic() - progress.begun:.0f} s")
    if asked.out:
        about: dict[str, Any] = {"version": 1, "repeat": asked.repeat, "cut": asked.cut, "warnings": warnings}
        gradebook.write(asked.out, exercise, graded, about)
        say(f"written: {asked.out}; ./workshop groups {asked.out} sorts them by fault")
    left = sum(one.status == outcome.FAULTY for one in graded)
    if left:
        raise EnvironmentProblem(f"{left} could not be graded, through no fault of theirs; the table says why. "
                                 "Try again with --jobs 1")
    return GREEN


def compiler(tree: Any, number: str) -> list[Path]:
    """Where the compiler is installed, if that is within what is hidden from submissions: somebody's home."""
    from kit import cage

    place = Path(tree.link_command(f"kit_{number}")[0]).resolve().parents[1]
    return [place] if any(home in place.parents for home in cage.home()) else []


def learn(grader: Any) -> None:
    """The reference first: it tells how long a check takes here, and whether this machine can judge at all."""
    say("judging the reference, to know the time")
    failing = grader.learn()
    if failing:
        one = failing[0]
        raise EnvironmentProblem(f"the reference itself does not pass {one.check.id} here ({one.status}: "
                                 f"{one.observed}); a busy machine? Try again, or ./workshop doctor")


class Progress:
    """A line on stderr now and then."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.begun = self.said = time.monotonic()

    def tell(self, done: int, _graded: Any) -> None:
        now = time.monotonic()
        if now - self.said < SECONDS_BETWEEN_LINES and done < self.total:
            return
        self.said = now
        left = (now - self.begun) / done * (self.total - done)
        say(f"{done} of {self.total} submissions" + (f", about {left / 60:.0f} min left" if left > 60 else ""))


def conclude(graded: Sequence[Any], warnings: Sequence[str]) -> None:
    from kit import gradebook, outcome

    print("\n".join(gradebook.table(graded)))
    unsteady = [f"{one.name}: {result.check.id} {result.observed}"
                for one in graded for result in one.results if result.status == outcome.UNSTEADY]
    if unsteady:
        print("\nUnsteady, without points; look at them by hand:")
        print("\n".join("  " + gradebook.one_line(line, 200) for line in unsteady))
    for sentence in warnings:
        print(f"\nWarning: {sentence}.")


def groups(words: Sequence[str], machine: Machine, root: Path) -> int:
    from kit import groups as sorting

    if len(words) != 1 or words[0].startswith("-"):
        raise UsageProblem("groups wants the folder that grade --out has written")
    path = Path(words[0]) / "results.json"
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageProblem(f"there is no {path}; ./workshop grade DIR --stage N --out {words[0]} writes it") from None
    found = sorting.group(results)
    print("\n".join(sorting.lines(found)) if found else "no submission has a fault")
    return GREEN
