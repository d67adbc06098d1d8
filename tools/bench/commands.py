"""Contenders that are commands: they measure themselves and print one JSON object as their last line."""
from __future__ import annotations

import json
import subprocess
from typing import Sequence

from workshop.problem import WORK_FAILS, Problem

from .rounds import Contender, Sample


class Command(Contender):
    """Prints {"operations": N, "seconds": S, "cpu_us": C, ...}: operations per second, and cpu for each."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        super().__init__(name)
        self.command = list(command)

    def measure(self, seconds: float) -> Sample:
        done = subprocess.run([*self.command, "--seconds", f"{seconds:g}"], stdin=subprocess.DEVNULL, text=True,
                              capture_output=True, timeout=120 + 20 * seconds, check=False)
        lines = done.stdout.strip().splitlines()
        if done.returncode != 0 or not lines:
            raise Problem(f"{' '.join(self.command)} ended with {done.returncode}: {done.stderr.strip()[-500:]}",
                          WORK_FAILS)
        return sample_of(json.loads(lines[-1]))


def sample_of(told: dict[str, float]) -> Sample:
    operations = told["operations"]
    result = {"rate": operations / told["seconds"], "cpu_us": told["cpu_us"] / operations}
    result.update({key: value for key, value in told.items() if key.startswith("p")})
    return result
