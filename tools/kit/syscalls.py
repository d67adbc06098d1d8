"""What a sleeping process waits in, and whether that wait ends by itself: the one thing that fdinfo does not tell.

/proc/PID/syscall names the system call and its arguments, so a poll(2) with a timeout differs from one without."""
from __future__ import annotations

import os
import re
from dataclasses import dataclass

from .procfs import PROC, Process, listed, read

FOREVER, AWHILE, RUNNING, UNKNOWN = "forever", "a while", "running", "unknown"

# name: (number on x86_64, on aarch64, how long it waits). "ms 2": the third argument is a time in milliseconds, -1 for
# ever; "ptr 2": it is a pointer to one, null for ever. What is not listed may end by itself, for all we know.
CALLS = {
    "read": (0, 63, FOREVER), "write": (1, 64, FOREVER), "readv": (19, 65, FOREVER), "writev": (20, 66, FOREVER),
    "recvfrom": (45, 207, FOREVER), "recvmsg": (47, 212, FOREVER), "sendto": (44, 206, FOREVER),
    "sendmsg": (46, 211, FOREVER), "accept": (43, 202, FOREVER), "accept4": (288, 242, FOREVER),
    "flock": (73, 32, FOREVER), "fcntl": (72, 25, FOREVER), "wait4": (61, 260, FOREVER),
    "waitid": (247, 95, FOREVER), "pause": (34, -1, FOREVER), "rt_sigsuspend": (130, 133, FOREVER),
    "openat": (257, 56, FOREVER), "splice": (275, 76, FOREVER),
    "poll": (7, -1, "ms 2"), "epoll_wait": (232, -1, "ms 3"), "epoll_pwait": (281, 22, "ms 3"),
    "epoll_pwait2": (441, 441, "ptr 3"), "ppoll": (271, 73, "ptr 2"), "select": (23, -1, "ptr 4"),
    "pselect6": (270, 72, "ptr 4"), "futex": (202, 98, "ptr 3"), "rt_sigtimedwait": (128, 137, "ptr 2"),
    "nanosleep": (35, 101, AWHILE), "clock_nanosleep": (230, 115, AWHILE),
}
COLUMN = {"x86_64": 0, "aarch64": 1}.get(os.uname().machine, 2)
BY_NUMBER = {numbers[COLUMN]: name for name, numbers in CALLS.items()} if COLUMN < 2 else {}
ON_DESCRIPTOR = {"read", "readv", "recvfrom", "recvmsg", "accept", "accept4", "write", "writev", "sendto", "sendmsg"}
WRITING = {"write", "writev", "sendto", "sendmsg"}
EPOLL = {"epoll_wait", "epoll_pwait", "epoll_pwait2"}


@dataclass(frozen=True)
class Call:
    """What one thread is doing."""

    name: str = ""
    arguments: tuple[int, ...] = ()
    lasts: str = UNKNOWN

    @property
    def descriptor(self) -> int:
        """The descriptor that it waits on, if it is one: read(2) and its kin."""
        return self.arguments[0] if self.name in ON_DESCRIPTOR else -1

    @property
    def epoll(self) -> int:
        return self.arguments[0] if self.name in EPOLL else -1


def parse(line: str) -> Call:
    """A line of /proc/PID/syscall: "running", or the number, six arguments, the stack and the program counter."""
    words = line.split()
    if words[:1] == ["running"]:
        return Call(lasts=RUNNING)
    if len(words) < 9 or int(words[0]) not in BY_NUMBER:
        return Call()
    name = BY_NUMBER[int(words[0])]
    arguments = tuple(int(word, 16) for word in words[1:7])
    how, _, at = CALLS[name][2].partition(" ") if CALLS[name][2] != AWHILE else (AWHILE, "", "")
    if how == "ms":
        return Call(name, arguments, FOREVER if arguments[int(at)] & 0x80000000 else AWHILE)
    if how == "ptr":
        return Call(name, arguments, AWHILE if arguments[int(at)] else FOREVER)
    return Call(name, arguments, how if not at else UNKNOWN)


def calls(process: Process) -> list[Call]:
    """One for each thread."""
    folder = PROC / str(process.pid) / "task"
    return [parse(read(folder / str(thread) / "syscall")) for thread in listed(folder)]


def lasts(process: Process) -> str:
    """Whether the process can go on without anybody else: RUNNING, AWHILE (a timeout ends its wait), UNKNOWN or FOREVER."""
    if process.state == "T":  # stopped: until somebody sends it a signal
        return FOREVER
    if read(PROC / str(process.pid) / "timers").strip():
        return AWHILE
    found = {call.lasts for call in calls(process)}
    if catches_alarm(process):  # alarm(2) is to be seen nowhere
        found.add(UNKNOWN)
    return next((how for how in (RUNNING, AWHILE, UNKNOWN) if how in found), FOREVER if found else UNKNOWN)


def catches_alarm(process: Process) -> bool:
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)", read(PROC / str(process.pid) / "status"), re.MULTILINE)
    return bool(caught and int(caught[1], 16) & 1 << 13)


def waits_in(process: Process) -> str:
    """The call that the first thread waits in, else the kernel's own name for it."""
    names = [call.name for call in calls(process) if call.name]
    return names[0] if names else read(PROC / str(process.pid) / "wchan").strip("0")
