"""Files that can be read in one sitting, with nothing left over in them."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator

from .tree import CPP, Violation, files

MOST_LINES = 250
CODE = (*CPP, ".py", ".js", ".mjs", ".cmake", ".sh", ".txt")
TEXT = (*CODE, ".md", ".json", ".yml", ".yaml", "")
# The brackets keep this line from being found itself.
WORDS = re.compile(r"\b(?:[T]ODO|[F]IXME|[X]XX|[H]ACK)\b")
# Folders of somebody's machine. A path behind a word or a dot (an address, a relative path) is none.
MACHINE_PATH = re.compile(r"(?<![\w.}\])~-])/(?:work|root|Users|home/\w+)/\w")


def file_size(root: Path) -> Iterator[Violation]:
    """A file of code has at most 250 lines."""
    for name, path in files(root):
        if path.suffix in CODE:
            lines = len(path.read_text(errors="replace").splitlines())
            if lines > MOST_LINES:
                yield Violation(name, MOST_LINES + 1, f"{lines} lines; at most {MOST_LINES}: which idea can have a "
                                                      "file of its own?")


def leftovers(root: Path) -> Iterator[Violation]:
    """No notes to oneself, no paths of one machine."""
    for name, path in files(root):
        if path.suffix not in TEXT:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            for pattern, instead in ((WORDS, "do it, or leave it"), (MACHINE_PATH, "only this machine has that path")):
                found = pattern.search(line)
                if found:
                    yield Violation(name, number, f"`{found[0]}`: {instead}")
