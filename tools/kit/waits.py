"""Who waits for whom, and which of these waits is the fault: the most certain explanation comes first."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, Iterator, Sequence

from . import procfs, syscalls
from .peers import Connections, End
from .procfs import Descriptor, Lock, Process

STANDARD = 2  # the last of stdin, stdout and stderr


@dataclass(frozen=True)
class Wait:
    """A process waits at one of its descriptors."""

    process: Process
    at: Descriptor
    writes: bool  # for room, not for data
    others: tuple[End, ...]  # who holds the other end

    @property
    def own(self) -> list[End]:
        return [end for end in self.others if end.process.pid == self.process.pid]

    def __str__(self) -> str:
        return f"descriptor {self.at.number} of {self.process}"


def watched(process: Process) -> Iterator[tuple[int, bool]]:
    """The descriptors that a process waits at, and whether for room to write."""
    for call in syscalls.calls(process):
        if call.descriptor >= 0:
            yield call.descriptor, call.name in syscalls.WRITING
        elif call.epoll in process.descriptors:
            for number in re.findall(r"^tfd:\s*(\d+)", process.descriptors[call.epoll].info, re.MULTILINE):
                yield int(number), False
        elif call.name in ("poll", "ppoll", "select", "pselect6"):  # which ones is known to the process alone
            yield from ((one.number, False) for one in process.descriptors.values() if one.number > STANDARD)


def found(connections: Connections) -> list[Wait]:
    waits = []
    for process in connections.processes:
        for number, writes in dict.fromkeys(watched(process)):
            one = process.descriptors.get(number)
            if not one or connections.wakes_itself(one, process):
                continue
            if connections.known(one) and (one.writes if writes else one.reads):
                waits.append(Wait(process, one, writes, tuple(connections.other_ends(one))))
    return waits


def explain(processes: Sequence[Process]) -> str:
    """One sentence for processes of which none goes on."""
    connections = Connections(processes)
    waits = found(connections)
    rules: tuple[Callable[[], str], ...] = (
        lambda: for_a_lock(processes), lambda: for_its_own_end(waits), lambda: for_a_leaked_end(waits),
        lambda: for_room(waits), lambda: for_one_another(waits), lambda: for_a_child(processes, waits),
        lambda: alone(processes, waits))
    return next((sentence for rule in rules if (sentence := rule())), "nothing happens any more")


def for_a_lock(processes: Sequence[Process]) -> str:
    pids = {process.pid: process for process in processes}
    every = procfs.locks()
    for lock in every:
        if not lock.waits or lock.pid not in pids:
            continue
        process = pids[lock.pid]
        holder = next((one.pid for one in every if one.id == lock.id and not one.waits), 0)
        return (f"{process} waits for a {lock.access} lock on {procfs.locked_file(process, lock.inode)} that is held "
                f"by {lock_holder(lock, process, holder, processes)}")
    return ""


def lock_holder(lock: Lock, process: Process, holder: int, processes: Sequence[Process]) -> str:
    """Who has the file open that is locked; who locked it may have ended long ago, and its child have it still."""
    for other in processes:
        for one in other.descriptors.values():
            if re.search(rf"^lock:.*:{lock.inode} ", one.info, re.MULTILINE):
                whom = "itself" if other.pid == process.pid else str(other)
                return f"{whom}, through descriptor {one.number}"
    return str(procfs.look(holder) or f"process {holder}")


def for_its_own_end(waits: Sequence[Wait]) -> str:
    """A pipe whose end can never come, because who waits for it holds the write end itself."""
    for wait in waits:
        if wait.at.kind == "pipe" and not wait.writes and wait.own:
            return (f"the end of the pipe at {wait} can never come: this process itself still holds the write end as "
                    f"descriptor {wait.own[0].descriptor.number}")
    return ""


def for_a_leaked_end(waits: Sequence[Wait]) -> str:
    """The same, held by somebody who has it neither as stdin, stdout nor stderr: it was inherited by mistake."""
    for wait in waits:
        for end in wait.others:
            if wait.at.kind == "pipe" and not wait.writes and end.descriptor.number > STANDARD and end.descriptor.waits:
                return (f"the end of the pipe at {wait} can never come: {end.process} still holds the write end as "
                        f"descriptor {end.descriptor.number}")
    return ""


def for_room(waits: Sequence[Wait]) -> str:
    for wait in waits:
        if wait.writes and wait.others:
            end = wait.others[0]
            whom = "the process itself" if end.process.pid == wait.process.pid else str(end.process)
            return (f"{wait.process} cannot go on writing to the full {wait.at.kind} at descriptor {wait.at.number}: "
                    f"{whom}, who has the other end as descriptor {end.descriptor.number}, does not read")
    return ""


def for_one_another(waits: Sequence[Wait]) -> str:
    """Two processes of which each waits for what the other should send."""
    for wait in waits:
        for end in wait.others:
            for back in waits:
                if back.process.pid == end.process.pid != wait.process.pid and any(
                        other.process.pid == wait.process.pid for other in back.others):
                    return (f"{wait.process} and {back.process} wait for each other: one for data at descriptor "
                            f"{wait.at.number} ({wait.at.kind}), the other at descriptor {back.at.number} "
                            f"({back.at.kind}), and neither sends")
    return ""


def for_a_child(processes: Sequence[Process], waits: Sequence[Wait]) -> str:
    """A process that waits for another one to end, and what that one waits for."""
    for process in processes:
        if not any(call.name in ("waitid", "wait4") for call in syscalls.calls(process)):
            continue
        for child in processes:
            if child.parent == process.pid:
                return f"{process} waits for {child} to end, which waits in {where(child, waits)}"
    return ""


def alone(processes: Sequence[Process], waits: Sequence[Wait]) -> str:
    several = "; ".join(f"{process} waits in {where(process, waits)}" for process in processes[:4])
    more = f"; and {len(processes) - 4} more" if len(processes) > 4 else ""
    return f"nothing happens any more, but somebody still waits: {several}{more}"


def where(process: Process, waits: Sequence[Wait]) -> str:
    """The call a process waits in, and the descriptors it waits at."""
    call = syscalls.waits_in(process) or "the kernel"
    mine = [wait for wait in waits if wait.process.pid == process.pid]
    return call + (" at " + ", ".join(described(wait) for wait in mine[:3]) if mine else "")


def described(wait: Wait) -> str:
    words = f"descriptor {wait.at.number} ({wait.at.kind}"
    if not wait.others:
        return words + ", whose other end nobody here holds)"
    if len(wait.own) == len(wait.others):
        return words + f", whose other end is its own descriptor {wait.own[0].descriptor.number})"
    return words + f", from {next(end.process for end in wait.others if end not in wait.own)})"
