"""One run of the benchmark: the rows that were asked for, then how cost grows, then the files."""
from __future__ import annotations

from pathlib import Path
from typing import Callable, Sequence

from workshop.problem import WORK_FAILS, Problem, UsageProblem
from workshop.suggest import did_you_mean

from . import plots, report
from .growth import Curve, all_curves
from .rounds import Result, Row, play
from .table import Peers, all_rows

QUICK_ROUNDS = 2
QUICK_SECONDS = 0.4  # of a second; wrk needs a whole one and takes it


def chosen(rows: Sequence[Row], ids: Sequence[str]) -> list[Row]:
    known = [row.id for row in rows]
    for id in ids:
        if id not in known:
            raise UsageProblem(f'no row "{id}"{did_you_mean(id, known)}; ./workshop bench --list shows them')
    return [row for row in rows if row.id in ids or not ids and not row.only_when_named]


def run(peers: Peers, ids: Sequence[str], quick: bool, folder: Path, say: Callable[[str], None]) -> None:
    """The files are written after each row: whatever comes, what was measured is kept."""
    session = Session(folder, say)
    for row in chosen(all_rows(peers), ids):
        if quick:
            row.rounds, row.seconds = min(row.rounds, QUICK_ROUNDS), QUICK_SECONDS
        say(f"{row.title} …")
        session.keep(row.id, lambda row=row: session.measure(row))
    for make in [] if ids else all_curves(peers, quick):
        session.keep("growth", lambda make=make: session.draw(make()))
    say(f"written: {folder}/results.md, results.json and {len(session.plots)} plots")
    if session.failed:
        raise Problem(f"could not be measured: {', '.join(session.failed)}; the causes stand above", WORK_FAILS)


class Session:
    """What has been measured so far."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.say = say
        self.results: list[Result] = []
        self.curves: list[Curve] = []
        self.plots: list[Path] = []
        self.failed: list[str] = []

    def measure(self, row: Row) -> None:
        result = play(row, self.say)
        self.results.append(result)
        for line in report.targets_table([result])[2:]:
            self.say("  " + line.strip("| ").replace(" | ", "  ·  "))
        if result.values(row.contenders[0].name, "rate"):
            self.plots.append(plots.bars(result, self.folder))

    def draw(self, curve: Curve) -> None:
        self.curves.append(curve)
        self.plots.append(plots.growth(curve, self.folder))
        self.say(f"{curve.title}: done")

    def keep(self, what: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Problem as problem:  # the others are worth having
            self.say(f"{what}: {problem}")
            self.failed.append(what)
        (self.folder / "results.json").write_text(report.as_json(self.results, self.curves))
        (self.folder / "results.md").write_text(report.as_markdown(self.results, self.curves, self.plots))
