"""Anchored edits: a change of the reference that says where it belongs by the text that stands there.

    check: 02-short-write
    about: a short write is taken for a whole one
    file: outbox.cpp
    <<<<
    written_ += static_cast<std::size_t>(count);
    ====
    written_ = queue_.size();
    >>>>

Several files and several edits may follow one another. An anchor must stand in its file exactly once: an edit that no
longer fits the reference is an error, never a change of something else."""
from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping

EDIT = re.compile(r"^<<<<\n(.*?)^====\n(.*?)^>>>>\n?", re.MULTILINE | re.DOTALL)


class BadEdit(ValueError):
    """The file of an edit is malformed, or its anchor does not stand in the reference once."""


@dataclass(frozen=True)
class Edit:
    file: str
    anchor: str
    text: str


@dataclass(frozen=True)
class Change:
    """One file of edits: a wrong submission, or a right one that differs from the reference."""

    id: str
    about: str
    check: str  # which check must fail; empty for a variant
    edits: tuple[Edit, ...] = field(default_factory=tuple)

    def apply(self, reference: Mapping[str, str]) -> dict[str, str]:
        """The changed files, from the text of the reference's."""
        changed: dict[str, str] = {}
        for edit in self.edits:
            text = changed.get(edit.file, reference[edit.file])
            if text.count(edit.anchor) != 1:
                raise BadEdit(f"{self.id}: {edit.file} holds this {text.count(edit.anchor)} times, not once:\n"
                              f"{edit.anchor}")
            changed[edit.file] = text.replace(edit.anchor, edit.text)
        return changed


def parse(path: Path) -> Change:
    text = path.read_text()
    head: dict[str, str] = {}
    edits: list[Edit] = []
    at = 0
    while at < len(text):
        edit = EDIT.match(text, at)
        if edit:
            if "file" not in head:
                raise BadEdit(f"{path}: an edit before any `file:`")
            edits.append(Edit(head["file"], edit[1], edit[2]))
            at = edit.end()
            continue
        line, newline, _ = text[at:].partition("\n")
        at += len(line) + len(newline)
        key, colon, value = line.partition(":")
        if line.strip() and (not colon or key not in ("check", "about", "file")):
            raise BadEdit(f"{path}: neither `check:`, `about:`, `file:` nor an edit: {line}")
        if colon:
            head[key] = value.strip()
    if not edits or not head.get("about"):
        raise BadEdit(f"{path}: it needs `about:` and an edit")
    return Change(path.stem, head["about"], head.get("check", ""), tuple(edits))


def all_in(folder: Path) -> list[Change]:
    return [parse(path) for path in sorted(folder.glob("*.edit"))]
