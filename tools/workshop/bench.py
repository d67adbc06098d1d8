"""`./workshop bench`: brings the peers, builds the optimised tree, and lets tools/bench measure."""
from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Sequence

from . import packages
from .build import build, build_directory
from .machine import Machine
from .packages import say
from .problem import GREEN, UsageProblem
from .requirements import BENCH_REQUIREMENTS


def bench(words: Sequence[str], machine: Machine, root: Path) -> int:
    from bench import session, sweep
    from bench.table import Peers, all_rows

    asked = Asked(words)
    peers = Peers(root, build_directory(root, "bench"))
    if asked.list:
        for row in all_rows(peers):
            print(f"{row.id:18} {row.title}")
        return GREEN
    if not asked.sweep:
        session.chosen(all_rows(peers), asked.rows)  # a wrong word is told before minutes of building
    packages.ensure(machine, more=BENCH_REQUIREMENTS)
    build(root, what="what is measured", preset="bench")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # whom we started is stopped on the way
    folder = asked.out or root / "bench" / "results" / ("quick" if asked.quick else "")
    if asked.sweep:
        say(f"drawn: {sweep.sweep(peers, folder, asked.quick, print)}")
        return GREEN
    session.run(peers, asked.rows, asked.quick, folder, say)
    return GREEN


class Asked:
    """The words behind `bench`."""

    def __init__(self, words: Sequence[str]) -> None:
        self.quick = self.list = self.sweep = False
        self.out: Path | None = None
        self.rows: list[str] = []
        rest = list(words)
        while rest:
            word = rest.pop(0)
            if word in ("--quick", "--list"):
                setattr(self, word[2:], True)
            elif word == "--out":
                if not rest:
                    raise UsageProblem("--out wants a directory")
                self.out = Path(rest.pop(0)).absolute()
            elif word.startswith("-"):
                raise UsageProblem(f"bench knows --quick, --list and --out DIR, not {word}")
            elif word == "sweep" and not self.rows:
                self.sweep = True
            else:
                self.rows.append(word)
