"""What was measured, as JSON for programs and as Markdown for people."""
from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import time
from functools import cache
from pathlib import Path
from statistics import median
from typing import Iterable, Sequence

from .growth import Curve
from .rounds import Result, Target

# How a metric is called, and the digits worth showing.
METRICS = {
    "rate": ("per second", 0), "cpu_us": ("cpu µs each", 2), "primary_us": ("primary's cpu µs each", 2),
    "p50_us": ("p50 µs", 0), "p99_us": ("p99 µs", 0), "p999_us": ("p99.9 µs", 0), "busiest": ("busiest worker's part", 2),
    "failed": ("failed", 0), "ms": ("ms", 2), "worst_ms": ("worst ms", 1), "refused": ("refused", 0),
    "cut": ("cut", 0), "kib": ("KiB", 0), "seconds": ("s", 1),
}


@cache  # the same for the whole run, and asked for after each row
def machine() -> dict[str, str]:
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return {"cpu": cpu[1] if cpu else platform.machine(), "cpus": str(len(os.sched_getaffinity(0))),
            "kernel": platform.release(), "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            **{name: version(command) for name, command in VERSIONS.items()}}


VERSIONS = {"g++": ["c++", "-dumpfullversion"], "node": ["node", "--version"], "nginx": ["nginx", "-v"],
            "redis": ["redis-server", "--version"], "wrk": ["wrk", "-v"]}


def version(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "not here"
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else "unknown"


def number(metric: str, value: float) -> str:
    return f"{value:,.{METRICS.get(metric, ('', 2))[1]}f}"


def as_json(results: Iterable[Result], curves: Iterable[Curve]) -> str:
    rows = {one.row.id: {"title": one.row.title, "rounds": one.rounds, "dropped": one.dropped,
                         "targets": [told(one, target) for target in one.row.targets]} for one in results}
    growth = {one.id: {"title": one.title, "x": one.x, "points": one.points} for one in curves}
    return json.dumps({"machine": machine(), "rows": rows, "growth": growth}, indent=1) + "\n"


def told(result: Result, target: Target) -> dict[str, object]:
    values = result.compared(target)
    return {"metric": target.metric, "peer": target.peer, "reach": str(target), "values": values,
            "median": median(values) if values else None,
            "reached": bool(values) and target.reached(median(values))}


def targets_table(results: Iterable[Result]) -> list[str]:
    lines = ["| what | compared | median (range) | reach | |", "|---|---|---|---|---|"]
    for result in results:
        for target in result.row.targets:
            values = result.compared(target)
            what = METRICS.get(target.metric, (target.metric,))[0]
            against = f"{what}, × {target.peer}" if target.peer else what
            shown = "not measured"
            mark = "–"
            if values:
                shown = f"{median(values):.3g} ({min(values):.3g} … {max(values):.3g})"
                mark = "yes" if target.reached(median(values)) else "**no**"
            lines.append(f"| {result.row.title} | {against} | {shown} | {target} | {mark} |")
    return lines


def row_table(result: Result) -> list[str]:
    names = [one.name for one in result.row.contenders]
    metrics = [metric for metric in METRICS if any(result.values(name, metric) for name in names)]
    dropped = f"; {result.dropped} dropped for foreign load" if result.dropped else ""
    lines = [f"### {result.row.title}", "", f"`{result.row.id}`, medians of {len(result.rounds)} rounds{dropped}.", "",
             "| | " + " | ".join(METRICS[metric][0] for metric in metrics) + " |", "|---|" + "---:|" * len(metrics)]
    for name in names:
        cells = (result.median(name, metric) for metric in metrics)
        lines.append(f"| {name} | " + " | ".join(
            "" if value is None else number(metric, value) for metric, value in zip(metrics, cells)) + " |")
    return lines + [""]


def curve_table(curve: Curve) -> list[str]:
    metrics = list(dict.fromkeys(metric for point in curve.points for metric in point if metric != "x"))
    lines = [f"### {curve.title}", "", f"| {curve.x} | " + " | ".join(curve.names.get(m, m) for m in metrics) + " |",
             "|---:|" + "---:|" * len(metrics)]
    for point in curve.points:
        lines.append(f"| {point['x']:,.0f} | " + " | ".join(f"{point[metric]:,.4g}" if point[metric] < 1000
                                                           else f"{point[metric]:,.0f}" for metric in metrics) + " |")
    return lines + [""]


def as_markdown(results: Sequence[Result], curves: Sequence[Curve], plots: Sequence[Path]) -> str:
    about = ", ".join(f"{key} {value}" for key, value in machine().items())
    lines = ["# Results", "", "Made by `./workshop bench`; [what each figure means](../README.md).", "",
             f"{about}.", "", "## What was to be reached", "", *targets_table(results), "", "## Every row", ""]
    for result in results:
        lines += row_table(result)
    if curves:
        lines += ["## How cost grows", ""]
    for curve in curves:
        lines += curve_table(curve)
    lines += [f"![{plot.stem}]({plot.name})" for plot in plots]
    return "\n".join(lines).rstrip() + "\n"
