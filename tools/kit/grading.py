"""Grades submissions: each compiled and judged in a cage, several times, whatever any of them does."""
from __future__ import annotations

import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable, Mapping, Sequence, TypeVar

from . import checks, linking
from .cage import Cage, CageFailed
from .checks import Verdict
from .exercise import Check, Exercise
from .outcome import BROKEN, FAULTY, GRADED, REFUSED, Graded, Result
from .submissions import Submission, printable

T = TypeVar("T")
COMPILING = (120.0, 3072)  # seconds and MB for one file
JUDGING = 2048  # MB for one check
PATIENCE, FACTOR = 15.0, 10.0  # a check has so many seconds, or so many times what the reference takes
ENOUGH = 90.0  # seconds for one submission's checks, after which none is repeated; after twice as many none is begun


@dataclass
class Grader:
    """Where and by what submissions are graded."""

    tree: linking.Tree
    exercise: Exercise
    cage: Cage
    folder: Path  # of its own
    cut: str = "assignment"
    repeat: int = 3
    seconds: dict[str, float] = field(default_factory=dict)  # by the check: what it may take

    def __post_init__(self) -> None:
        self.folder.chmod(0o711)  # whoever a submission is in its cage gets to its own folder, and finds no other

    @property
    def checks(self) -> list[Check]:
        return self.exercise.checks_of(self.cut)

    def grade(self, one: Submission) -> Graded:
        if one.refused:
            return Graded(one.name, REFUSED, one.refused)
        folder = Path(tempfile.mkdtemp(prefix="one-", dir=self.folder))
        try:
            notes = [f"{file} was not handed in" for file in self.exercise.files(self.cut) if file not in one.texts]
            texts = {**self.exercise.handout(self.cut), **one.texts}
            program = self.compile(texts, folder)
            results, more = self.judge(program, folder)
            return Graded(one.name, GRADED, "", (*notes, *more), results)
        except linking.DoesNotCompile as wrong:
            return Graded(one.name, BROKEN, f"{wrong}\n{clean(wrong.words, folder)}", tuple(notes))
        except Exception as error:  # one submission never stops the others
            return Graded(one.name, FAULTY, f"the grader failed: {type(error).__name__}: {printable(str(error))}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def cage_with(self, folder: Path) -> Cage:
        """The cage in which a submission's own folder is to be seen."""
        return replace(self.cage, kept=(*self.cage.kept, folder))

    def compile(self, texts: Mapping[str, str], folder: Path) -> Path:
        """kit_NN with those files; the compiler sees the kit and this folder."""
        folder.chmod(0o755)
        inside = folder / "build"
        for made in (inside, inside / self.exercise.stage.name):
            made.mkdir()
            made.chmod(0o777)  # for whoever the compiler is in its cage; nobody else gets to `folder`
        cage, (seconds, memory) = self.cage_with(folder), COMPILING
        tree = replace(self.tree, around=lambda command: cage.command(
            command, self.tree.path, seconds=seconds, memory=memory, writable=[inside]))
        files = {self.exercise.stage / file: text for file, text in texts.items()}
        return again(lambda: build(tree, self.exercise, files, inside))

    def judge(self, program: Path, folder: Path) -> tuple[tuple[Result, ...], list[str]]:
        """All checks, as often as they are repeated and the time allows."""
        cage = self.cage_with(folder)
        begun = time.monotonic()
        rounds: list[list[Verdict]] = []
        over: set[str] = set()  # a check that took all of its time is not asked again
        for number in range(self.repeat):
            if number and time.monotonic() - begun > ENOUGH:
                return self.collected(rounds), [f"judged {number} times, not {self.repeat}: its checks take too long"]
            found = []
            for check in self.checks:
                if check.id in over:
                    continue
                if time.monotonic() - begun > ENOUGH * 2:
                    found.append(Verdict(check, checks.NOT_JUDGED, "the checks before it took all of the time"))
                    continue
                started = time.monotonic()
                found.append(again(lambda: judge_one(cage, program, check, self.limit(check))))
                if time.monotonic() - started > self.limit(check):
                    over.add(check.id)
            rounds.append(checks.following(found))
        return self.collected(rounds), []

    def limit(self, check: Check) -> float:
        return self.seconds.get(check.id, checks.LIMIT)

    def collected(self, rounds: Sequence[Sequence[Verdict]]) -> tuple[Result, ...]:
        return tuple(Result(check, tuple(one for found in rounds for one in found if one.check.id == check.id))
                     for check in self.checks)

    def learn(self) -> list[Result]:
        """Judges the reference: how long each check takes here. Returns what it does not pass."""
        with tempfile.TemporaryDirectory(prefix="reference-", dir=self.folder) as name:
            program = self.compile(self.exercise.reference(), Path(name))
            cage = self.cage_with(Path(name))
            failing = []
            for check in self.checks:
                for _ in range(3):  # a busy moment is no reason to refuse everybody
                    started = time.monotonic()
                    verdict = judge_one(cage, program, check, checks.LIMIT)
                    if verdict.passed:
                        break
                else:
                    failing.append(Result(check, (verdict,)))
                self.seconds[check.id] = max(PATIENCE, FACTOR * (time.monotonic() - started))
        return failing


def again(work: Callable[[], T]) -> T:
    """What `work` returns, at the third try at the latest, when the machine is short of something for a moment."""
    for seconds in (1, 5):
        try:
            return work()
        except CageFailed:
            time.sleep(seconds)
    return work()


def build(tree: linking.Tree, exercise: Exercise, files: Mapping[Path, str], folder: Path) -> Path:
    try:
        return linking.build(tree, exercise.number, files, folder, 1, exercise.programs)
    except linking.DoesNotCompile as wrong:
        if wrong.words.startswith("cage: "):
            raise CageFailed(wrong.words) from None
        raise


def judge_one(cage: Cage, program: Path, check: Check, seconds: float) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="check-") as name:
        command = [str(program), checks.escaped(check.test), "-r", "xml", "-o", "report.xml"]
        ended = cage.run(command, Path(name), seconds=seconds, memory=JUDGING, report="report.xml",
                         environment={"CLUSTER_WORKSHOP_PROGRAMS": str(program.parent)})
    # Only a document type has entities, and with those a short text may be an endless one.
    report = "" if "<!DOCTYPE" in ended.report else ended.report
    return checks.verdict(check, ended.code, ended.stuck, report, ended.output)


def clean(words: str, folder: Path) -> str:
    """The compiler's message without the place where we compiled."""
    return words.replace(f"{folder}/build/", "").replace(str(folder), "")


def grade_all(grader: Grader, submissions: Sequence[Submission], jobs: int,
              say: Callable[[int, Graded], None]) -> list[Graded]:
    """All of them, in their order; `say` is told of each as it is done."""
    done = 0

    def one(submission: Submission) -> Graded:
        nonlocal done
        graded = grader.grade(submission)
        done += 1
        say(done, graded)
        return graded

    with ThreadPoolExecutor(jobs) as several:
        return list(several.map(one, submissions))
