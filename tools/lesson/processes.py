"""Which processes descend from this one, and the end of them all.

This process makes itself their reaper: a daemon whose parent has gone becomes a child of this process instead of
init's, so nothing that a lesson starts can get out of sight.
"""
from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


def become_subreaper() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def children_by_parent() -> dict[int, list[tuple[int, str]]]:
    """parent pid -> (pid, state letter) of each child, from /proc/PID/stat."""
    table: dict[int, list[tuple[int, str]]] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name in parentheses may hold spaces and parentheses; what counts comes after the last one.
            state, parent = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[:2]
            table.setdefault(int(parent), []).append((int(entry), state))
    return table


def descendants(ancestor: int, but: int = 0) -> list[int]:
    """The living processes below `ancestor`, except `but` itself; zombies do not live."""
    table = children_by_parent()
    found, todo = [], [ancestor]
    while todo:
        for pid, state in table.get(todo.pop(), []):
            todo.append(pid)
            if pid != but and state not in "ZX":
                found.append(pid)
    return found


def describe(pid: int) -> str:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return f"{b' '.join(words).decode(errors='replace').strip()} (pid {pid})"
    return f"pid {pid}"


def reap() -> None:
    """Takes the exit status of every dead child, so that none stays a zombie."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def kill_all(ancestor: int) -> None:
    """Kills and reaps until nothing lives below `ancestor`; a process may fork while it is being hunted."""
    while True:
        pids = descendants(ancestor)
        if not pids:
            return reap()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, 0)
