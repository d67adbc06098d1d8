"""make_submissions.py NN --out DIR [--count 100] [--seed 1]: submissions to try ./workshop grade on."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kit import exercise, synthetic

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    reader = argparse.ArgumentParser(description="Makes submissions from an exercise's faults, variants and handouts.")
    reader.add_argument("number", help="the stage: 02")
    reader.add_argument("--out", type=Path, required=True, help="a new folder")
    reader.add_argument("--count", type=int, default=100)
    reader.add_argument("--seed", type=int, default=1)
    words = reader.parse_args()
    if words.out.exists():
        print(f"make_submissions: {words.out} is there already; name a new folder", file=sys.stderr)
        return 3
    try:
        one = exercise.load(ROOT, words.number)
    except exercise.BadExercise as wrong:
        print(f"make_submissions: {wrong}", file=sys.stderr)
        return 1
    for line in synthetic.write(one, words.count, words.seed, words.out):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
