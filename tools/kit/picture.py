"""Draws a process tree in words: which process holds which end of which pipe, socket and lock."""
from __future__ import annotations

import os
import re
from typing import Iterator, Sequence

from . import procfs, syscalls
from .peers import LISTENS, Connections, End
from .procfs import GONE, Descriptor, Process

MOST_ENDS = 4
STATES = {"R": "runs", "D": "waits for a disk", "T": "is stopped", "t": "is stopped by a debugger"}


def everyone() -> list[Process]:
    """Every process of the machine with its descriptors, as far as we may look."""
    return [look for pid in procfs.listed(procfs.PROC) if (look := procfs.look(pid, True))]


def draw(roots: Sequence[int], processes: Sequence[Process]) -> list[str]:
    """The lines for the trees below `roots`; the other ends may be held by anybody."""
    connections = Connections([one for one in processes if one.state not in GONE])
    by_pid = {process.pid: process for process in processes}
    lines: list[str] = []
    for root in roots:
        if root in by_pid:
            lines += tree(by_pid[root], connections, processes, "")
    return lines


def tree(process: Process, connections: Connections, processes: Sequence[Process], indent: str) -> Iterator[str]:
    yield f"{indent}{process}, {doing(process)}"
    for line in [*held(process, connections), *locks(process)]:
        yield f"{indent}  {line}"
    for child in processes:
        if child.parent == process.pid:
            yield from tree(child, connections, processes, indent + "    ")


def doing(process: Process) -> str:
    if process.state in GONE:
        return "has ended, and its parent has not waited for it (a zombie)"
    return STATES.get(process.state) or f"waits in {syscalls.waits_in(process) or 'the kernel'}"


def held(process: Process, connections: Connections) -> Iterator[str]:
    others = 0
    for one in process.descriptors.values():
        line = described(one, process, connections)
        if line:
            yield f"{one.number:3}  {line}"
        else:
            others += 1
    if others:
        yield f"     and {others} other descriptor{'' if others == 1 else 's'}: files, devices, timers and the like"


def described(one: Descriptor, process: Process, connections: Connections) -> str:
    """What hangs on a descriptor; nothing for what connects no processes."""
    if one.kind == "pipe" and not connections.wakes_itself(one, process):
        end, arrow = {os.O_RDONLY: ("read end ", "<-"), os.O_WRONLY: ("write end", "->")}.get(one.mode, ("both ends", "<>"))
        missing = "nobody can write any more" if one.mode == os.O_RDONLY else "nobody can read any more"
        return f"pipe, {end}  {arrow} {ends(connections.other_ends(one), process, missing)}"
    if one.kind == "socket":
        return socket(one, process, connections)
    watched = re.search(r"^Pid:\s*(-?\d+)", one.info, re.MULTILINE)
    if watched:
        return f"pidfd of {procfs.look(int(watched[1])) or 'a process that has ended'}"
    return ""


def socket(one: Descriptor, process: Process, connections: Connections) -> str:
    tcp = connections.tcp.get(one.inode)
    if tcp and tcp.state == LISTENS:
        shared = [end for end in connections.holders("socket", one.inode) if end.process.pid != process.pid]
        return f"listens on port {tcp.port}" + (f", shared with {ends(shared, process, '')}" if shared else "")
    if not connections.known(one):
        return f"connection to port {int(tcp.remote.rpartition(':')[2], 16)}" if tcp else "socket, connected to nobody"
    words = f"connection, port {tcp.port}  <-> " if tcp else "socket           <-> "
    # The kernel names the peer of an open socket; who holds it may be another user's process, or just being started.
    nobody = "somebody who is not to be seen" if connections.peers.get(one.inode) else "nobody: the other end is closed"
    return words + ends(connections.other_ends(one), process, nobody)


def ends(found: Sequence[End], process: Process, nobody: str) -> str:
    """Who holds them: "cat (12): 0, this process itself: 7"."""
    names = [f"{'this process itself' if end.process.pid == process.pid else end.process}: {end.descriptor.number}"
             for end in found]
    more = f" and {len(names) - MOST_ENDS} more" if len(names) > MOST_ENDS else ""
    return ", ".join(names[:MOST_ENDS]) + more if names else nobody


def locks(process: Process) -> Iterator[str]:
    for one in process.descriptors.values():
        for kind, access in re.findall(r"^lock:\s*\d+: (\w+)\s+\w+\s+(\w+)", one.info, re.MULTILINE):
            yield f"{one.number:3}  holds a {access} lock ({kind.lower()}) on {one.target}"
    for lock in procfs.locks():
        if lock.waits and lock.pid == process.pid:
            where = procfs.locked_file(process, lock.inode)
            yield f"     waits for a {lock.access} lock ({lock.kind.lower()}) on {where}"
