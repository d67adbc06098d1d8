"""Shows a lesson in the terminal: headings stand out, code is indented, tables become lists."""
from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from typing import Iterator

INLINE = (
    (re.compile(r"!?\[([^\]]+)\]\((https?://[^)]+)\)"), r"\1 (\2)"),
    (re.compile(r"!?\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"\1"),
)

FENCE = re.compile(r"(\s*)```")  # one within a list is indented as the item's text


def plain(text: str) -> str:
    for pattern, replacement in INLINE:
        text = pattern.sub(replacement, text)
    return text


def cells(row: str) -> list[str]:
    return [plain(cell.strip().replace(r"\|", "|")) for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


class Renderer:
    """Turns Markdown lines into terminal lines."""

    def __init__(self, width: int, color: bool) -> None:
        self.width = width
        self.color = color

    def style(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text

    def wrap(self, text: str, first: str = "", later: str = "") -> Iterator[str]:
        yield from textwrap.wrap(plain(text), self.width, initial_indent=first, subsequent_indent=later,
                                 break_long_words=False, break_on_hyphens=False) or [first.rstrip()]

    def heading(self, line: str) -> Iterator[str]:
        level, text = line.split(" ", 1)
        text = plain(text)
        yield self.style("1;36" if len(level) == 1 else "1", text)
        yield self.style("2", ("=" if len(level) == 1 else "-") * len(text))

    def table(self, rows: list[str]) -> Iterator[str]:
        header = cells(rows[0])
        for row in rows[2:]:
            first, *others = cells(row)
            yield from self.wrap(first, "* ", "  ")
            for name, cell in zip(header[1:], others):
                yield from self.wrap(f"{name}: {cell}", "    ", "      ")

    def render(self, text: str) -> Iterator[str]:
        lines = re.sub(r"<!--.*?-->\n?", "", text, flags=re.DOTALL).splitlines()
        at = 0
        while at < len(lines):
            end = block_end(lines, at)
            yield from self.block(lines[at:end])
            at = end

    def block(self, lines: list[str]) -> Iterator[str]:
        first = lines[0]
        fence = FENCE.match(first)
        if fence:
            for line in lines[1:-1]:
                line = line.removeprefix(fence[1])
                yield (f"{fence[1]}    " + self.style("32", line)).rstrip()
        elif re.match(r"#+ ", first):
            yield from self.heading(first)
        elif first.startswith("|") and len(lines) > 1:
            yield from self.table(lines)
        elif first.startswith(">"):
            yield from self.wrap(" ".join(line.lstrip("> ") for line in lines), "  ", "  ")
        elif not first.strip():
            yield ""
        else:
            mark = re.match(r"\s*(?:[-*+]|\d+\.) ", first)
            indent = mark[0] if mark else first[:-len(first.lstrip())]  # further down in an item: its blanks alone
            yield from self.wrap(" ".join(line.strip() for line in lines)[len(indent.strip()):].strip(),
                                 indent, " " * len(indent))


def block_end(lines: list[str], at: int) -> int:
    """One past the last line of the block that starts at `at`."""
    first, end = lines[at], at + 1
    fence = FENCE.match(first)
    if fence:
        while end < len(lines) and not lines[end].startswith(fence[0]):
            end += 1
        return min(end + 1, len(lines))
    if not first.strip() or re.match(r"#+ ", first):
        return end
    kind = first[0] if first[0] in "|>" else ""
    while end < len(lines) and lines[end].strip() and not re.match(r"#+ |\s*```|\s*(?:[-*+]|\d+\.) ", lines[end]):
        if kind and not lines[end].startswith(kind):
            break
        end += 1
    return end


def show(text: str) -> None:
    """Paged on a terminal, plain anywhere else."""
    terminal = sys.stdout.isatty()
    color = terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    width = min(100, shutil.get_terminal_size().columns)
    page = "\n".join(Renderer(width, color).render(text)) + "\n"
    pager = shlex.split(os.environ.get("PAGER", "less"))
    if terminal and pager and shutil.which(pager[0]):
        # -R shows the colours, -F leaves at once when it all fits, -X leaves the text on the screen.
        environment = {**os.environ, "LESS": os.environ.get("LESS", "-RFX")}
        subprocess.run(pager, input=page, text=True, env=environment, check=False)
    else:
        sys.stdout.write(page)
