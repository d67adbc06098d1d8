"""All checks of one page, in the order in which a writer wants to hear of them."""
from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Callable

from . import console, excerpts, links, template, transcript
from .markdown import Complaint, Page, parse
from .transcript import Setting

GREEN, WRONG, SKIPPED = 0, 1, 77  # 77: what CTest's SKIP_RETURN_CODE names


def is_installed(tool: str) -> bool:
    return shutil.which(tool) is not None


def check_page(path: Path, setting: Setting, is_lesson: bool, has: Callable[[str], bool] = is_installed) -> int:
    """Prints what is wrong with a page; returns GREEN, WRONG, or SKIPPED if all is well but blocks wait for a tool."""
    page = parse(path, path.read_text())
    complaints: list[Complaint] = []
    if is_lesson:
        complaints += template.check(page, setting.root / "tests")
    complaints += excerpts.check(page, setting.root, excerpts.LONGEST if is_lesson else None)
    complaints += links.check(page)
    waiting = []
    for block in page.blocks:
        if block.language != "console":
            continue
        missing = [tool for tool in console.needs(block) if not has(tool)]
        if missing:
            waiting.append((block.line, " and ".join(missing)))
        else:
            complaints += transcript.check(block, setting)
    return verdict(page, complaints, waiting)


def verdict(page: Page, complaints: list[Complaint], waiting: list[tuple[int, str]]) -> int:
    for complaint in sorted(complaints, key=lambda one: one.line):
        print(f"{page.path}:{complaint.line}: {complaint.text}")
    for line, tools in waiting:
        print(f"{page.path}:{line}: SKIPPED: this console block needs {tools}, which is not installed here")
    sys.stdout.flush()
    if complaints:
        print(f"{page.path}: {len(complaints)} wrong")
        return WRONG
    return SKIPPED if waiting else GREEN
