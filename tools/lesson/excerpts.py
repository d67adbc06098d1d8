"""An excerpt stands in the file it names: line by line, indentation aside, with `...` for what was left out."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator, Sequence

from .markdown import Block, Complaint, Page

LONGEST = 20
GAP = re.compile(r"(?://|#|/\*)?\s*(?:\.\.\.|…)\s*(?:\*/)?")


def check(page: Page, root: Path, longest: int | None = LONGEST) -> Iterator[Complaint]:
    for block in page.blocks:
        if not block.source:
            continue
        if longest is not None and len(block.lines) > longest:
            yield Complaint(block.line, f"an excerpt of {len(block.lines)} lines; at most {longest}")
        path = (root / block.source).resolve()
        if root.resolve() not in path.parents or not path.is_file():
            yield Complaint(block.line, f"the excerpt is from {block.source}, and there is no such file")
            continue
        yield from check_block(block, path.read_text(errors="replace").splitlines())


def check_block(block: Block, source: Sequence[str]) -> Iterator[Complaint]:
    where = 0
    stripped = [line.strip() for line in source]
    for start, part in parts(block.lines):
        found = position(part, stripped, where)
        if found is None:
            at, line = first_stranger(part, stripped, where)
            yield Complaint(block.line + 1 + start + at, f"expected in {block.source}: `{line}`; it does not stand "
                                                         "there (or not after the line before it)")
            return
        where = found + len(part)


def parts(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The runs of lines between gaps, each with its offset in the block."""
    start, part = 0, []
    for at, line in enumerate([*lines, "..."]):
        if GAP.fullmatch(line.strip()):
            if any(part):
                yield start, part
            start, part = at + 1, []
        else:
            part.append(line.strip())


def position(part: Sequence[str], source: Sequence[str], where: int) -> int | None:
    for at in range(where, len(source) - len(part) + 1):
        if list(source[at:at + len(part)]) == list(part):
            return at
    return None


def first_stranger(part: Sequence[str], source: Sequence[str], where: int) -> tuple[int, str]:
    """The line to blame: the first one at which no longer beginning of the part can be found."""
    for length in range(1, len(part) + 1):
        if position(part[:length], source, where) is None:
            return length - 1, part[length - 1]
    return 0, part[0]
