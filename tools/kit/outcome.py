"""What became of a submission: of each check, over the repeats, and of the whole."""
from __future__ import annotations

from dataclasses import dataclass

from . import checks
from .checks import Verdict
from .exercise import Check

UNSTEADY = "unsteady"
GRADED, REFUSED, BROKEN, FAULTY = "graded", "refused", "does not compile", "not graded"


@dataclass(frozen=True)
class Result:
    """What became of one check, over the repeats."""

    check: Check
    verdicts: tuple[Verdict, ...]

    @property
    def passes(self) -> int:
        return sum(verdict.passed for verdict in self.verdicts)

    @property
    def status(self) -> str:
        if 0 < self.passes < len(self.verdicts):
            return UNSTEADY
        return self.verdicts[0].status

    @property
    def points(self) -> int:
        return self.check.points if self.status == checks.PASSED else 0

    @property
    def verdict(self) -> Verdict:
        """The one that tells most: the first that did not pass."""
        return next((one for one in self.verdicts if not one.passed), self.verdicts[0])

    @property
    def observed(self) -> str:
        if self.status == UNSTEADY:
            return f"unsteady: passed {self.passes} of {len(self.verdicts)}; {self.verdict.observed}"
        return self.verdict.observed


@dataclass(frozen=True)
class Graded:
    """One student's outcome."""

    name: str
    status: str
    words: str = ""  # why it was refused, the compiler's message, or what broke the grader
    notes: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()

    @property
    def points(self) -> int:
        return sum(result.points for result in self.results)

    @property
    def first_fault(self) -> "Result | None":
        return next((one for one in self.results if one.status != checks.PASSED), None)

    @property
    def unsteady(self) -> list[str]:
        return [one.check.id for one in self.results if one.status == UNSTEADY]
