"""What a check may take: it may fail in any way, but not take the machine with it."""
from __future__ import annotations

import os
import re
import resource

CPU = 10  # seconds that one process of a check may compute; the reference needs less than three
PROCESSES = 300  # at the same time; the reference needs less than thirty
MEGABYTE = 1024 * 1024
MOST = {resource.RLIMIT_CPU: ("cpu", CPU), resource.RLIMIT_FSIZE: ("fsize", 256 * MEGABYTE),
        resource.RLIMIT_NOFILE: ("nofile", 1024), resource.RLIMIT_CORE: ("core", 0),
        resource.RLIMIT_DATA: ("data", 4096 * MEGABYTE)}


def limited() -> "list[str]":
    """The words before a command that set its limits; a limit that is lower already stays."""
    words = ["prlimit"]
    for what, (name, most) in {**MOST, resource.RLIMIT_NPROC: ("nproc", threads_of_user() + PROCESSES)}.items():
        hard = resource.getrlimit(what)[1]
        words.append(f"--{name}={lower(most, what)}:{'unlimited' if hard == resource.RLIM_INFINITY else hard}")
    return words


def lower(most: int, what: int) -> int:
    """`most`, or what is allowed already if that is less."""
    hard = resource.getrlimit(what)[1]
    return most if hard == resource.RLIM_INFINITY else min(most, hard)


def threads_of_user() -> int:
    """The kernel counts a limit of processes by real user and by thread (a newer one in a user namespace only those of that
    namespace); root it does not hold to it at all."""
    me, found = os.getuid(), 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/status", encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError:
            continue
        # Not the owner of the folder: of a process that cannot be dumped, such as a browser's, that is root.
        user, threads = re.search(r"^Uid:\s*(\d+)", text, re.MULTILINE), re.search(r"^Threads:\s*(\d+)", text, re.MULTILINE)
        found += int(threads[1]) if user and threads and int(user[1]) == me else 0
    return found
