"""Turns what a check, the compiler or the linker found into a few lines that name the fault and the next step."""
from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Mapping, Sequence

from . import checks, functions
from .exercise import Check

LONGEST = 300  # characters of what was observed; the rest is in the details
MOST_COMPILER_LINES = 10
MARKS = {checks.PASSED: "passed", checks.FAILED: "FAILED", checks.STUCK: "STUCK", checks.CRASHED: "CRASHED",
         checks.MISSING: "to do", checks.NOT_JUDGED: "waits"}
ERROR = re.compile(r"^(.*?):(\d+):(?:\d+:)? (?:fatal )?error: ", re.MULTILINE)


def shortened(text: str, most: int = LONGEST) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most - 4].rstrip() + " ..."


def fault(verdict: checks.Verdict, place: str) -> list[str]:
    """At most eight lines: what is wrong, what was promised, what was observed, where to look, what to do next."""
    check = verdict.check
    # What a crash comes from, no check can know.
    cause = "It crashed, in whatever way, before it could be judged." if verdict.status == checks.CRASHED else check.cause
    return [f"{check.id}: {shortened(cause)} ({worth(check)})",
            f"  promised  {shortened(check.promised)}",
            f"  observed  {shortened(observed(verdict))}",
            f"  look at   {verdict.place or place}",
            f"  next      ./workshop hint            or: ./workshop explain {check.id}"]


def observed(verdict: checks.Verdict) -> str:
    words = verdict.observed.removeprefix("observed: ") or "it failed without a word"
    return f"stuck: {words}" if verdict.status == checks.STUCK and not words.startswith("stuck") else words


def worth(check: Check) -> str:
    return f"{check.points} point{'' if check.points == 1 else 's'}{', extension' if check.extension else ''}"


def brief(verdict: checks.Verdict) -> str:
    """One line for a check that is not told in full."""
    check = verdict.check
    words = {checks.PASSED: "", checks.NOT_JUDGED: verdict.observed}
    line = f"  {MARKS[verdict.status]:8}{check.points:4}  {check.id}"
    about = words.get(verdict.status, check.cause)
    return f"{line}: {shortened(about, 90)}" if about else line


def first_fault(verdicts: Sequence[checks.Verdict]) -> checks.Verdict | None:
    """What to mend first: something that is wrong; else something that is still to be written."""
    for status in ((checks.FAILED, checks.STUCK, checks.CRASHED), (checks.MISSING,)):
        for one in verdicts:
            if one.status in status:
                return one
    return None


def place(check: Check, sources: Mapping[str, tuple[Path, str]]) -> str:
    """Where to look, by the student's own file and line: "work/02/outbox.cpp:33, outbox::flush"."""
    return "; or ".join(one_place(file, function, sources) for file, function in check.places)


def one_place(file: str, function: str, sources: Mapping[str, tuple[Path, str]]) -> str:
    path, shown = sources.get(file, (None, ""))
    if path is None:
        return f"{file}, {function} (the reference's: it is no part of this cut)"
    try:
        text = path.read_text(errors="replace")
        found = functions.find(text, function)
        line = text.count("\n", 0, found.body) + 1
    except (OSError, functions.NotFound):
        return f"{shown}, {function}"
    return f"{shown}:{line}, {function}"


def points(verdicts: Sequence[checks.Verdict]) -> str:
    """The sum: "50 of 100 points", and the extensions for themselves."""
    regular = [one for one in verdicts if not one.check.extension]
    have = sum(one.check.points for one in regular if one.passed)
    words = f"{have} of {sum(one.check.points for one in regular)} points"
    extra = sum(one.check.points for one in verdicts if one.check.extension and one.passed)
    return f"{words}, and {extra} for extensions" if extra else words


def still_missing(text: str) -> list[str]:
    """The functions of a student's file that still are as they were handed out."""
    return re.findall(r'kit::not_implemented\("([^"]+)"\)', text)


def listed(names: Sequence[str]) -> str:
    """Names with the class said once: "outbox::append, flush; settings::read"."""
    classes: dict[str, list[str]] = {}
    for name in names:
        scope, colons, last = name.partition("#")[0].rpartition("::")
        of_class = classes.setdefault(scope + colons, [])
        of_class += [last] if last not in of_class else []
    return "; ".join(scope + ", ".join(members) for scope, members in classes.items())


def to_do(verdicts: Sequence[checks.Verdict]) -> list[str]:
    """The checks that wait for what is still to be written, in as few lines as they fit into."""
    ids = [one.check.id for one in verdicts if one.status == checks.MISSING]
    worth_all = sum(one.check.points for one in verdicts if one.status == checks.MISSING)
    return textwrap.wrap(f"  {MARKS[checks.MISSING]:8}{worth_all:4}  " + ", ".join(ids), 110, subsequent_indent=" " * 16,
                         break_on_hyphens=False) if ids else []


def compiler(words: str, root: Path, student: str = "") -> list[str]:
    """The compiler's first error, at most twelve lines; paths as the student knows them."""
    words = words.replace(f"{root}/", "")
    error = ERROR.search(words)
    if not error:
        return words.splitlines()[:MOST_COMPILER_LINES]
    lines = words[error.start():].splitlines()
    end = next((at for at, line in enumerate(lines) if at > 0 and re.search(r": (?:fatal )?(?:error|warning): ", line)),
               len(lines))
    told = [shortened(lines[0], 400), *lines[1:min(end, MOST_COMPILER_LINES)]]
    if student and not error[1].endswith(student):  # within a header: which line of the student's leads there?
        origin = re.search(rf"{re.escape(student)}:\d+", words)
        told[1:1] = [f"  reached from {origin[0]}"] if origin else []
    return told[:MOST_COMPILER_LINES]


def warning(words: str, source: Path, shown: str) -> str:
    """The compiler's first warning about a student's own file, on one line; empty if there is none."""
    found = re.search(rf"^{re.escape(str(source))}:(\d+):(?:\d+:)? warning: (.*)$", words, re.MULTILINE)
    return f"the compiler warns: {shown}:{found[1]}: {shortened(found[2], 200)}" if found else ""


def linker(words: str, gone: Sequence[str]) -> list[str]:
    """Why the program could not be put together."""
    if gone:
        return ["The files compile, but something that others call is no longer in them (removed, renamed, or with "
                "other parameters):", *(f"  {name}" for name in gone[:8])]
    found = [line.strip() for line in words.splitlines() if re.search(r"undefined reference|multiple definition", line)]
    short = (re.sub(r"^.*?(?=undefined reference|multiple definition)", "", line) for line in found)
    return ["The files compile, but do not fit together:",
            *(f"  {line}" for line in list(dict.fromkeys(short))[:8] or words.splitlines()[-8:])]
