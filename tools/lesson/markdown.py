"""A Markdown page as the checks see it: headings, fenced blocks, prose; each with its line number (from 1)."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^( *)(`{3,}|~{3,})\s*(.*?)\s*$")  # indented within an item of a list
FROM = re.compile(r"^<!--\s*from:\s*(\S+)\s*-->$")


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong with a page."""

    line: int
    text: str


@dataclass(frozen=True)
class Block:
    """A fenced block."""

    line: int  # of the opening fence
    info: tuple[str, ...]  # the words behind the fence
    lines: tuple[str, ...]
    source: str | None  # the path of a `<!-- from: path -->` right before it
    section: str  # the `##` heading it stands under, "" before the first

    @property
    def language(self) -> str:
        return self.info[0] if self.info else ""


@dataclass(frozen=True)
class Heading:
    line: int
    level: int
    text: str


@dataclass
class Page:
    path: Path
    headings: list[Heading] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    prose: list[tuple[int, str, str]] = field(default_factory=list)  # line number, section, text outside blocks

    def section(self, name: str) -> list[tuple[int, str]]:
        """The prose lines of one `##` section."""
        return [(number, text) for number, section, text in self.prose if section == name]

    def blocks_in(self, name: str) -> list[Block]:
        return [block for block in self.blocks if block.section == name]


def parse(path: Path, text: str) -> Page:
    """Reads a page; an unclosed fence runs to its end."""
    page = Page(path)
    lines = text.splitlines()
    section, source, at = "", None, 0
    while at < len(lines):
        line = lines[at]
        fence = FENCE.match(line)
        if fence:
            end = closing(lines, at, fence[2])
            inner = tuple(unindented(each, len(fence[1])) for each in lines[at + 1:end])
            page.blocks.append(Block(at + 1, tuple(fence[3].split()), inner, source, section))
            source, at = None, end + 1
            continue
        found = FROM.match(line.strip())
        source = found[1] if found else source if not line.strip() else None
        heading = re.match(r"(#+) (.*?)\s*$", line)
        if heading:
            page.headings.append(Heading(at + 1, len(heading[1]), heading[2]))
            section = heading[2] if len(heading[1]) == 2 else section
        page.prose.append((at + 1, section, line))
        at += 1
    return page


def closing(lines: list[str], opening: int, fence: str) -> int:
    for number in range(opening + 1, len(lines)):
        stripped = lines[number].strip()
        if set(stripped) == {fence[0]} and len(stripped) >= len(fence):
            return number
    return len(lines)


def unindented(line: str, most: int) -> str:
    """Without the spaces that its fence has before it."""
    return line[min(most, len(line) - len(line.lstrip(" "))):]
