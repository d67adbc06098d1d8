"""check_exercises.py NN [--times T] [--whole] [--jobs J] [FAULT…]: proves the checks of an exercise; see tools/kit/catalogue.py."""
from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from kit import catalogue, exercise

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    reader = argparse.ArgumentParser(description="Proves that the checks of an exercise are sharp.")
    reader.add_argument("number", help="the stage: 02")
    reader.add_argument("faults", nargs="*", help="only these wrong submissions")
    reader.add_argument("--times", type=int, default=1, help="how often each submission is judged")
    reader.add_argument("--whole", action="store_true",
                        help="judge wrong submissions by every check: how many fail beside the expected one")
    reader.add_argument("--jobs", type=int, default=2)
    words = reader.parse_args()
    try:
        one = exercise.load(ROOT, words.number)
    except exercise.BadExercise as wrong:
        print(f"check_exercises: {wrong}", file=sys.stderr)
        return 1
    proof = catalogue.prove(ROOT, one, words.faults, catalogue.How(words.times, words.whole, words.jobs))
    for sentence in proof.complaints:
        print(sentence)
    whole = words.whole and proof.others
    others = f", median of other failing checks {statistics.median(proof.others):g}" if whole else ""
    print(f"{words.number}: {len(one.checks)} checks, {len(one.variants())} variants, {len(proof.others)} judgements of "
          f"wrong submissions{others}, {len(proof.complaints)} complaints")
    return 1 if proof.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
