"""Waits for a check, and says why it stands still instead of letting it run into a limit.

It stands still when for some seconds no thread of it was on a cpu, and no wait of any thread ends by itself: no timeout
of a system call, no armed timer, no connection that the kernel still works on. Where the kernel does not let us see all
of that, only a much longer stillness counts. What would have gone on is never called stuck."""
from __future__ import annotations

import re
import time

from . import procfs, syscalls, waits
from .limits import PROCESSES
from .peers import Connections
from .procfs import GONE, Process

STILL = 3.0  # seconds without any work in any process of the check; an alarm(2), seen nowhere, is shorter as a rule
UNSURE = 15.0  # the same where it cannot be seen for how long somebody waits
OWN_TIMER = 10.0  # a longer timer of the test itself is its patience, and says nothing of the processes under test
TEST = "kit_"  # how the programs are called that checks are in
STEP = 0.05  # between two looks at the leader
SCAN = 0.25  # between two looks at everybody


def session(leader: int) -> list[int]:
    """The living processes of a check."""
    return [process.pid for process in procfs.family(leader)]


def wait(leader: int, limit: float) -> str:
    """Waits until the leader of a session has ended; the reason in words if it never would."""
    begun = still_since = time.monotonic()
    work: object = None
    scan_at = 0.0
    while True:
        one = procfs.look(leader)
        if one is None or one.state in GONE:
            return ""
        now = time.monotonic()
        if now - begun > limit:
            return f"it was not done after {limit:.0f} s: " + at_the_limit(leader)
        if now >= scan_at:
            scan_at = now + SCAN
            processes = procfs.family(leader)
            if len(processes) > PROCESSES:
                return f"it has started more than {PROCESSES} processes that are still there"
            done = [(process.pid, procfs.work_done(process)) for process in processes]
            # A process that could run and got no cpu does not stand still.
            if done != work or any(process.state in "RD" for process in processes):
                work, still_since = done, now
            elif now - still_since > STILL and now - still_since > needed(the_test(leader, processes), processes):
                return explain(leader)
        time.sleep(STEP)


def at_the_limit(leader: int) -> str:
    """What keeps a check busy for so long: most often a loop without an end."""
    busy = [process for process in procfs.family(leader) if process.state in "RD"]
    return f"{busy[0]} is still at work, in a loop without an end?" if busy else explain(leader)


def the_test(leader: int, processes: list[Process]) -> int:
    """The pid of the test program: the leader's own, or that of what the leader has wrapped itself around."""
    named = {process.pid for process in processes if process.name.startswith(TEST)}
    return next((one.pid for one in processes if one.pid in named and one.parent not in named), leader)


def without_wrappers(test: int, everyone: list[Process]) -> list[Process]:
    """The processes without those above the test: that they wait for it is no news."""
    by_pid = {process.pid: process for process in everyone}
    above = set()
    at = by_pid.get(test)
    while at and at.parent in by_pid:
        above.add(at.parent)
        at = by_pid[at.parent]
    return [process for process in everyone if process.pid not in above]


def needed(test: int, processes: list[Process]) -> float:
    """How long the stillness of these processes must have lasted to be final."""
    if any(left_on_timers(process) < (OWN_TIMER if process.pid == test else float("inf")) for process in processes):
        return float("inf")
    lasting = {syscalls.lasts(process) for process in processes}
    if lasting & {syscalls.AWHILE, syscalls.RUNNING}:
        return float("inf")
    connections = Connections([look for look in (procfs.look(one.pid, True) for one in processes) if look], peers={})
    return UNSURE if syscalls.UNKNOWN in lasting or connections.kernel_is_busy() else STILL


def left_on_timers(process: Process) -> float:
    """The seconds until the first armed timerfd of a process expires; infinite without one."""
    left = float("inf")
    for one in procfs.descriptors(process.pid).values():
        found = re.search(r"it_value: \((\d+), (\d+)\)", one.info)
        seconds = int(found[1]) + int(found[2]) / 1e9 if found else 0
        if seconds > 0:
            left = min(left, seconds)
    return left


def explain(leader: int) -> str:
    """Why the processes of a check wait, in one sentence."""
    everyone = [look for look in (procfs.look(one.pid, True) for one in procfs.family(leader, zombies=True)) if look]
    everyone = without_wrappers(the_test(leader, everyone), everyone)
    living = [process for process in everyone if process.state not in GONE]
    sentence = waits.explain(living)
    return sentence + unburied(everyone)


def unburied(everyone: list[Process]) -> str:
    """A child that has ended and that nobody has waited for: often what somebody else waits for."""
    parents = {process.pid: process for process in everyone if process.state not in GONE}
    for process in everyone:
        if process.state == "Z" and process.parent in parents:
            return f"; its child {process} has ended, and {parents[process.parent]} has not waited for it"
    return ""
