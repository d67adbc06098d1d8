"""What a teacher hands out: the files to write, the goal, the checks by what they promise; no hint of the solution."""
from __future__ import annotations

from pathlib import Path

from .exercise import Exercise

START = """\
# Exercise {number}: {title}

{goal}

You write the functions below. In these files their bodies are `kit::not_implemented("…");`, everything else stands
already. `LESSON.md` is the lesson that teaches what is needed; `CHECKS.md` says what will be judged.

{functions}

## Begin

In your copy of the Cluster Workshop repository:

```sh
./workshop start {number}{option}    # puts these files into work/{number}
./workshop check {number}            # names the first fault, and where to look
./workshop hint {number}             # when you are stuck
./workshop pack {number}             # what you hand in
```

The files of this folder's `work/{number}` are the same that `start` writes; you can copy them there instead. Hand in
the archive that `pack` makes, or the files themselves: {files}. Other files are not looked at, and the tests are ours.
"""


def write(exercise: Exercise, cut: str, folder: Path) -> list[str]:
    """Fills the folder; returns the names of what is in it."""
    texts = {f"work/{exercise.number}/{file}": text for file, text in exercise.handout(cut).items()}
    texts["README.md"] = start(exercise, cut)
    texts["CHECKS.md"] = checks(exercise, cut)
    lesson = exercise.stage / "README.md"
    if lesson.is_file():
        texts["LESSON.md"] = lesson.read_text(encoding="utf-8")
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return sorted(texts)


def start(exercise: Exercise, cut: str) -> str:
    functions = []
    for file, names in sorted(exercise.cuts[cut].items()):
        shown = [f"`{name.partition('#')[0]}`" for name in names if not name.startswith("-")]
        functions.append(f"- `{file}`: {', '.join(dict.fromkeys(shown))}")
    return START.format(number=exercise.number, title=exercise.stage.name[3:].replace("-", " "), goal=exercise.goal,
                        functions="\n".join(functions), option=" --workshop" if cut == "workshop" else "",
                        files=", ".join(f"`{file}`" for file in exercise.files(cut)))


def checks(exercise: Exercise, cut: str) -> str:
    rows = [f"| {check.id} | {check.promised} | {check.points}{' (extra)' if check.extension else ''} |"
            for check in exercise.checks_of(cut)]
    total = sum(check.points for check in exercise.checks_of(cut) if not check.extension)
    return "\n".join([f"# What is judged in exercise {exercise.number}", "", exercise.goal, "",
                      "| check | what a right solution does | points |", "|---|---|---|", *rows, "",
                      f"{total} points in all. A check counts when it passes each time; one that passes now and then "
                      "counts nothing.", ""])
