"""Where a submission's code runs: alone, without network, with an empty /tmp, and with limits for all that it takes."""
from __future__ import annotations

import itertools
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Sequence

from . import stall

HELPER = Path(__file__).with_name("cage_main.py")
LEVELS = ((True, True), (True, False), (False, False))  # (a network of its own, files and processes of its own)
DISK = 256  # MB of /tmp
PROCESSES = 200  # at the same time
AT_ONCE = 0.5  # seconds in which nobody looks why a program is not done yet
PATIENCE = 15.0  # seconds for the helper to say how it ended, when the program has


class CageFailed(Exception):
    """The machine did not let the cage be made; that says nothing about what was to run in it."""


@dataclass(frozen=True)
class Ended:
    """How a program ended, and what it left."""

    code: int
    stuck: str = ""  # why it was ended, in words
    output: str = ""
    report: str = ""  # the text of its report file


@dataclass(frozen=True)
class Cage:
    """What the kernel lets us keep from a program, and what that program may see."""

    net: bool = False  # a network namespace, with nothing but loopback
    files: bool = False  # mounts and processes of its own
    drop: bool = False  # root's rights; others have none to drop
    kept: "tuple[Path, ...]" = ()  # readable, even within what is hidden
    hidden: "tuple[Path, ...]" = ()
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(os.getpid() * 100))

    def command(self, command: Sequence[str], folder: Path, *, seconds: float, memory: int,
                writable: Sequence[Path] = (), report: str = "", result: int = -1,
                environment: "dict[str, str] | None" = None) -> list[str]:
        """`command`, as it is run in here."""
        plan = {"net": self.net, "files": self.files, "drop": self.drop, "folder": str(folder),
                "seconds": seconds, "memory": memory, "processes": PROCESSES, "disk": DISK,
                "report": report, "result": result, "number": next(self.numbers),
                "environment": {**plain_environment(), **(environment or {})},
                "kept": [str(path) for path in self.kept], "hidden": [str(path) for path in self.hidden],
                "writable": [str(path) for path in writable]}
        return [sys.executable, "-I", "-S", str(HELPER), json.dumps(plan), *command]

    def run(self, command: Sequence[str], folder: Path, *, seconds: float = 60, memory: int = 2048,
            report: str = "", environment: "dict[str, str] | None" = None) -> Ended:
        """Runs `command` in `folder` (in a cage with files of its own: /tmp) until it ends or will not."""
        ours, theirs = socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        if self.files:
            folder = Path("/tmp")
        elif self.drop:
            folder.chmod(0o777)  # for who it is then
        words = self.command(command, folder, seconds=seconds + 10, memory=memory, result=theirs.fileno(),
                             report=str(folder / report) if report else "",
                             environment={"TMPDIR": str(folder), **(environment or {})})
        with ours, subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                    stderr=subprocess.PIPE, pass_fds=[theirs.fileno()]) as helper:
            theirs.close()
            try:
                return follow(ours, seconds) or gone(helper)
            finally:
                helper.kill()


def follow(ours: socket.socket, seconds: float) -> "Ended | None":
    """Waits for the program behind the socket; None if its helper went without a word."""
    ours.settimeout(PATIENCE)
    try:
        _, ancillary, _, _ = ours.recvmsg(7, socket.CMSG_SPACE(12))
        if not ancillary:
            return None
        pid = struct.unpack("=iII", ancillary[0][2][:12])[0]
        stuck = ""
        try:
            program = os.pidfd_open(pid)
        except OSError:  # it has ended already
            pass
        else:
            if not select.select([program], [], [], AT_ONCE)[0]:
                stuck = stall.wait(pid, seconds)
            if stuck and not select.select([program], [], [], 0)[0]:
                signal.pidfd_send_signal(program, signal.SIGKILL)
            os.close(program)
        told = json.loads(b"".join(iter(lambda: ours.recv(65536), b"")))
    except (OSError, ValueError):
        return None
    return Ended(told["code"], told["reason"] or stuck, told["output"], told["report"])


def gone(helper: "subprocess.Popen[bytes]") -> Ended:
    helper.kill()
    assert helper.stderr is not None
    words = helper.stderr.read(4096).decode(errors="replace").strip()
    if words:
        raise CageFailed(words)
    return Ended(-9, "all of its processes were ended from outside: no memory may have been left")


def plain_environment() -> dict[str, str]:
    """What a submission sees of ours: nothing but where programs are."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "HOME": "/tmp", "TMPDIR": "/tmp"}


def home() -> "tuple[Path, ...]":
    path = Path(os.path.expanduser("~")).resolve()
    return (path,) if path.is_dir() and path != Path("/") else ()


def best(kept: Sequence[Path], hidden: Sequence[Path]) -> Cage:
    """The strongest cage that this kernel allows."""
    for net, files in LEVELS:
        drop = os.getuid() == 0 and (files or all(map(open_to_all, [*kept, HELPER.parent])))
        cage = Cage(net, files, drop, tuple(path.resolve() for path in kept),
                    (*home(), *(path.resolve() for path in hidden)))
        words = cage.command(["true"], Path("/"), seconds=10, memory=512)
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode == 0:
            return cage
    return cage


def open_to_all(folder: Path) -> bool:
    """Whether any user can get there."""
    path = folder.resolve()
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


def is_safe(cage: Cage) -> bool:
    """Whether limits hold at all: root's processes are not counted, and root may end those that count them."""
    return os.getuid() != 0 or cage.drop


def weakness(cage: Cage) -> str:
    """What this kernel refused, in a sentence; empty when nothing was."""
    if cage.files:
        return ""
    lost = "processes and files of their own" if cage.net else "a network, processes and files of their own"
    whose = "those of a user that nobody is" if cage.drop else "your rights: they could read and end what is yours"
    return (f"the kernel refused submissions {lost}; they ran with {whose}. Grade unknown code in a virtual machine, "
            "or where unshare(2) is allowed")
