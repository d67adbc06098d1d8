"""Sorts what a grading found by cause: the same check with the same observation, but for numbers and paths."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Mapping

from . import checks
from .outcome import BROKEN, GRADED

MOST = 160  # characters of an observation
NAMES = 8  # that are said of a group


@dataclass
class Group:
    """Submissions with one fault in common."""

    check: str
    status: str
    observed: str  # normalised
    sample: str  # as the first of them shows it
    names: list[str] = field(default_factory=list)


def normalised(text: str) -> str:
    """The observation without what differs from run to run: pids and other numbers, paths, addresses."""
    text = re.sub(r"(?<![\w.])~?(?:/[\w.+@-]+)+/?", "PATH", text)
    text = re.sub(r"\b0x[0-9a-fA-F]+\b", "N", text)
    text = re.sub(r"\d+(?:\.\d+)?", "N", text)
    return " ".join(text.split())[:MOST]


def observations(one: Mapping[str, Any]) -> "list[tuple[str, str, str]]":
    """(check, status, what was seen) for each fault of a submission."""
    if one["status"] == BROKEN:
        lines = one["words"].splitlines()
        error = next((line for line in lines if "error" in line), lines[0] if lines else "")
        return [("compiler", BROKEN, re.sub(r"^\S*?([\w.]+):\d+:\d+:", r"\1:", error))]
    if one["status"] != GRADED:
        return [("submission", one["status"], one["words"])]
    # What is not written fails many checks, and is one cause.
    return list(dict.fromkeys(
        (check["id"] if check["status"] != checks.MISSING else "unfinished", check["status"], check["observed"])
        for check in one["checks"] if check["status"] not in (checks.PASSED, checks.NOT_JUDGED)))


def group(results: Mapping[str, Any]) -> list[Group]:
    """Of a results.json; the biggest first, and behind all others what is unfinished."""
    found: "dict[tuple[str, str, str], Group]" = {}
    for one in results["submissions"]:
        for check, status, observed in observations(one):
            key = (check, status, normalised(observed))
            one_group = found.setdefault(key, Group(*key, sample=" ".join(observed.split())[:MOST * 2]))
            one_group.names.append(one["name"])
    return sorted(found.values(), key=lambda each: (
        each.status == checks.MISSING, -len(each.names), each.check, each.status, each.observed))


def lines(groups: "list[Group]") -> "list[str]":
    words = []
    for one in groups:
        more = f" and {len(one.names) - NAMES} more" if len(one.names) > NAMES else ""
        words += [f"{len(one.names):4}  {one.check}  {one.status}", f"      e.g. {one.names[0]}: {one.sample}",
                  f"      {', '.join(one.names[:NAMES])}{more}", ""]
    return words
