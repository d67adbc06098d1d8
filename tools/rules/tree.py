"""The files that the rules look at."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

CPP = (".cpp", ".hpp", ".cc", ".h", ".ipp")
STAGE = re.compile(r"\d\d-[a-z0-9-]+")
# Not ours, or made: never looked at.
SKIPPED = {".git", "build", "work", "node_modules", "__pycache__", ".cache"}


@dataclass(frozen=True)
class Violation:
    """A line that breaks a rule, and what to do instead."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def files(root: Path) -> Iterator[tuple[str, Path]]:
    """Every file of the repository as (path from the root with slashes, path)."""
    for path in sorted(root.iterdir()):
        if path.name in SKIPPED:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from ((f"{path.name}/{name}", file) for name, file in files(path))
        elif path.is_file():
            yield path.name, path


def cpp_files(root: Path) -> Iterator[tuple[str, str]]:
    """(path, text) of every C++ file."""
    for name, path in files(root):
        if path.suffix in CPP:
            yield name, path.read_text(errors="replace")


def stage_number(name: str) -> int | None:
    """The number of the stage folder that a path from the root lies in, or of the stage it tests."""
    parts = name.split("/")
    folder = parts[1] if parts[0] == "tests" and len(parts) > 1 else parts[0]
    return int(folder[:2]) if STAGE.fullmatch(folder) else None


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
