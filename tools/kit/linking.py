"""Compiles a student's files and links them in the place of the reference's, without CMake: seconds, not minutes.

The tree build/kit holds every object file of the reference. A student's outbox.cpp is compiled by the very command that
compiled ours, and its object is named first on the linker's line: the library's own is then never looked at."""
from __future__ import annotations

import concurrent.futures
import functools
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Mapping

# A function that is still to be written does not use its parameters, nor the helpers beside it.
LENIENT = ["-Wno-unused-parameter", "-Wno-unused-function", "-Wno-unused-variable", "-Wno-unused-const-variable"]
LIMIT = 300  # seconds for a compiler


class DoesNotCompile(Exception):
    """The compiler's or linker's words."""

    def __init__(self, file: str, words: str) -> None:
        super().__init__(f"{file} does not compile")
        self.file = file
        self.words = words


@dataclass(frozen=True)
class Tree:
    """build/kit of a checkout, built."""

    root: Path
    around: Callable[[list[str]], list[str]] = list  # what a compiler's command is wrapped in

    @property
    def path(self) -> Path:
        return self.root / "build" / "kit"

    def commands(self, target: str) -> list[list[str]]:
        """How ninja makes `target`, command by command."""
        return commands(self.path, target)

    def compile_command(self, target: str, source: Path) -> list[str]:
        for command in self.commands(target):
            if str(source) in command and "-c" in command:
                return command
        raise DoesNotCompile(source.name, f"{target} is not made of {source}")

    def link_command(self, target: str) -> list[str]:
        return next(command for command in reversed(self.commands(target)) if "-o" in command and "-c" not in command)


@functools.lru_cache(maxsize=None)
def commands(tree: Path, target: str) -> list[list[str]]:
    done = subprocess.run(["ninja", "-C", str(tree), "-t", "commands", target], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise DoesNotCompile(target, done.stdout)
    # Whatever stands before and behind "&&" is CMake's frame of a link.
    lines = (part for line in done.stdout.splitlines() for part in line.split(" && "))
    return [shlex.split(line) for line in lines if line.strip() not in ("", ":")]


def replaced(command: list[str], option: str, value: str) -> list[str]:
    at = command.index(option)
    return command[:at + 1] + [value] + command[at + 2:]


def run(file: str, command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=LIMIT, check=False)
    if done.returncode != 0:
        raise DoesNotCompile(file, done.stdout)


def compile_one(tree: Tree, target: str, original: Path, text: str, folder: Path) -> Path:
    """The object of `text`, compiled as `original` is."""
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / original.name
    if not source.is_file() or source.read_text() != text:
        source.write_text(text)
    made = source.with_suffix(".o")
    if made.is_file() and made.stat().st_mtime_ns > source.stat().st_mtime_ns:
        return made
    command = [str(source) if word == str(original) else word for word in tree.compile_command(target, original)]
    command = replaced(command, "-o", str(made))
    if "-MF" in command:
        command = replaced(command, "-MF", str(made) + ".d")
    run(original.name, tree.around(command + LENIENT), tree.path)
    return made


def link(tree: Tree, target: str, objects: list[Path], made: Path) -> Path:
    """The program `target` with `objects` in the place of the reference's."""
    command = replaced(tree.link_command(target), "-o", str(made))
    first = next(at for at, word in enumerate(command) if word.endswith(".o"))
    made.unlink(missing_ok=True)
    run(made.name, tree.around(command[:first] + [str(each) for each in objects] + command[first:]), tree.path)
    return made


def build(tree: Tree, number: str, texts: Mapping[Path, str], folder: Path, jobs: int = 2) -> Path:
    """kit_NN with those files (by the path of the reference's) instead of the reference's; made in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    target = f"kit_{number}"
    with concurrent.futures.ThreadPoolExecutor(jobs) as several:
        objects = list(several.map(
            lambda one: compile_one(tree, target, one[0], one[1], folder / one[0].parent.name), texts.items()))
    return link(tree, target, objects, folder / target)
