"""Rules 1 and 2: a stage uses earlier stages and support alone; an include says where its idea was taught."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator

from workshop.stages import find_stages

from . import cpp
from .tree import STAGE, Violation, cpp_files, line_of, stage_number


def stage_order(root: Path) -> Iterator[Violation]:
    """Stage N uses only stages before it and support; support uses no stage."""
    yield from include_direction(root)
    yield from cmake_direction(root)


def include_direction(root: Path) -> Iterator[Violation]:
    for name, text in cpp_files(root):
        number, in_support = stage_number(name), name.startswith("support/")
        if number is None and not in_support:
            continue
        is_test = name.startswith("tests/")
        for line, _, path in cpp.includes(text):
            other = path.split("/")[0]
            if other == "tests" and not is_test:
                yield Violation(name, line, f"includes {path}: code of a stage knows no tests")
            if not STAGE.fullmatch(other):
                continue
            if in_support:
                yield Violation(name, line, f"support includes {path}: support stands below every stage; move what "
                                            "it needs into support, or this file into the stage")
            elif int(other[:2]) > (number or 0):
                yield Violation(name, line, f"stage {number:02d} includes {path}: a stage uses only stages before it")


def cmake_direction(root: Path) -> Iterator[Violation]:
    stages = find_stages(root)
    numbers = {stage.target: int(stage.number) for stage in stages}
    places = [(stage.folder / "CMakeLists.txt", int(stage.number), stage.target) for stage in stages]
    places.append((root / "support" / "CMakeLists.txt", 0, "support"))
    for path, own, target in places:
        text = re.sub(r"#[^\n]*", "", path.read_text()) if path.is_file() else ""
        for word in re.finditer(r"\w+", text):
            other = numbers.get(word[0])
            if other is not None and word[0] != target and other >= own:
                yield Violation(path.relative_to(root).as_posix(), line_of(text, word.start()),
                                f"names {word[0]} of stage {other:02d}: only what comes before may be used")
    for stage in stages:
        for used in stage.uses:
            if used not in numbers:
                yield Violation(f"{stage.name}/CMakeLists.txt", 1, f"USES {used}, and no stage has that target")


def rooted_includes(root: Path) -> Iterator[Violation]:
    """An own file is included by its path from the repository's root, in quotes, and it is there."""
    for name, text in cpp_files(root):
        for line, opening, path in cpp.includes(text):
            if opening == "<":
                if STAGE.fullmatch(path.split("/")[0]) or path.startswith(("support/", "tests/")):
                    yield Violation(name, line, f"<{path}> is ours: write it in quotes")
            elif path.startswith(("./", "../")) or "/../" in path:
                yield Violation(name, line, f'"{path}" is relative: write the path from the repository\'s root')
            elif not (root / path).is_file():
                where = "a path from the repository's root" if "/" in path else "not a bare name: the path from the root"
                yield Violation(name, line, f'"{path}" is no file of the repository; an include in quotes is {where}')
