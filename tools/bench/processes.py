"""What processes cost, read from /proc: cpu time to the nanosecond, and memory that is theirs alone."""
from __future__ import annotations

import os
import resource
from pathlib import Path

TICK_US = 1_000_000 // os.sysconf("SC_CLK_TCK")


def families() -> dict[int, list[int]]:
    """The living children of every process."""
    result: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:  # it has ended meanwhile
                continue
            result.setdefault(parent, []).append(int(entry.name))
    return result


def descendants(pid: int) -> list[int]:
    """The living descendants of a process, itself not included, oldest generation first."""
    children = families()
    found = list(children.get(pid, ()))
    for one in found:
        found += children.get(one, ())
    return found


def cpu_us(pid: int) -> float:
    """What a process has computed: its threads' time on a cpu, as the scheduler counts it (not in ticks)."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").iterdir():
        total += int((thread / "schedstat").read_text().split()[0])
    return total / 1000


def own_us() -> float:
    """What this process and all that it started have computed so far, those that have ended included, in ticks."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = resource.getrusage(resource.RUSAGE_SELF)
    total = (own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime) * 1e6
    for pid in descendants(os.getpid()):
        try:
            words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(word) for word in words[11:15]) * TICK_US  # utime stime cutime cstime
    return total


def machine_us() -> float:
    """What all cpus have been busy so far, and what a hypervisor gave to other machines."""
    words = Path("/proc/stat").read_text().split(None, 11)[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = (int(word) for word in words)
    return (user + nice + system + irq + softirq + steal) * TICK_US


def pss_kib(pid: int) -> int:
    """The memory of a process, with what it shares counted in parts."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise OSError(f"no Pss in /proc/{pid}/smaps_rollup")
