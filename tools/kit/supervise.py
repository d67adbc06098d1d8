"""Watches one program from inside its cage: takes what it prints, counts what it takes, and ends what it leaves."""
from __future__ import annotations

import os
import select
import time
from dataclasses import dataclass, field

from . import ending

KEPT = 32 * 1024  # bytes of the beginning and of the end of what was printed
STEP = 0.1  # seconds between two looks
AT_ONCE = 64  # reads, before somebody looks at the rest
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Output:
    """What was printed: its beginning, its end, and how much there was."""

    head: bytes = b""
    tail: bytes = b""
    size: int = 0

    def take(self, data: bytes) -> None:
        self.size += len(data)
        room = KEPT - len(self.head)
        self.head += data[:room]
        self.tail = (self.tail + data[room:])[-KEPT:] if room < len(data) else self.tail

    def text(self) -> str:
        left_out = self.size - len(self.head) - len(self.tail)
        gap = f"\n... {left_out} bytes ...\n".encode() if left_out else b""
        return (self.head + gap + self.tail).decode(errors="replace")


@dataclass
class Watch:
    """A program that runs, and what it may take."""

    pid: int
    pipe: int
    seconds: float
    memory: int  # MB, of all its processes together
    processes: int
    alone: bool  # in a pid namespace: all that is in /proc is the program's
    output: Output = field(default_factory=Output)
    code: "int | None" = None
    reason: str = ""

    def run(self) -> None:
        """Until the program has ended, by itself or because it took too much."""
        deadline = time.monotonic() + self.seconds
        ended = os.pidfd_open(self.pid)
        os.set_blocking(self.pipe, False)
        looked = 0.0
        waiting = [self.pipe, ended]
        while self.code is None:
            ready = select.select(waiting, [], [], STEP)[0]
            if self.pipe in ready and not self.drain():
                waiting = [ended]
            now = time.monotonic()
            if not self.reason and (now - looked > STEP or now > deadline):
                looked = now
                self.reason = self.too_much()
                if not self.reason and now > deadline:
                    self.reason = f"it was not done after {self.seconds:.0f} s"
                if self.reason:
                    ending.end_all(self.others, self.reap)
            self.reap()
        ending.end_all(self.others, self.reap)
        self.drain()
        os.close(ended)

    def drain(self) -> bool:
        """Takes what is in the pipe, not for ever; False at its end."""
        for _ in range(AT_ONCE):
            try:
                data = os.read(self.pipe, 65536)
            except BlockingIOError:
                return True
            if not data:
                return False
            self.output.take(data)
        return True

    def reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.pid:
                self.code = os.waitstatus_to_exitcode(status)

    def others(self) -> "list[int]":
        """Every process of the program's, itself included."""
        mine = os.getpid()
        parents: "dict[int, int]" = {}
        for name in os.listdir("/proc"):
            if name.isdigit() and int(name) != mine:
                try:
                    with open(f"/proc/{name}/stat", "rb") as file:
                        parents[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
                except (OSError, IndexError, ValueError):
                    continue
        if self.alone:
            return list(parents)
        found = [mine]
        for pid in found:  # grows meanwhile
            found += [child for child, parent in parents.items() if parent == pid]
        return found[1:]

    def too_much(self) -> str:
        everybody = self.others()
        if len(everybody) > self.processes:
            return f"it started more than {self.processes} processes"
        pages = 0
        for pid in everybody:
            try:
                with open(f"/proc/{pid}/statm", "rb") as file:
                    pages += int(file.read().split()[1])
            except (OSError, IndexError, ValueError):
                continue
        if pages * PAGE > self.memory * 1024 * 1024:
            return f"it took more than {self.memory} MB of memory"
        return ""
