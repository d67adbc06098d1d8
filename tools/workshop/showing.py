"""`./workshop show`: a process tree and what connects it."""
from __future__ import annotations

from pathlib import Path
from typing import Sequence

from .machine import Machine
from .problem import UsageProblem


def show(words: Sequence[str], machine: Machine, root: Path) -> int:
    raise UsageProblem("show is not here yet")
