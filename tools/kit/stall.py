"""Waits for a check, and explains from /proc why it stands still instead of letting it run into a limit."""
from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

STILL = 3.0  # seconds without any work in any process of the check
STEP = 0.05


@dataclass
class Process:
    """One process of a check, as /proc shows it."""

    pid: int
    name: str
    state: str
    ticks: int
    descriptors: dict[int, str] = field(default_factory=dict)
    writable: set[int] = field(default_factory=set)


def look(pid: int, with_descriptors: bool = False) -> Process | None:
    folder = Path("/proc") / str(pid)
    try:
        line = (folder / "stat").read_text()
    except OSError:
        return None
    name = line[line.index("(") + 1:line.rindex(")")]
    fields = line[line.rindex(")") + 2:].split()
    process = Process(pid, name, fields[0], int(fields[11]) + int(fields[12]))
    if with_descriptors:
        look_at_descriptors(folder, process)
    return process


def look_at_descriptors(folder: Path, process: Process) -> None:
    try:
        numbers = sorted(int(name) for name in os.listdir(folder / "fd"))
    except OSError:
        return
    for number in numbers:
        try:
            process.descriptors[number] = os.readlink(folder / "fd" / str(number))
            flags = re.search(r"flags:\s*(\d+)", (folder / "fdinfo" / str(number)).read_text())
        except OSError:
            continue
        if flags and int(flags[1], 8) & os.O_ACCMODE in (os.O_WRONLY, os.O_RDWR):
            process.writable.add(number)


def session(leader: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            line = Path("/proc", name, "stat").read_text()
        except OSError:
            continue
        fields = line[line.rindex(")") + 2:].split()
        if int(fields[3]) == leader and fields[0] not in "ZX":
            found.append(int(name))
    return found


def wait(leader: int, limit: float) -> str:
    """Waits until the leader of a session has ended; the reason in words if it never would."""
    begun = quiet_since = time.monotonic()
    work = -1
    while True:
        one = look(leader)
        if one is None or one.state in "ZX":
            return ""
        now = time.monotonic()
        processes = [process for process in map(look, session(leader)) if process]
        # A process that was runnable and got no cpu is not standing still.
        done = sum(process.ticks for process in processes)
        if done != work or any(process.state in "RD" for process in processes):
            work, quiet_since = done, now
        if now - quiet_since > STILL:
            if not has_a_timer(processes):
                return explain(leader)
            quiet_since = now  # a busy machine may not run it the moment its time is up
        if now - begun > limit:
            return f"it was not done after {limit:.0f} s of work; " + explain(leader)
        time.sleep(STEP)


def has_a_timer(processes: list[Process]) -> bool:
    """Whether one of them sleeps for a time that it set itself and that is yet to come, within the limit."""
    for process in processes:
        folder = Path("/proc") / str(process.pid) / "fdinfo"
        try:
            infos = [Path(folder, name).read_text() for name in os.listdir(folder)]
        except OSError:
            continue
        for info in infos:
            left = re.search(r"it_value: \((\d+), (\d+)\)", info)
            if left and 0 < int(left[1]) + int(left[2]) / 1e9 < 10:
                return True
    return False


def explain(leader: int) -> str:
    """Why the processes of a session wait, in one sentence."""
    processes = [process for process in (look(pid, True) for pid in session(leader)) if process]
    for process in processes:
        sentence = waits_for_its_own_end(process, processes)
        if sentence:
            return sentence
    locked = waits_for_a_lock(processes)
    if locked:
        return locked
    names = ", ".join(f"{process.name} ({process.pid})" for process in processes)
    calls = ", ".join(sorted({call for process in processes if (call := waits_in(process.pid))}))
    return f"nothing happens any more: {names} wait{'s' if len(processes) == 1 else ''}" + (
        f" in {calls}" if calls else "")


def waits_in(pid: int) -> str:
    """The kernel's name for what a process waits in."""
    try:
        return Path("/proc", str(pid), "wchan").read_text().strip("0")
    except OSError:
        return ""


def waits_for_its_own_end(process: Process, everybody: list[Process]) -> str:
    """A pipe whose end can never come, because somebody who will not write holds the other end open."""
    for number, target in process.descriptors.items():
        if not target.startswith("pipe:") or number in process.writable:
            continue
        for other in everybody:
            for held in sorted(other.writable):
                if other.descriptors.get(held) != target:
                    continue
                whom = "this process itself" if other.pid == process.pid else f"{other.name} ({other.pid})"
                return (f"the end of the pipe at descriptor {number} of {process.name} ({process.pid}) can never come: "
                        f"{whom} still holds the write end as descriptor {held}")
    return ""


def waits_for_a_lock(processes: list[Process]) -> str:
    pids = {process.pid: process for process in processes}
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return ""
    holders: dict[str, int] = {}
    for line in lines:
        words = line.split()
        if "->" not in words:
            holders[words[0]] = int(words[4])
    for line in lines:
        words = line.split()
        if "->" in words and int(words[5]) in pids:
            holder = holders.get(words[0], 0)
            whom = "itself, through another descriptor" if holder == int(words[5]) else f"process {holder}"
            return f"{pids[int(words[5])].name} ({words[5]}) waits for a {words[2]} lock that is held by {whom}"
    return ""
