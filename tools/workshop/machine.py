"""What the command knows of the machine it runs on.

Everything that looks at the outside (files under /, the environment, other programs) goes through one `Machine`,
so that a test can hand in a machine that lacks a compiler or runs another distribution.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping, Sequence


# os-release words to the family whose package manager they use.
FAMILIES = {"debian": "debian", "ubuntu": "debian", "fedora": "fedora", "rhel": "fedora", "centos": "fedora",
            "arch": "arch", "alpine": "alpine", "suse": "suse", "opensuse": "suse"}


@dataclass(frozen=True)
class Machine:
    """A root directory, an environment, and who we are."""

    root: Path = Path("/")
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    is_root: bool = field(default_factory=lambda: os.geteuid() == 0)
    has_terminal: bool = field(default_factory=lambda: stdin_is_a_terminal())

    def which(self, program: str) -> str | None:
        return shutil.which(program, path=self.environment.get("PATH", os.defpath))

    def output_of(self, command: Sequence[str]) -> str | None:
        """What `command` prints (both streams), or None if it is not there or fails."""
        try:
            done = subprocess.run(command, env=dict(self.environment), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                                  check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.decode(errors="replace") if done.returncode == 0 else None

    def os_release(self) -> dict[str, str]:
        """/etc/os-release as a dictionary; empty where there is none."""
        try:
            lines = (self.root / "etc/os-release").read_text().splitlines()
        except OSError:
            return {}
        pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        return {key: value.strip().strip("\"'") for key, value in pairs}

    def family(self) -> str:
        """debian, fedora, arch, alpine, suse, or unknown: which package manager's words to use."""
        release = self.os_release()
        for word in [release.get("ID", "")] + release.get("ID_LIKE", "").split():
            known = FAMILIES.get(word.split("-")[0])
            if known:
                return known
        return "unknown"


def stdin_is_a_terminal() -> bool:
    """False for a closed stdin too."""
    try:
        return sys.stdin is not None and sys.stdin.isatty()
    except ValueError:
        return False


def available_cpus() -> int:
    return len(os.sched_getaffinity(0))


def available_memory_gib() -> float | None:
    """Memory that can be had without swapping, or None where /proc does not say."""
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) / 1024 / 1024
    except OSError:
        pass
    return None
