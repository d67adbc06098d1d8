"""Numbers in a transcript are names.

Ports and process ids differ from run to run. So a number of four or more digits in a console block stands for any
integer, but for the same one wherever it occurs in the block; in a later command it is replaced by that integer. A
number that occurs in a command first stands for itself, in the output too: the command has really used it.
"""
from __future__ import annotations

import re
from typing import Sequence

NUMBER = re.compile(r"(?<!\d)\d{4,}(?!\d)")
MOST_TRIES = 200_000  # a bound on the search in assign(); transcripts that need more are hopeless anyway

Bindings = dict  # of str to str: the number as written -> the integer seen


def substitute(command: str, bindings: Bindings) -> str:
    """The command to run. Numbers not seen yet stay, and from now on stand for themselves: `bindings` learns them."""
    return NUMBER.sub(lambda number: bindings.setdefault(number[0], number[0]), command)


def pattern(expected: str, bindings: Bindings) -> re.Pattern[str]:
    groups: list[str] = []
    parts, at = [], 0
    for number in NUMBER.finditer(expected):
        parts.append(re.escape(expected[at:number.start()]))
        at = number.end()
        if number[0] in bindings:
            parts.append(re.escape(bindings[number[0]]))
        elif number[0] in groups:
            parts.append(f"(?P=n{number[0]})")
        else:
            groups.append(number[0])
            parts.append(rf"(?P<n{number[0]}>\d+)")
    return re.compile("".join(parts) + re.escape(expected[at:]))


def match(expected: str, actual: str, bindings: Bindings) -> Bindings | None:
    """The bindings extended by what this line tells, or None if it is not the line expected."""
    return extended(pattern(expected, bindings), actual, bindings)


def extended(wanted: re.Pattern[str], actual: str, bindings: Bindings) -> Bindings | None:
    found = wanted.fullmatch(actual)
    if not found:
        return None
    return {**bindings, **{name[1:]: value for name, value in found.groupdict().items()}}


def assign(expected: Sequence[str], actual: Sequence[str], bindings: Bindings) -> Bindings | None:
    """Finds each expected line a line of its own in `actual`, in any order, with one meaning for every number.

    Takes the line with the fewest candidates first and tries them in turn, so that a wrong guess is noticed early.
    """
    tries = [MOST_TRIES]

    def search(left: tuple[int, ...], free: frozenset[int], bound: Bindings) -> Bindings | None:
        if not left:
            return bound
        best: list[tuple[int, Bindings]] | None = None
        chosen = left[0]
        for index in left:
            tries[0] -= len(free)
            candidates = distinct(expected[index], actual, free, bound)
            if best is None or len(candidates) < len(best):
                best, chosen = candidates, index
            if len(best) <= 1:
                break
        rest = tuple(index for index in left if index != chosen)
        for taken, told in best or []:
            found = search(rest, free - {taken}, told)
            if found is not None or tries[0] < 0:
                return found
        return None

    return search(tuple(range(len(expected))), frozenset(range(len(actual))), dict(bindings))


def distinct(expected: str, actual: Sequence[str], free: frozenset[int],
             bindings: Bindings) -> list[tuple[int, Bindings]]:
    """The free lines that could be `expected`; of equal lines only the first, for they are interchangeable."""
    seen: dict[str, tuple[int, Bindings]] = {}
    wanted = pattern(expected, bindings)
    for index in sorted(free):
        if actual[index] in seen:
            continue
        bound = extended(wanted, actual[index], bindings)
        if bound is not None:
            seen[actual[index]] = (index, bound)
    return list(seen.values())
