"""Processes as /proc shows them: their state, their descriptors, the locks they hold or wait for."""
from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
GONE = "ZX"


@dataclass(frozen=True)
class Descriptor:
    number: int
    target: str  # "pipe:[4711]", "socket:[4712]", "anon_inode:[eventpoll]" or a path
    flags: int  # those of open(2)
    info: str  # the rest of what /proc/PID/fdinfo tells

    @property
    def kind(self) -> str:
        """pipe, socket, eventpoll, timerfd, pidfd ...; empty for a file."""
        found = re.match(r"(?:anon_inode:\[?)?(\w+)", self.target)
        return found[1] if found and not self.target.startswith("/") else ""

    @property
    def inode(self) -> int:
        found = re.search(r":\[(\d+)\]$", self.target)
        return int(found[1]) if found else 0

    @property
    def mode(self) -> int:
        """os.O_RDONLY, os.O_WRONLY or os.O_RDWR."""
        return self.flags & os.O_ACCMODE

    @property
    def waits(self) -> bool:
        """Whether a call on it may block."""
        return not self.flags & os.O_NONBLOCK

    @property
    def writes(self) -> bool:
        return self.mode != os.O_RDONLY

    @property
    def reads(self) -> bool:
        return self.mode != os.O_WRONLY


@dataclass
class Process:
    pid: int
    name: str
    state: str
    parent: int
    session: int
    descriptors: dict[int, Descriptor] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name} ({self.pid})"


@dataclass(frozen=True)
class Lock:
    id: str  # the same for the holder and those that wait
    kind: str  # FLOCK, POSIX, OFDLCK
    access: str  # READ, WRITE
    pid: int
    inode: int
    waits: bool


def read(path: Path) -> str:
    """The text of a file of /proc; empty if the process has gone or is not ours to look at."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def listed(folder: Path) -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir(folder) if name.isdigit())
    except OSError:
        return []


def look(pid: int, with_descriptors: bool = False) -> Process | None:
    line = read(PROC / str(pid) / "stat")
    if not line:
        return None
    fields = line[line.rindex(")") + 2:].split()
    process = Process(pid, line[line.index("(") + 1:line.rindex(")")], fields[0], int(fields[1]), int(fields[3]))
    if with_descriptors and process.state not in GONE:
        process.descriptors = descriptors(pid)
    return process


def descriptors(pid: int) -> dict[int, Descriptor]:
    folder = PROC / str(pid)
    found = {}
    for number in listed(folder / "fd"):
        try:
            target = os.readlink(folder / "fd" / str(number))
        except OSError:
            continue
        info = read(folder / "fdinfo" / str(number))
        flags = re.search(r"^flags:\s*(\d+)", info, re.MULTILINE)
        found[number] = Descriptor(number, target, int(flags[1], 8) if flags else os.O_RDWR, info)
    return found


def everybody() -> list[Process]:
    return [process for process in map(look, listed(PROC)) if process]


def family(leader: int, zombies: bool = False) -> list[Process]:
    """A process, those of its session, and all that descend from them; the living ones, if not asked otherwise."""
    everyone = everybody()
    members = {process.pid for process in everyone if process.pid == leader or process.session == leader}
    grown = True
    while grown:
        more = {process.pid for process in everyone if process.parent in members} - members
        members |= more
        grown = bool(more)
    return [process for process in everyone if process.pid in members and (zombies or process.state not in GONE)]


def work_done(process: Process) -> tuple[tuple[int, int], ...]:
    """Changes whenever a thread of the process has been on a cpu, however briefly."""
    folder = PROC / str(process.pid) / "task"
    done = []
    for thread in listed(folder):
        switches = re.findall(r"ctxt_switches:\s*(\d+)", read(folder / str(thread) / "status"))
        done.append((thread, sum(map(int, switches))))
    return tuple(done)


def locks() -> list[Lock]:
    """Every lock of the machine: "1: -> FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF" waits for lock 1."""
    found = []
    for line in read(PROC / "locks").splitlines():
        words = line.split()
        waits = len(words) > 1 and words[1] == "->"
        words = words[:1] + words[2:] if waits else words
        if len(words) >= 6 and words[4].lstrip("-").isdigit():
            found.append(Lock(words[0].rstrip(":"), words[1], words[3], int(words[4]), int(words[5].split(":")[-1]), waits))
    return found


def locked_file(process: Process, inode: int) -> str:
    """The path of the file with that inode that the process has open."""
    for one in process.descriptors.values():
        try:
            if one.target.startswith("/") and os.stat(PROC / str(process.pid) / "fd" / str(one.number)).st_ino == inode:
                return one.target
        except OSError:
            continue
    return f"the file with inode {inode}"
