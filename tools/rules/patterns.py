"""Forbidden words of code, where they are allowed all the same, and why."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Iterator, Mapping

from . import cpp
from .tree import Violation, cpp_files, line_of


@dataclass(frozen=True)
class Ban:
    """A pattern that must not be found in code, what to do instead, and the files (with the reason) that may."""

    pattern: re.Pattern[str]
    instead: str
    allowed: Mapping[str, str] = field(default_factory=dict)  # glob -> reason


def ban(pattern: str, instead: str, allowed: Mapping[str, str] | None = None) -> Ban:
    return Ban(re.compile(pattern), instead, allowed or {})


def violations(root: Path, bans: tuple[Ban, ...]) -> Iterator[Violation]:
    for name, text in cpp_files(root):
        code = cpp.code(text)
        for one in bans:
            if any(fnmatch(name, allowed) for allowed in one.allowed):
                continue
            for found in one.pattern.finditer(code):
                words = " ".join(found[0].split())
                yield Violation(name, line_of(code, found.start()), f"`{words}`: {one.instead}")
