"""Draws with gnuplot, as SVG that is readable on a light and on a dark page."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Sequence

from workshop.problem import WORK_FAILS, Problem

from .growth import Curve
from .rounds import Result

STYLE = """\
set terminal svg size {width},{height} dynamic noenhanced font "sans-serif,14" background rgb "white"
set output "{output}"
set border 3 lc rgb "#555555"
set tics nomirror textcolor rgb "#333333"
set grid ytics lc rgb "#dddddd"
set style fill solid 0.9 noborder
"""
COLOURS = ("#0b6e4f", "#c8553d", "#3d5a98", "#b8860b", "#6b4c9a", "#555555")


def gnuplot(script: str) -> None:
    done = subprocess.run(["gnuplot"], input=script, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise Problem(f"gnuplot: {done.stderr.strip()}", WORK_FAILS)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


def block(name: str, rows: Sequence[Sequence[object]]) -> str:
    lines = "\n".join(" ".join(str(cell) for cell in row) for row in rows)
    return f"${name} << EOD\n{lines}\nEOD\n"


def bars(result: Result, folder: Path) -> Path:
    """Throughput and server cpu of everybody in a row, side by side."""
    output = folder / f"{result.row.id}.svg"
    names = [one.name for one in result.row.contenders]
    data = [(n, quoted(name), result.median(name, "rate") or 0, result.median(name, "cpu_us") or 0)
            for n, name in enumerate(names)]
    script = STYLE.format(width=900, height=380, output=output) + block("data", data)
    script += f"set multiplot layout 1,2 title {quoted(result.row.title)} font ',16'\n"
    script += "set boxwidth 0.6\nset yrange [0:*]\nset xtics rotate by -30\nunset key\n"
    for column, title in ((3, "per second"), (4, "server cpu, µs each")):
        script += f"set title {quoted(title)}\n"
        script += f"plot $data using 1:{column}:xtic(2) with boxes lc rgb '{COLOURS[column - 3]}'\n"
    gnuplot(script + "unset multiplot\n")
    return output


def growth(curve: Curve, folder: Path) -> Path:
    output = folder / f"growth-{curve.id}.svg"
    metrics = [metric for metric in curve.names if metric.endswith("_us")]
    data = [[point["x"], *(point[metric] for metric in metrics)] for point in curve.points]
    script = STYLE.format(width=700, height=380, output=output) + block("data", data)
    script += f"set title {quoted(curve.title)}\nset xlabel {quoted(curve.x)}\nset logscale x\nset yrange [0:*]\n"
    script += "set key top left\nplot " + ", ".join(
        f"$data using 1:{n + 2} with linespoints lw 2 pt 7 lc rgb '{COLOURS[n]}' title {quoted(curve.names[metric])}"
        for n, metric in enumerate(metrics)) + "\n"
    gnuplot(script)
    return output


def sweep(named: dict[str, list[dict[str, float]]], output: Path) -> Path:
    """Throughput over response time, by concurrency; a colour for each server, p50 drawn and p99 dashed."""
    script = STYLE.format(width=800, height=820, output=output)
    for n, points in enumerate(named.values()):
        script += block(f"data{n}", [(p["connections"], p["rate"], p["p50_us"] / 1000, p["p99_us"] / 1000)
                                     for p in points])
    script += "set multiplot layout 2,1\nset logscale x 2\nset key top left\n"
    script += "set title 'Throughput'\nset ylabel 'requests a second'\nset yrange [0:*]\nplot " + ", ".join(
        f"$data{n} using 1:2 with linespoints lw 2 pt 7 lc rgb '{COLOURS[n]}' title {quoted(name)}"
        for n, name in enumerate(named)) + "\n"
    script += "set title 'Response time'\nset xlabel 'connections at a time'\nset ylabel 'ms'\nset yrange [*:*]\n"
    script += "set logscale y\nplot " + ", ".join(
        f"$data{n} using 1:{column} with linespoints lw 2 {dash} pt 7 lc rgb '{COLOURS[n]}' "
        f"title {quoted(name + part)}"
        for n, name in enumerate(named) for column, part, dash in ((3, ", p50", ""), (4, ", p99", "dt 2"))) + "\n"
    gnuplot(script + "unset multiplot\n")
    return output
