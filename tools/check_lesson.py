"""Checks one lesson, or with --doc another page of documentation: everything in it is run, or compared with the source.

    python3 tools/check_lesson.py --build build/dev 03-handle-passing/README.md
    python3 tools/check_lesson.py --build build/dev --doc README.md
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from lesson.check import check_page
from lesson.transcript import GRACE, LIMIT, Setting


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Checks that everything in a lesson holds: its shape, excerpts, links and console transcripts.",
        epilog="Exit code: 0 right, 1 wrong, 77 right but blocks that need a missing tool were skipped.")
    parser.add_argument("page", type=Path)
    parser.add_argument("--build", type=Path, required=True, help="the build tree whose programs the commands use")
    parser.add_argument("--doc", action="store_true", help="not a lesson: no template, no limits of length")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1],
                        help="the repository (default: the one this file is in)")
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds for one console block (%(default)s)")
    parser.add_argument("--grace", type=float, default=GRACE,
                        help="seconds in which a block's processes must end after its last line (%(default)s)")
    given = parser.parse_args()
    if not given.page.is_file():
        parser.error(f"there is no page {given.page}")
    setting = Setting(given.root.resolve(), given.build.resolve(), given.limit, given.grace)
    return check_page(given.page, setting, is_lesson=not given.doc)


if __name__ == "__main__":
    sys.exit(main())
