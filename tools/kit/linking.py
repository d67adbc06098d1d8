"""Compiles a student's files and links them in the place of the reference's, without CMake: seconds, not minutes.

The tree build/kit holds every object file of the reference. A student's outbox.cpp is compiled by the very command that
compiled ours, and its object is named first on the linker's line: the library's own is then never looked at."""
from __future__ import annotations

import concurrent.futures
import functools
import hashlib
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Mapping, Sequence

# A function that is still to be written does not use its parameters, nor the helpers beside it.
LENIENT = ["-Wno-unused-parameter", "-Wno-unused-function", "-Wno-unused-variable", "-Wno-unused-const-variable"]
SUPPORT = "libkit_support.a"
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
        file = self.path / "build.ninja"
        return commands_of(self.path, target, file.stat().st_mtime_ns if file.is_file() else 0)

    def compile_command(self, target: str, source: Path) -> list[str]:
        for command in self.commands(target):
            if str(source) in command and "-c" in command:
                return command
        raise DoesNotCompile(source.name, f"{target} is not made of {source}")

    def makes(self, target: str, source: Path) -> bool:
        """Whether `source` is compiled for `target`."""
        return any(str(source) in command and "-c" in command for command in self.commands(target))

    def object_of(self, target: str, source: Path) -> str:
        command = self.compile_command(target, source)
        return command[command.index("-o") + 1]

    def link_command(self, target: str) -> list[str]:
        return next(command for command in reversed(self.commands(target)) if "-o" in command and "-c" not in command)


@functools.lru_cache(maxsize=None)
def commands_of(tree: Path, target: str, _since: int) -> list[list[str]]:
    done = subprocess.run(["ninja", "-C", str(tree), "-t", "commands", target], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise DoesNotCompile(target, done.stdout)
    # Whatever stands before and behind "&&" is CMake's frame of a link.
    lines = (part for line in done.stdout.splitlines() for part in line.split(" && "))
    return [shlex.split(line) for line in lines if line.strip() not in ("", ":")]


@dataclass(frozen=True)
class Part:
    """A file that stands in for one of the reference's."""

    original: Path
    source: Path
    made: Path  # its object

    @property
    def words(self) -> Path:
        """What the compiler said of it: warnings, if anything."""
        return Path(f"{self.made}.words")


class Stamp:
    """Remembers beside a file from which words it was made, so that nothing is made twice."""

    def __init__(self, made: Path, words: Sequence[str]) -> None:
        self.made = made
        self.file = Path(f"{made}.stamp")
        self.text = hashlib.sha256("\0".join(words).encode()).hexdigest()

    def holds(self, inputs: Sequence[Path]) -> bool:
        """Whether it was made of the very same, and no input has changed since."""
        try:
            made = self.made.stat().st_mtime_ns
            return self.file.read_text() == self.text and all(one.stat().st_mtime_ns <= made for one in inputs)
        except OSError:
            return False

    def clear(self) -> None:
        self.made.unlink(missing_ok=True)
        self.file.unlink(missing_ok=True)

    def set(self) -> None:
        self.file.write_text(self.text)


def replaced(command: list[str], option: str, value: str) -> list[str]:
    at = command.index(option)
    return command[:at + 1] + [value] + command[at + 2:]


def run(file: str, command: list[str], folder: Path) -> str:
    """Returns what it printed."""
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=LIMIT, check=False)
    if done.returncode != 0:
        raise DoesNotCompile(file, done.stdout)
    return done.stdout


def compile_part(tree: Tree, target: str, part: Part) -> None:
    """Makes the part's object, unless it is up to date."""
    words = {str(part.original): str(part.source)}
    command = [words.get(word, word) for word in tree.compile_command(target, part.original)]
    command = replaced(command, "-o", str(part.made))
    depends = Path(f"{part.made}.d")
    if "-MF" in command:
        command = replaced(command, "-MF", str(depends))
    command += LENIENT
    stamp = Stamp(part.made, [*command, part.source.read_text(errors="replace")])
    if stamp.holds(read_dependencies(depends)):
        return
    part.made.parent.mkdir(parents=True, exist_ok=True)
    stamp.clear()
    part.words.write_text(run(str(part.source), tree.around(command), tree.path))
    stamp.set()


def read_dependencies(file: Path) -> list[Path]:
    """What the object was made of, as the compiler has written it down in a make rule."""
    try:
        rule = file.read_text()
    except OSError:
        return []
    return [Path(word) for word in rule.partition(":")[2].replace("\\\n", " ").split()]


def archives_without(tree: Tree, target: str, parts: Sequence[Part], folder: Path) -> dict[str, str]:
    """Copies of the libraries without the objects that are replaced: what a part lacks is not taken from ours."""
    ours = {tree.object_of(target, part.original) for part in parts}
    copies = {}
    for command in tree.commands(target):
        if not command[0].endswith("ar") or "q" not in command[1] or not ours & set(command[3:]):
            continue
        made = folder / "libraries" / Path(command[2]).name
        words = [command[0], "rcs", str(made), *(word for word in command[3:] if word not in ours)]
        stamp = Stamp(made, words)
        if not stamp.holds([tree.path / command[2]]):
            made.parent.mkdir(parents=True, exist_ok=True)
            stamp.clear()
            run(made.name, words, tree.path)
            stamp.set()
        copies[command[2]] = str(made)
    return copies


def link(tree: Tree, target: str, objects: Sequence[Path], folder: Path, archives: Mapping[str, str]) -> Path:
    """The program `target` with `objects` in the place of the reference's; made in `folder` as the tree has it."""
    command = tree.link_command(target)
    program = Path(command[command.index("-o") + 1])
    made = folder / (program.name if target.startswith("kit_") else program)
    first = next(at for at, word in enumerate(command) if word.endswith(".o"))
    command = [archives.get(word, word) for word in command]
    command = replaced(command[:first] + [str(each) for each in objects] + command[first:], "-o", str(made))
    if SUPPORT not in command:  # what is still to be written calls kit::not_implemented
        command.append(SUPPORT)
    stamp = Stamp(made, command)
    if not stamp.holds([tree.path / word for word in command if word.endswith((".o", ".a"))]):
        made.parent.mkdir(parents=True, exist_ok=True)
        stamp.clear()
        run(made.name, tree.around(command), tree.path)
        stamp.set()
    return made


def build_parts(tree: Tree, number: str, parts: Sequence[Part], folder: Path, programs: Sequence[str] = (),
                jobs: int = 2) -> Path:
    """kit_NN, and the stage's programs that its tests start, with those parts instead of the reference's."""
    target = f"kit_{number}"
    with concurrent.futures.ThreadPoolExecutor(jobs) as several:
        list(several.map(lambda part: compile_part(tree, target, part), parts))
        archives = archives_without(tree, target, parts, folder)
        made = list(several.map(
            lambda one: link(tree, one, [part.made for part in parts if tree.makes(one, part.original)], folder, archives),
            (target, *programs)))
    return made[0]


def build(tree: Tree, number: str, texts: Mapping[Path, str], folder: Path, jobs: int = 2,
          programs: Sequence[str] = ()) -> Path:
    """The same with texts (by the path of the reference's) that stand in no file yet."""
    parts = []
    for original, text in texts.items():
        source = folder / original.parent.name / original.name
        source.parent.mkdir(parents=True, exist_ok=True)
        if not source.is_file() or source.read_text() != text:
            source.write_text(text)
        parts.append(Part(original, source, source.with_suffix(".o")))
    return build_parts(tree, number, parts, folder, programs, jobs)
