"""Rule 4: every object has one owner, and a child is watched through its pidfd."""
from __future__ import annotations

from pathlib import Path
from typing import Iterator

from .patterns import ban, violations
from .tree import Violation

ONE_OWNER = "one owner: hold it by value or unique_ptr, and lend a reference"
OWN_CHILD = "it takes the exit status of children that others wait for; wait for one pidfd: waitid(P_PIDFD, fd, ...)"
NO_SIGCHLD = "a handler is global and sees every child; watch the one child's pidfd"
CALL = r"(?<![\w.:>])(?:::\s*)?"

BANS = (
    ban(r"\b(?:shared_ptr|make_shared|allocate_shared|weak_ptr|(?:enable_)?shared_from_this|weak_from_this)\b", ONE_OWNER),
    ban(CALL + r"wait(?:pid|3|4)\s*\(\s*-\s*1\b", OWN_CHILD,
        {"exercises/01/checks/observing.hpp": "clears away whatever wrong code has started, known to nobody"}),
    ban(CALL + r"waitpid\s*\(\s*0\s*,", OWN_CHILD),
    ban(r"\bP_ALL\b", OWN_CHILD),
    ban(CALL + r"wait\s*\(\s*(?:nullptr|NULL|0|&\s*\w+)\s*\)", OWN_CHILD),
    ban(CALL + r"wait3\s*\(", OWN_CHILD),
    ban(r"\b(?:signal|sigaction|sigset|bsd_signal|sysv_signal)\s*\(\s*SIGCHLD\b", NO_SIGCHLD,
        {"01-spawn-exec/spawn.cpp": "installs no handler: takes back an inherited SIG_IGN, with which no end is told"}),
    ban(r"\bsigaddset\s*\([^,;]*,\s*SIGCHLD\b", NO_SIGCHLD),
    ban(r"\bsignal_set\b[^;]*\bSIGCHLD\b", NO_SIGCHLD),
    ban(r"(?:\.|->)\s*add\s*\(\s*SIGCHLD\b", NO_SIGCHLD),
)


def ownership(root: Path) -> Iterator[Violation]:
    """No shared_ptr; no waiting for just any child; no SIGCHLD handler."""
    return violations(root, BANS)
