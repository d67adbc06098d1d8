"""The nearest known word to a mistyped one."""
from __future__ import annotations

import difflib
from typing import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    known = list(known)
    starts = [candidate for candidate in known if candidate.startswith(word)]
    if len(starts) == 1:
        return starts[0]
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean "run"?)`, or nothing when no word is near."""
    found = nearest(word, known)
    return f' (did you mean "{found}"?)' if found else ""
