"""What a student's object lacks: the cause when every file compiles and the linker complains."""
from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Sequence

from .linking import Part, Tree


def gone(tree: Tree, target: str, parts: Sequence[Part]) -> list[str]:
    """What the reference's objects define and the parts' do not."""
    found = []
    for part in parts:
        ours = defined(tree.path / tree.object_of(target, part.original))
        found += [f"{part.source.name}: {name}" for name in sorted(ours - defined(part.made))]
    return found


def defined(made: Path) -> set[str]:
    done = subprocess.run(["nm", "-C", "--defined-only", "--extern-only", str(made)], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=False)
    lines = (line.split(" ", 2) for line in done.stdout.splitlines())
    return {words[2] for words in lines if len(words) == 3 and words[1] == "T"}
