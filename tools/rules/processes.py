"""Rule 3: processes are made in one place, and one process is one thread with one io_context(1)."""
from __future__ import annotations

from pathlib import Path
from typing import Iterator

from .patterns import ban, violations
from .tree import Violation

SPAWN = {"01-spawn-exec/spawn.cpp": "the one place where a process begins",
         "exercises/01/checks/child_grading_test.cpp": "a copy in which the very code that is judged becomes a program",
         "exercises/07/checks/observing.hpp": "a second process of the very code that is judged"}
# What ours is measured by.
BARE_SPAWN = {**SPAWN, "bench/programs/bare_spawn_rate.cpp": "posix_spawn alone, as a measure for our own"}
ONLY_SPAWN = "processes begin in 01-spawn-exec/spawn.cpp alone; use child_process::spawn"
ONE_THREAD = "one process is one thread; let a process or a coroutine do it"

# A call of the C library's function: not a member, not qualified but by nothing or std.
CALL = r"(?<![\w.:>])(?:::\s*|std\s*::\s*)?"

PROCESS = (
    ban(r"(?m)(?<![\w>])::\s*v?fork\s*\(", ONLY_SPAWN, SPAWN),
    ban(r"(?m)(?:(?<=[;{}(=,!?])|(?<=\breturn)|(?<=\belse)|^)[ \t]*fork\s*\(\s*\)", ONLY_SPAWN, SPAWN),
    ban(CALL + r"(?:vfork|_Fork|clone3?|forkpty|daemon)\s*\(", ONLY_SPAWN, SPAWN),
    ban(r"\b(?:SYS|__NR)_(?:fork|vfork|clone3?)\b", ONLY_SPAWN, SPAWN),
    ban(CALL + r"posix_spawnp?\s*\(", ONLY_SPAWN, BARE_SPAWN),
    ban(CALL + r"(?:system|popen)\s*\(", "it forks behind the scenes and hides how the child ended; "
                                         "use child_process::exec",
        {"tests/helpers.cpp": "asks whether node is in PATH without the library that is under test"}),
)

SHARED = {"04-auto-restart/heartbeat.*": "the tick that a worker writes into memory shared with the primary: two "
                                         "processes, so an atomic",
          "05-round-robin/answer_board.*": "the answers that a worker writes into memory shared with the primary"}
# The one page about what threads cost measures them.
COMPARISON = {"docs/processes-and-threads/*": "measures threads beside processes, row by row, and is part of no stage"}
# The judges of what students write: it may stop the event loop, so help comes from beside it.
JUDGES = {"exercises/01/checks/observing.hpp": "kills what a check waits for, should the code that is judged stop the loop"}
NOT_ONE = r"io_context\s+\w+\s*(?:;|\(\s*\)|\{\s*\}|[({]\s*(?!1\s*[)}])[^)}\s])"

THREADS = (
    ban(r"\bstd\s*::\s*(?:jthread|thread|async)\b", ONE_THREAD, {**COMPARISON, **JUDGES}),
    ban(r"\bpthread_create\b|\bthrd_create\b", ONE_THREAD),
    ban(r"\b(?:static_)?thread_pool\b|\bsystem_(?:executor|context)\b", ONE_THREAD),
    ban(r"\b(?:\w+_)?mutex\b|\bcondition_variable(?:_any)?\b|\bpthread_mutex_t\b|\b(?:scoped_lock|lock_guard)\b",
        "with one thread there is nothing to lock", COMPARISON),
    ban(r"\b(?:io_context\s*::\s*)?strand\b|\bmake_strand\b", "with one thread every handler is alone already"),
    ban(NOT_ONE, "say io_context(1): one thread runs it, and Asio then needs no locks"),
    ban(r"\bmake_(?:unique|shared)\s*<[^<>;]*io_context\s*>\s*\(\s*(?!1\s*\))", "say io_context(1)"),
    ban(r"\bstd\s*::\s*atomic\w*", "with one thread nothing needs to be atomic", {**SHARED, **COMPARISON, **JUDGES}),
)


def spawn_only(root: Path) -> Iterator[Violation]:
    """fork(2) and its kin only in 01-spawn-exec/spawn.cpp."""
    return violations(root, PROCESS)


def one_thread(root: Path) -> Iterator[Violation]:
    """No thread, lock, strand or atomic; every io_context is an io_context(1)."""
    return violations(root, THREADS)
