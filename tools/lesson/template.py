"""The shape of a lesson: its headings in their order, its length, and what each section holds."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator

from .markdown import Block, Complaint, Page

SECTIONS = ("Run it", "The idea", "In Node", "In C++", "What goes wrong", "Left out", "Exercises", "Read next")
WORDS = range(900, 1401)
COLUMNS = ("symptom", "cause", "the line that guards", "the test that proves")
FREE_LANGUAGES = ("console", "text", "mermaid")  # executed, or not code; all else must be an excerpt


def words(page: Page) -> int:
    """The words of the prose: everything outside fenced blocks and comments that has a letter or a digit in it."""
    text = "\n".join(line for _, _, line in page.prose)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return sum(1 for word in text.split() if re.search(r"\w", word))


def check(page: Page, tests: Path) -> Iterator[Complaint]:
    """Everything about the shape; `tests` is the folder where the tests a lesson names are looked for."""
    yield from check_head(page)
    yield from check_sections(page)
    count = words(page)
    if count not in WORDS:
        yield Complaint(1, f"{count} words of prose; a lesson has {WORDS[0]} to {WORDS[-1]}")
    for block in page.blocks:
        if block.language not in FREE_LANGUAGES and not block.source and block.section != "Exercises":
            yield Complaint(block.line, f"a `{block.language or 'plain'}` block is code that nobody checks: put "
                                        "`<!-- from: path -->` before it, or make it `text` or `console`")
    yield from check_idea(page)
    yield from check_code(page)
    yield from check_table(page, tests)
    yield from check_exercises(page)


def check_head(page: Page) -> Iterator[Complaint]:
    """The title with the folder's number, the one sentence, the line of time and needs."""
    number = page.path.resolve().parent.name[:2]
    head = [(line, text) for line, section, text in page.prose if not section and text.strip()]
    shapes = (
        (rf"# {number} · \S.*", f"the title `# {number} · Name`"),
        (r"> \S.*", "`> ` and one sentence: what you can do after this that you could not before"),
        (r"Time: \d+ min · Needs: \S.* · New words: \S.*", "`Time: 45 min · Needs: 02 · New words: …`"),
    )
    rest = [(line, text) for at, (line, text) in enumerate(head)
            if not (at and text.startswith(">") and head[at - 1][1].startswith(">"))]  # a quote of several lines
    for at, (shape, meaning) in enumerate(shapes):
        line, text = rest[at] if at < len(rest) else (1, "")
        if not re.match(shape, text):
            yield Complaint(line, f"expected {meaning}; got `{text}`")


def check_sections(page: Page) -> Iterator[Complaint]:
    got = [heading for heading in page.headings if heading.level == 2]
    for at, name in enumerate(SECTIONS):
        if at >= len(got) or got[at].text != name:
            line = got[at].line if at < len(got) else 1
            have = f"`## {got[at].text}`" if at < len(got) else "nothing"
            yield Complaint(line, f"expected the heading `## {name}` here; got {have}. "
                                  f"A lesson's headings are: {', '.join(SECTIONS)}")
            return
    for heading in got[len(SECTIONS):]:
        yield Complaint(heading.line, f"a lesson has no heading `## {heading.text}`")


def check_idea(page: Page) -> Iterator[Complaint]:
    diagrams = [block for block in page.blocks if block.language == "mermaid"]
    for block in diagrams:
        if block.section != "The idea":
            yield Complaint(block.line, "a diagram belongs into The idea")
        if len(block.lines) > 12:
            yield Complaint(block.line, f"the diagram has {len(block.lines)} lines; at most 12")
    for block in diagrams[1:]:
        yield Complaint(block.line, "a second diagram; a lesson has one at most")
    prose = "\n".join(text for _, text in page.section("The idea") if not text.startswith("##"))
    paragraphs = [part for part in re.split(r"\n\s*\n", prose.strip()) if part.strip()]
    if len(paragraphs) > 4:
        yield Complaint(page.section("The idea")[0][0], f"The idea has {len(paragraphs)} paragraphs; at most 4")


def check_code(page: Page) -> Iterator[Complaint]:
    """In Node is short; In C++ is three to five excerpts, each followed by why."""
    node = [block for block in page.blocks_in("In Node") if block.source]
    lines = sum(len(block.lines) for block in node)
    if lines > 10:
        yield Complaint(node[0].line, f"In Node shows {lines} lines; at most 10")
    excerpts = [block for block in page.blocks_in("In C++") if block.source]
    if page.section("In C++") and len(excerpts) not in range(3, 6):
        yield Complaint(page.section("In C++")[0][0], f"In C++ has {len(excerpts)} excerpts; 3 to 5 are right")
    for at, block in enumerate(excerpts):
        end = excerpts[at + 1].line if at + 1 < len(excerpts) else None
        if not has_prose_after(page, block, end):
            yield Complaint(block.line, "an excerpt is followed by why it is so; here nothing follows")


def has_prose_after(page: Page, block: Block, end: int | None) -> bool:
    return any(line > block.line and (end is None or line < end) and text.strip()
               and not text.startswith("<!--") for line, text in page.section(block.section))


def check_table(page: Page, tests: Path) -> Iterator[Complaint]:
    rows = [(line, [cell.strip() for cell in re.split(r"(?<!\\)\|", text.strip().strip("|"))])
            for line, text in page.section("What goes wrong") if text.lstrip().startswith("|")]
    if len(rows) < 3 or tuple(cell.lower() for cell in rows[0][1]) != COLUMNS:
        line = page.section("What goes wrong")[0][0] if page.section("What goes wrong") else 1
        yield Complaint(line, f"What goes wrong is a table: | {' | '.join(COLUMNS)} |")
        return
    # A long test name may be broken over string literals in the source.
    known = squeeze("\n".join([path.name + "\n" + path.read_text(errors="replace")
                               for path in sorted(tests.rglob("*.[ch]pp"))]))
    for line, row in rows[2:]:
        proof = row[-1].strip("`\"“” ") if len(row) == len(COLUMNS) else ""
        if not proof or squeeze(proof) not in known:
            yield Complaint(line, f"the last cell must be the name of a test (or test file) in tests/; got `{proof}`")


def squeeze(text: str) -> str:
    return re.sub(r'["\s\\`]+', "", text)


def check_exercises(page: Page) -> Iterator[Complaint]:
    section = page.section("Exercises")
    text = " ".join(line for _, line in section).lower()
    for kind in ("predict", "change", "extend"):
        if section and kind not in text:
            yield Complaint(section[0][0], f"Exercises lacks one of the kind `{kind}`")
