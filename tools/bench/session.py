"""One run of the benchmark: the rows that were asked for, then how cost grows, then the files."""
from __future__ import annotations

from pathlib import Path
from typing import Callable, Sequence

from workshop.problem import WORK_FAILS, Problem, UsageProblem
from workshop.suggest import did_you_mean

from . import plots, report
from .growth import all_curves
from .rounds import Result, Row, play
from .table import Peers, all_rows

QUICK_ROUNDS = 2
QUICK_SECONDS = 1


def chosen(rows: Sequence[Row], ids: Sequence[str]) -> list[Row]:
    known = [row.id for row in rows]
    for id in ids:
        if id not in known:
            raise UsageProblem(f'no row "{id}"{did_you_mean(id, known)}; ./workshop bench --list shows them')
    return [row for row in rows if row.id in ids or not ids and not row.only_when_named]


def run(peers: Peers, ids: Sequence[str], quick: bool, folder: Path, say: Callable[[str], None]) -> None:
    rows = chosen(all_rows(peers), ids)
    folder.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    failed: list[str] = []
    for row in rows:
        if quick:
            row.rounds, row.seconds = min(row.rounds, QUICK_ROUNDS), QUICK_SECONDS
        say(f"{row.title} …")
        try:
            result = play(row, say)
        except Problem as problem:  # the other rows are worth having
            say(f"{row.id}: {problem}")
            failed.append(row.id)
            continue
        results.append(result)
        for line in report.targets_table([result])[2:]:
            say("  " + line.strip("| ").replace(" | ", "  ·  "))
    curves = []
    if not ids:
        for make in all_curves(peers, quick):
            curves.append(make())
            say(f"{curves[-1].title}: done")
    drawn = [plots.bars(one, folder) for one in results if one.values(one.row.contenders[0].name, "rate")]
    drawn += [plots.growth(one, folder) for one in curves]
    (folder / "results.json").write_text(report.as_json(results, curves))
    (folder / "results.md").write_text(report.as_markdown(results, curves, drawn))
    say(f"written: {folder}/results.md, results.json and {len(drawn)} plots")
    if failed:
        raise Problem(f"could not be measured: {', '.join(failed)}; the causes stand above", WORK_FAILS)
