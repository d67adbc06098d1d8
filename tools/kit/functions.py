"""Finds the definition of a function in a C++ file: where it begins, and where its body stands."""
from __future__ import annotations

import re
from dataclasses import dataclass

from rules.cpp import blanked

CLOSING = {"(": ")", "{": "}", "[": "]"}


class NotFound(ValueError):
    """There is no such function, or more than one."""


@dataclass(frozen=True)
class Definition:
    """Offsets into the file's text."""

    start: int  # of its first line, comment above included
    body: int  # the opening brace, or the word `try` of a function that is one
    end: int  # behind the last closing brace


def closing(code: str, opening: int) -> int:
    """Where the bracket at `opening` is closed."""
    depth = 0
    for at in range(opening, len(code)):
        if code[at] in CLOSING:
            depth += 1
        elif code[at] in CLOSING.values():
            depth -= 1
            if depth == 0:
                return at
    raise NotFound(f"a {code[opening]} is never closed")


def find(text: str, name: str) -> Definition:
    """The one definition of `name`, written as there: "frame_decoder::next"; "fork#2" is the second of that name."""
    name, _, number = name.partition("#")
    code = blanked(text)
    found = []
    for match in re.finditer(rf"(?<![\w:~.>]){re.escape(name)}\s*\(", code):
        body = body_behind(code, closing(code, match.end() - 1) + 1)
        if body is not None and not initialises(code, match.start()) and not inside_function(code, match.start()):
            found.append(Definition(start_of(text, code, match.start()), body, end_of(code, body)))
    wanted = int(number or 1) - 1
    if wanted >= len(found) or (len(found) > 1 and not number):
        raise NotFound(f"{name}: {len(found)} definitions of it, not the one that is asked for")
    return found[wanted]


def initialises(code: str, at: int) -> bool:
    """Whether the name at `at` is one of a constructor's initialisers: ": size_(1), name(2) {"."""
    before = code[:at].rstrip()
    return before.endswith(",") or (before.endswith(":") and not re.search(r"(?:public|protected|private)\s*:$", before))


def body_behind(code: str, at: int) -> int | None:
    """Where the body begins of a function whose parameters end before `at`; None if this is no definition."""
    between = re.compile(r"\s*(const\b|noexcept\b|override\b|final\b|&&?|->\s*[\w:<>,\s*&]+?(?=\s*(?:\{|try\b|;)))")
    while True:
        qualifier = between.match(code, at)
        if not qualifier:
            break
        at = qualifier.end()
        if code[at:at + 1] == "(":  # noexcept(…)
            at = closing(code, at) + 1
    if re.match(r"\s*:(?!:)", code[at:]):
        return behind_initialisers(code, code.index(":", at) + 1)
    found = re.compile(r"\s*(\{|try\b)").match(code, at)
    return found.start(1) if found else None


def behind_initialisers(code: str, at: int) -> int | None:
    member = re.compile(r"\s*[\w:<>]+\s*(?=[({])")
    while True:
        found = member.match(code, at)
        if not found:
            return None
        at = closing(code, found.end()) + 1
        comma = re.compile(r"\s*,").match(code, at)
        if not comma:
            break
        at = comma.end()
    brace = re.compile(r"\s*(\{|try\b)").match(code, at)
    return brace.start(1) if brace else None


def end_of(code: str, body: int) -> int:
    if code.startswith("try", body):
        end = closing(code, code.index("{", body)) + 1
        while handler := re.compile(r"\s*catch\s*(?=\()").match(code, end):
            end = closing(code, code.index("{", closing(code, handler.end()))) + 1
        return end
    return closing(code, body) + 1


def inside_function(code: str, at: int) -> bool:
    """Whether `at` is within braces that are no namespace's, class's or extern's."""
    open_braces: list[int] = []
    for position in range(at):
        if code[position] == "{":
            open_braces.append(position)
        elif code[position] == "}" and open_braces:
            open_braces.pop()
    head = re.compile(r"(?:^|[;{}])[^;{}]*$")
    for brace in open_braces:
        before = head.search(code[:brace])
        if not before or not re.search(r'\b(?:namespace|struct|class|extern|union)\b', before[0]):
            return True
    return False


def start_of(text: str, code: str, at: int) -> int:
    """The first line of what the name at `at` belongs to: its return type, template head and comment included."""
    previous = max(code.rfind(mark, 0, at) for mark in ";{}")
    line = text.find("\n", previous) + 1 if previous >= 0 else 0
    # Blank lines and those of the preprocessor are not a part of it.
    while line < at and (blank := re.compile(r"[ \t]*(?:#[^\n]*)?\n").match(text, line)):
        line = blank.end()
    return line
