"""Rounds of A B C, then C B A: everybody meets the same weather, and nobody always goes first."""
from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from typing import Callable, Mapping, Sequence

from . import processes

Sample = Mapping[str, float]  # what was measured, by the name of its metric
FOREIGN_LIMIT = 0.15  # of one cpu: a round with more of other programs' work beside it is dropped


class Contender:
    """Somebody who does a row's work."""

    def __init__(self, name: str) -> None:
        self.name = name

    def start(self) -> None:
        """Before the first round."""

    def measure(self, seconds: float) -> Sample:
        """Does the work once, for about so long."""
        raise NotImplementedError

    def stop(self) -> None:
        """After the last round, also when a round failed."""


@dataclass(frozen=True)
class Target:
    """What is to be reached: `metric` of the row's first contender over that of `peer`; without a peer, its value."""

    metric: str
    peer: str | None
    at_least: float | None = None
    at_most: float | None = None

    def reached(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def __str__(self) -> str:
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


@dataclass
class Row:
    """One line of the table: the same work, done by several; the first contender is ours."""

    id: str
    title: str
    contenders: Sequence[Contender]
    targets: Sequence[Target] = ()
    rounds: int = 5
    seconds: float = 3
    only_when_named: bool = False  # takes so long that a whole run leaves it out


@dataclass
class Result:
    """The samples of a row: one for each contender in each round that counts."""

    row: Row
    rounds: list[dict[str, Sample]] = field(default_factory=list)
    dropped: int = 0

    def values(self, name: str, metric: str) -> list[float]:
        return [one[name][metric] for one in self.rounds if metric in one[name]]

    def median(self, name: str, metric: str) -> float | None:
        found = self.values(name, metric)
        return statistics.median(found) if found else None

    def compared(self, target: Target) -> list[float]:
        """For each round what the target speaks of."""
        ours = self.row.contenders[0].name
        result = []
        for one in self.rounds:
            value = one[ours].get(target.metric)
            of = one[target.peer].get(target.metric) if target.peer else 1.0
            if value is not None and of:
                result.append(value / of)
        return result


@dataclass
class Weather:
    """How much of the machine others have used since this was made, in cpus."""

    began: float = field(default_factory=time.monotonic)
    machine: float = field(default_factory=processes.machine_us)
    own: float = field(default_factory=processes.own_us)

    def foreign(self) -> float:
        wall = (time.monotonic() - self.began) * 1e6
        others = (processes.machine_us() - self.machine) - (processes.own_us() - self.own)
        return max(0.0, others / wall)


def play(row: Row, say: Callable[[str], None], foreign: Callable[[], Callable[[], float]] | None = None) -> Result:
    """All rounds of a row. Rounds with foreign load beside them are repeated, at most as many as were wanted; when the
    machine does not become quiet, the row is short of rounds, and says so."""
    watch = foreign or (lambda: Weather().foreign)
    result = Result(row)
    started: list[Contender] = []
    try:
        for contender in row.contenders:
            started.append(contender)
            contender.start()
        for turn in range(2 * row.rounds):
            if len(result.rounds) == row.rounds:
                break
            order = list(row.contenders) if turn % 2 == 0 else list(reversed(row.contenders))
            others = watch()
            one = {contender.name: contender.measure(row.seconds) for contender in order}
            load = others()
            if load > FOREIGN_LIMIT:
                result.dropped += 1
                say(f"{row.id}: a round beside {load:.2f} cpus of other work is dropped")
            else:
                result.rounds.append(one)
    finally:
        for contender in reversed(started):
            contender.stop()
    if len(result.rounds) < row.rounds:
        say(f"{row.id}: only {len(result.rounds)} of {row.rounds} rounds were quiet")
    return result
