"""What a check may take: it may fail in any way, but not take the machine with it."""
from __future__ import annotations

import os
import re
import resource
from pathlib import Path

CPU = 10  # seconds that one process of a check may compute; the reference needs less than three
PROCESSES = 300  # at the same time; the reference needs less than thirty
MEGABYTE = 1024 * 1024
MOST = {resource.RLIMIT_CPU: ("cpu", CPU), resource.RLIMIT_FSIZE: ("fsize", 256 * MEGABYTE),
        resource.RLIMIT_NOFILE: ("nofile", 1024), resource.RLIMIT_CORE: ("core", 0),
        resource.RLIMIT_DATA: ("data", 4096 * MEGABYTE)}


def limited() -> "list[str]":
    """The words before a command that set its limits; a limit that is lower already stays."""
    words = ["prlimit"]
    for what, (name, most) in MOST.items():
        words.append(f"--{name}={lower(most, what)}:{hard(what)}")
    return [*words, f"--nproc={lower(threads_of_user() + PROCESSES, resource.RLIMIT_NPROC)}:{hard(resource.RLIMIT_NPROC)}"]


def hard(what: int) -> str:
    most = resource.getrlimit(what)[1]
    return "unlimited" if most == resource.RLIM_INFINITY else str(most)


def lower(most: int, what: int) -> int:
    allowed = resource.getrlimit(what)[1]
    return most if allowed == resource.RLIM_INFINITY else min(most, allowed)


def threads_of_user() -> int:
    """The kernel counts a limit of processes by user and by thread; root it does not hold to it at all."""
    me, found = os.getuid(), 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text(errors="replace")
        except OSError:
            continue
        user, threads = re.search(r"^Uid:\s*(\d+)", text, re.MULTILINE), re.search(r"^Threads:\s*(\d+)", text, re.MULTILINE)
        found += int(threads[1]) if user and threads and int(user[1]) == me else 0
    return found
