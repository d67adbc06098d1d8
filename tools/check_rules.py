"""Checks one rule of the house, or all.

    python3 tools/check_rules.py --list
    python3 tools/check_rules.py stage-order
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rules.layers import rooted_includes, stage_order
from rules.ownership import ownership
from rules.processes import one_thread, spawn_only
from rules.tidy import file_size, leftovers

RULES = {
    "stage-order": stage_order,
    "rooted-includes": rooted_includes,
    "spawn-only": spawn_only,
    "one-thread": one_thread,
    "ownership": ownership,
    "file-size": file_size,
    "leftovers": leftovers,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Checks the rules of the house that a program can see.",
        epilog="Exit code: 0 kept, 1 broken. Rules: " + ", ".join(RULES))
    parser.add_argument("rule", nargs="*", metavar="RULE", help="which rules to check (default: all)")
    parser.add_argument("--list", action="store_true", help="name the rules, one a line")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[1],
                        help="the repository (default: the one this file is in)")
    given = parser.parse_args()
    if given.list:
        print("\n".join(RULES))
        return 0
    unknown = [rule for rule in given.rule if rule not in RULES]
    if unknown:
        parser.error(f"no rule {', '.join(unknown)}; the rules are {', '.join(RULES)}")
    broken = 0
    for rule in given.rule or RULES:
        for violation in RULES[rule](given.root.resolve()):
            print(violation)
            broken += 1
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
