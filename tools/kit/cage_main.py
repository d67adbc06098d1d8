"""cage_main.py PLAN COMMAND…: runs COMMAND with the rights and limits that PLAN (JSON, see cage.py) leaves it.

Three processes: this one leaves the shared namespaces; its child is the first process of the new ones and watches; that
one's child leads a session of its own and becomes COMMAND. With a `result` descriptor, COMMAND's pid (as the reader
sees it) and its end are told there; else what it printed and its exit code become this process's own."""
from __future__ import annotations

import json
import os
import socket
import sys
import warnings as _  # os.execvpe() wants it, when its file may be hidden
from typing import Any, Callable, Mapping, NoReturn

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from kit import confine, limits, supervise  # noqa: E402

REFUSED = 125  # the exit code when the kernel does not let us
REPORT = 512 * 1024


def become(plan: Mapping[str, Any], command: "list[str]", pipe: int, threads: int) -> NoReturn:
    result: int = plan["result"]
    try:
        os.setsid()
        confine.prctl(confine.DIES_WITH_PARENT, 9)
        confine.become_nobody(plan["number"], plan["drop"])
        confine.limit(threads)
        os.chdir(plan["folder"])
        nothing = os.open(os.devnull, os.O_RDONLY)
        for descriptor, number in ((nothing, 0), (pipe, 1), (pipe, 2)):
            os.dup2(descriptor, number)
        confine.restore_signals()
        if result >= 0:
            os.write(result, b"running")  # the kernel adds our pid, translated for whoever reads
            os.set_inheritable(result, False)
        os.execvpe(command[0], command, plan["environment"])
    except BaseException as error:  # noqa: B902 - this is a forked child
        os.write(2, f"cannot start {command[0]}: {error}\n".encode())
    os._exit(127)


def watch(plan: Mapping[str, Any], command: "list[str]", threads: int) -> int:
    """In the first process of the new namespaces."""
    result: int = plan["result"]
    confine.prctl(confine.DIES_WITH_PARENT, 9)
    if plan["files"]:
        confine.fresh_proc()
    else:
        confine.prctl(confine.ADOPTS_ORPHANS, 1)
    pipe, end = os.pipe()
    child = os.fork()
    if child == 0:
        become(plan, command, end, threads)
    os.close(end)
    program = supervise.Watch(child, pipe, plan["seconds"], plan["memory"], plan["processes"], plan["files"])
    program.run()
    assert program.code is not None
    if result < 0:
        text = program.output.text() + (f"{program.reason}\n" if program.reason else "")
        os.write(1, text.encode(errors="replace"))
        return program.code if program.code >= 0 else 128 - program.code
    report = confine.read_bounded(plan["report"], REPORT) if plan["report"] else ""
    told = {"code": program.code, "reason": program.reason, "output": program.output.text(), "report": report}
    with socket.socket(fileno=result) as reader:
        reader.sendall(json.dumps(told).encode())
    return 0


def main() -> int:
    plan: Mapping[str, Any] = json.loads(sys.argv[1])
    confine.prctl(confine.DIES_WITH_PARENT, 9)
    threads = plan["processes"] * 2 + (limits.threads_of_user() if os.getuid() else 0)
    confine.leave(plan["net"], plan["files"])
    if plan["files"]:
        confine.arrange_files(plan)
    first = os.fork()
    if first == 0:
        os._exit(said(lambda: watch(plan, sys.argv[2:], threads)))
    return max(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]), 0)


def said(work: Callable[[], int]) -> int:
    """What `work` returns; when the machine refuses something, a line that begins as no compiler's does."""
    try:
        return work()
    except OSError as error:
        os.write(2, f"cage: {error}\n".encode())
        return REFUSED


if __name__ == "__main__":
    sys.exit(said(main))
