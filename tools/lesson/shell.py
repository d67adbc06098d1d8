"""One bash on a terminal of its own, driven line by line.

A terminal rather than pipes, because that is what the learner has: output comes in the order and at the time it would
come there, and Ctrl-C reaches the command in the foreground and nothing else, by the kernel's own rule.

bash reads its commands from a pipe, not from the terminal, so commands cannot swallow what follows them. After each
command it prints a mark on the terminal itself, in line with the output: what stands before it was printed before.
"""
from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shlex
import struct
import subprocess
import termios
import time
import uuid
from pathlib import Path
from typing import Callable, Mapping

from . import processes

# What a shell says about its jobs ("[1]+  Terminated  sleep 9"): a learner's terminal shows it, a lesson does not.
JOB_NOTICE = re.compile(r"\[\d+\][-+ ]? +(Done|Exit|Terminated|Killed|Interrupt|Hangup|Quit|Aborted|Running|Stopped|"
                        r"Segmentation fault|User defined|Broken pipe)\b.*|\[\d+\] \d+")
OWN_WORDS = re.compile(r"/dev/fd/\d+: (?:eval: )?line \d+: ")
DEATH_NOTICE = re.compile(r" *\d+ ([A-Z][^ ]*(?: [^ ]+)*?)  +.*")
# Bash keeps $? over the mark. Commands get neither the driver's descriptors nor the terminal as input.
PRELUDE = "exec {script}<&-; __s=0; set -m; trap : INT; exec 8>&2 2>/dev/null; __status() {{ return $1; }}\n"
COMMAND = "eval {command} </dev/null 2>&8 8>&-\n__s=$?; printf '\\036{token}:%s\\036' $__s >&8; __status $__s\n"
SYNC = "printf '\\036{token}:0\\036' >&8; __status $__s\n"
FAREWELL = "wait; printf '\\036{token}:0\\036' >&8\n"
POLL = 0.1  # seconds between looks at /proc while no output comes


class Shell:
    """Lives from its creation to close()."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        processes.become_subreaper()
        self.lines: list[str] = []  # output so far, complete lines
        self.marks = 0  # commands that have ended
        self.started = 0
        self.ended = False  # the terminal has been closed on the other side
        self._token = uuid.uuid4().hex
        self._pending = b""
        self._terminal, terminal_end = open_terminal()
        script_end, self._script = os.pipe()
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc", f"/dev/fd/{script_end}"], cwd=folder, env=dict(environment),
            stdin=terminal_end, stdout=terminal_end, stderr=terminal_end, pass_fds=[script_end],
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(terminal_end)
        os.close(script_end)
        self._send(PRELUDE.format(script=script_end))

    def _send(self, text: str) -> None:
        try:
            os.write(self._script, text.encode())
        except BrokenPipeError:  # the block has ended its own bash; that shows as missing output
            self.ended = True

    def start(self, command: str) -> None:
        self.started += 1
        self._send(COMMAND.format(command=shlex.quote(command), token=self._token))

    def interrupt(self, deadline: float) -> bool:
        """Ctrl-C, as soon as a command holds the foreground; False if none did."""
        def in_foreground() -> bool:
            return self.idle or os.tcgetpgrp(self._terminal) != self._bash.pid

        if not self.wait_for(in_foreground, deadline) or self.idle:
            return False
        os.write(self._terminal, b"\x03")
        return True

    @property
    def idle(self) -> bool:
        """True when every command has ended (background jobs may run on)."""
        return self.marks == self.started

    def wait_for(self, enough: Callable[[], bool], deadline: float) -> bool:
        """Reads output until `enough`, or until nothing can come any more or the deadline is over: then False."""
        while not enough():
            if time.monotonic() >= deadline or self.ended:
                return False
            if not self._read(POLL) and self.idle and not self._others():
                # What was printed before the last process ended has arrived when this mark has.
                self.started += 1
                self._send(SYNC.format(token=self._token))
                while not self.idle and not self.ended and time.monotonic() < deadline:
                    self._read(POLL)
                return enough()
        return True

    def finish(self, deadline: float) -> list[str]:
        """Lets bash wait for its jobs and end; the processes still there at the deadline are left behind."""
        self.started += 1
        self._send(FAREWELL.format(token=self._token))
        os.close(self._script)
        self._script = -1
        while not self.ended and time.monotonic() < deadline:
            self._read(POLL)
        left = self._others()
        while left and time.monotonic() < deadline:
            select.select([], [], [], POLL)  # orphans of bash: nothing to read, /proc alone knows of them
            processes.reap()
            left = self._others()
        return [processes.describe(pid) for pid in left]

    def close(self) -> None:
        """Ends whatever is left."""
        if self._script >= 0:
            os.close(self._script)
        processes.kill_all(os.getpid())
        self._bash.returncode = 0  # reaped above; subprocess need not look for it
        os.close(self._terminal)

    def _others(self) -> list[int]:
        return processes.descendants(os.getpid(), but=self._bash.pid)

    def _read(self, timeout: float) -> bool:
        """Takes in what the terminal has; False if nothing came."""
        if not select.select([self._terminal], [], [], timeout)[0]:
            processes.reap()  # orphans, as init would: a learner's `ps` shows no zombies
            return False
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # EIO: no process has this terminal open any more
            data = b""
        self.ended = self.ended or not data
        self._pending += data
        self._split()
        return bool(data)

    def _split(self) -> None:
        mark = f"\x1e{self._token}:".encode()
        while True:
            newline, begin = self._pending.find(b"\n"), self._pending.find(mark)
            if begin >= 0 and (newline < 0 or begin < newline):
                end = self._pending.find(b"\x1e", begin + len(mark))
                if end < 0:
                    return
                if begin > 0:
                    self._add(self._pending[:begin])  # output without a newline at its end
                self.marks += 1
                self._pending = self._pending[end + 1:]
            elif newline >= 0:
                self._add(self._pending[:newline])
                self._pending = self._pending[newline + 1:]
            else:
                return

    def _add(self, raw: bytes) -> None:
        line = raw.decode(errors="replace").rstrip()
        own = OWN_WORDS.match(line)
        if own:
            death = DEATH_NOTICE.fullmatch(line[own.end():])
            line = death[1] if death else "bash: " + line[own.end():]
        if not JOB_NOTICE.fullmatch(line):
            self.lines.append(line)


def open_terminal() -> tuple[int, int]:
    """A pseudo terminal that neither echoes nor changes what passes, wide enough that nobody wraps lines."""
    ours, theirs = pty.openpty()
    settings = termios.tcgetattr(theirs)
    settings[1] &= ~termios.OPOST
    settings[3] = (settings[3] | termios.ISIG) & ~(termios.ECHO | termios.ICANON)
    termios.tcsetattr(theirs, termios.TCSANOW, settings)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    return ours, theirs
