"""A repository with one small exercise, whose "compiler" takes a submission's file for the program itself: a script."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Mapping

from context import WithFolder

from kit import exercise, linking
from kit.cage import Cage
from kit.grading import Grader

SOURCE = '#include "outbox.hpp"\n\nint outbox::append(int n) {\n    return n + 1;\n}\n'
RIGHT = """#!/bin/sh
echo '<Catch><TestCase name="x"><OverallResult success="true"/></TestCase></Catch>' > report.xml
"""
# A shell would give up when it can fork no more.
BOMB = "exec python3 -c 'import os\nwhile True:\n  try: os.fork()\n  except OSError: pass'"


def check(id: str, points: int, **more: object) -> "dict[str, object]":
    return {"id": id, "test": f"{id} holds", "points": points, "cause": "It is wrong.", "promised": "it is right",
            "where": "outbox.cpp:outbox::append", "hints": ["the secret hint", "b", "c", "d"], **more}


class ScriptGrader(Grader):
    """Judges scripts."""

    def compile(self, texts: Mapping[str, str], folder: Path) -> Path:
        folder.chmod(0o755)
        if "does not compile" in texts["outbox.cpp"]:
            raise linking.DoesNotCompile("outbox.cpp", f"{folder}/build/outbox.cpp:1:1: error: what")
        program = folder / "kit_02"
        program.write_text(texts["outbox.cpp"])
        program.chmod(0o755)
        return program


class WithExercise(WithFolder):
    """With an exercise of two checks, a fault and a variant in a repository of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.root = self.folder / "repository"
        checks = [check("02-first", 60, cut="workshop"), check("02-second", 40, after=["02-first"])]
        cuts = {cut: {"outbox.cpp": ["outbox::append"]} for cut in exercise.CUTS}
        data = {"goal": "Write bytes.", "cuts": cuts, "checks": checks}
        self.put("exercises/02/exercise.json", json.dumps(data))
        for name in ("02-first", "02-second"):
            self.put(f"exercises/02/explain/{name}.md", "why\n")
        self.put("exercises/02/faults/one.edit", "check: 02-first\nabout: off by one\nfile: outbox.cpp\n"
                                                 "<<<<\n    return n + 1;\n====\n    return n + 2;\n>>>>\n")
        self.put("exercises/02/variants/other.edit", "about: the other way round\nfile: outbox.cpp\n"
                                                     "<<<<\n    return n + 1;\n====\n    return 1 + n;\n>>>>\n")
        self.put("02-fork-ipc/outbox.cpp", SOURCE)
        self.put("02-fork-ipc/CMakeLists.txt", "add_stage(fork_ipc PROGRAMS ping)\n")
        self.put("02-fork-ipc/README.md", "# 02\n> Bytes.\n")
        self.exercise = exercise.load(self.root, "02")

    def put(self, path: str, text: str) -> Path:
        return self.write(f"repository/{path}", text)

    def grader(self, cage: "Cage | None" = None, repeat: int = 3) -> ScriptGrader:
        work = self.folder / "grading"
        work.mkdir(exist_ok=True)
        made = ScriptGrader(linking.Tree(self.root), self.exercise, cage or Cage(), work, repeat=repeat)
        made.seconds = {"02-first": 20, "02-second": 20}
        return made
