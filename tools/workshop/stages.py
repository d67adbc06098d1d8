"""The stages of the workshop: found in the tree, never listed by hand (but for the program that shows each best)."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from .problem import UsageProblem
from .suggest import did_you_mean

# What `./workshop run NN` starts. A stage without an entry starts the first of its programs.
MAIN_PROGRAM = {
    "01": "random_ports",
    "02": "ping_parent",
    "03": "share_server_parent",
    "04": "restart_primary",
    "05": "compare_scheduling",
    "06": "http_cluster",
    "07": "full_cluster",
}

# What stands beside the stages, in a folder of docs/ of its own, with one program of the same name.
COMPANION = re.compile(r"add_executable\s*\(\s*(\w+)")

FOLDER = re.compile(r"(\d\d)-([a-z0-9-]+)")
ADD_STAGE = re.compile(r"add_stage\s*\(\s*(\w+)([^)]*)\)")
KEYWORDS = {"HEADERS", "INSTALLED", "SOURCES", "PROGRAMS", "USES"}


@dataclass(frozen=True)
class Stage:
    """One stage folder."""

    folder: Path
    target: str
    programs: tuple[str, ...]
    uses: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def number(self) -> str:
        return self.name[:2]

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        return f"stage {self.number}" if FOLDER.fullmatch(self.name) else self.name

    @property
    def lesson(self) -> Path:
        return self.folder / "README.md"

    @property
    def main_program(self) -> str | None:
        main = MAIN_PROGRAM.get(self.number)
        if main in self.programs:
            return main
        return self.programs[0] if self.programs else None

    def summary(self) -> str:
        """The lesson's one sentence: its first block quote."""
        try:
            text = self.lesson.read_text()
        except OSError:
            return "(its lesson is not written yet)"
        found = re.search(r"^((?:>.*\n?)+)", text, re.MULTILINE)
        if not found:
            return "(its lesson has no summary)"
        return " ".join(line.lstrip("> ").strip() for line in found[1].splitlines()).strip()


def add_stage_call(cmake_text: str) -> tuple[str, dict[str, tuple[str, ...]]] | None:
    """The target and the keyword lists of the one add_stage(...) call, or None without one."""
    call = ADD_STAGE.search(re.sub(r"#.*", "", cmake_text))
    if not call:
        return None
    lists: dict[str, list[str]] = {keyword: [] for keyword in KEYWORDS}
    current: list[str] = []
    for word in call[2].split():
        current = lists[word] if word in KEYWORDS else current
        if word not in KEYWORDS:
            current.append(word.strip('"'))
    return call[1], {keyword: tuple(words) for keyword, words in lists.items()}


def find_stages(root: Path) -> list[Stage]:
    """Every folder NN-name whose CMakeLists.txt adds a stage, in order."""
    stages = []
    for folder in sorted(root.iterdir()):
        cmake = folder / "CMakeLists.txt"
        if not FOLDER.fullmatch(folder.name) or not cmake.is_file():
            continue
        call = add_stage_call(cmake.read_text())
        if call:
            stages.append(Stage(folder, call[0], call[1]["PROGRAMS"], call[1]["USES"]))
    return stages


def find_companions(root: Path) -> list[Stage]:
    """Programs that belong to a page of docs/ and not to a stage: docs/NAME/CMakeLists.txt makes one."""
    companions = []
    for cmake in sorted(root.glob("docs/*/CMakeLists.txt")):
        made = COMPANION.search(re.sub(r"#.*", "", cmake.read_text()))
        if made:
            companions.append(Stage(cmake.parent, made[1], (made[1],), ()))
    return companions


def looks_like_stage(word: str) -> bool:
    return bool(re.fullmatch(r"\d{1,2}|\d\d-[a-z0-9-]*", word))


def pick_stage(stages: list[Stage], word: str) -> Stage:
    """The stage that `word` means: 3, 03, 03-handle-passing or handle-passing."""
    tail = word.strip("/").replace("_", "-")
    for stage in stages:
        if tail in (stage.name, stage.name[3:]) or (tail.isdigit() and int(tail) == int(stage.number)):
            return stage
    present = ", ".join(stage.number for stage in stages) or "none yet"
    if looks_like_stage(word):
        number = f"{int(word[:2].rstrip('-')):02d}"
        raise UsageProblem(f"stage {number} is not here yet; stages: {present}")
    names = [stage.name[3:] for stage in stages]
    raise UsageProblem(f'no stage is called "{word}"{did_you_mean(tail, names)}; stages: {present}')
