"""Takes the exercise's files out of what students hand in, and nothing else; says why when it will not."""
from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Iterable, Sequence

MOST = 1024 * 1024  # bytes of a file
ENTRIES = 10_000  # of a folder or an archive
DEPTH = 8
ARCHIVES = (".tar.gz", ".tgz", ".zip")


class Refused(Exception):
    """This submission is not graded; says why, to its student."""


@dataclass(frozen=True)
class Submission:
    """One student's files, or why there are none."""

    name: str
    texts: "dict[str, str]" = field(default_factory=dict)  # by the name of the exercise's file
    refused: str = ""


def students(folder: Path) -> "tuple[list[Path], list[str]]":
    """The submissions in a folder, by name, and what is none."""
    found, others = [], []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False) or entry.name.endswith(ARCHIVES):
            found.append(Path(entry.path))
        else:
            others.append(entry.name)
    return found, others


def named(paths: Sequence[Path]) -> "dict[str, Path]":
    """Each submission by its student's name: the file's without ".zip", unless that would name two."""
    short = [student(path.name) for path in paths]
    found = {path.name if short.count(name) > 1 else name: path for name, path in zip(short, paths)}
    return found if len(found) == len(paths) else {path.name: path for path in paths}


def student(name: str) -> str:
    for ending in ARCHIVES:
        if name.endswith(ending) and name != ending:
            return name[:-len(ending)]
    return name


def take(name: str, path: Path, wanted: Sequence[str], number: str) -> Submission:
    """The wanted files of the submission at `path`."""
    try:
        if path.is_symlink():
            raise Refused(f"{path.name} is a symbolic link; hand in the files themselves")
        if path.is_dir():
            return Submission(name, take_from_folder(path, wanted, number))
        from . import archives  # it uses this module

        return Submission(name, archives.take(path, wanted, number))
    except Refused as why:
        return Submission(name, refused=str(why))
    except OSError as error:
        return Submission(name, refused=f"it cannot be read: {error.strerror or error}")


def choose(paths: Iterable[str], wanted: Sequence[str], number: str) -> "dict[str, str]":
    """Which path holds each wanted file: work/02/x.cpp before 02/x.cpp before x.cpp before any other place of x.cpp."""
    ranked: "dict[str, dict[int, list[str]]]" = {}
    for path in paths:
        parts = PurePosixPath(path).parts
        for file in wanted:
            own = PurePosixPath(file).parts
            before = parts[:-len(own)]
            if parts[-len(own):] == own and not belongs_elsewhere(before, number):
                ranked.setdefault(file, {}).setdefault(rank(before, number), []).append(path)
    chosen = {}
    for file, places in ranked.items():
        best = sorted(places[min(places)])
        if len(best) > 1:
            raise Refused(f"{file} is there {len(best)} times ({', '.join(best[:3])}); hand in one")
        chosen[file] = best[0]
    return chosen


def rank(before: "tuple[str, ...]", number: str) -> int:
    if before[-2:] == ("work", number):
        return 0
    if before[-1:] == (number,):
        return 1
    return 2 if not before else 3


def belongs_elsewhere(before: "tuple[str, ...]", number: str) -> bool:
    """Whether a folder on the way is another stage's, or a Mac's own notes."""
    return any(part == "__MACOSX" or (part[:2].isdigit() and part[2:3] in ("", "-") and part[:2] != number)
               for part in before)


def decoded(file: str, data: bytes) -> str:
    if len(data) > MOST:
        raise Refused(f"{file} has more than 1 MiB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refused(f"{file} is not UTF-8 (line {line}); save it as UTF-8") from None
    if "\0" in text:
        raise Refused(f"{file} holds a zero byte; it is no text")
    return text.replace("\r\n", "\n")


def take_from_folder(folder: Path, wanted: Sequence[str], number: str) -> "dict[str, str]":
    paths = []
    for count, path in enumerate(walk(folder)):
        if count >= ENTRIES:
            raise Refused(f"it holds more than {ENTRIES} files")
        paths.append(path)
    return {file: decoded(file, read(folder / path, file)) for file, path in choose(paths, wanted, number).items()}


def walk(folder: Path) -> "Iterable[str]":
    for name, folders, files in os.walk(folder, followlinks=False):
        inside = Path(name).relative_to(folder)
        if len(inside.parts) >= DEPTH:
            folders.clear()
        yield from ((inside / file).as_posix() for file in files)
        yield from ((inside / each).as_posix() for each in folders if (Path(name) / each).is_symlink())


def read(path: Path, file: str) -> bytes:
    """A plain file's bytes; one more than MOST if there are more."""
    if path.is_symlink():
        raise Refused(f"{file} is a symbolic link; hand in the file itself")
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused(f"{file} is no plain file")
    with open(descriptor, "rb") as opened:
        return opened.read(MOST + 1)


def printable(text: str) -> str:
    """Text from a stranger, for a terminal or a page: no escapes, no line breaks, nothing that is no UTF-8."""
    text = text.encode("utf-8", "backslashreplace").decode()
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)
