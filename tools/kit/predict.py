"""exercises/NN/predict.json: questions that a program of the tree answers by what it does.

    [{"id": "02-silent-child",
      "question": "What does the parent see?",
      "choices": ["nothing, for ever", "the end of the stream"],
      "answer": 1,                                       counted from 0
      "command": ["02-fork-ipc/ping_parent", "--child", "/bin/sleep", "1"],
      "why": "The kernel closes what a process leaves open."}]

`command` is run in the build tree: a list of words, or one text for the shell. The programs of stages in it, written
like NN-name/program, are built before."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .exercise import BadExercise

KEYS = {"id": str, "question": str, "choices": list, "answer": int, "command": (list, str), "why": str}
PROGRAM = re.compile(r"(?<![\w/.-])(\d\d-[a-z0-9-]+)/(\w+)")


@dataclass(frozen=True)
class Question:
    id: str
    question: str
    choices: tuple[str, ...]
    answer: int
    command: tuple[str, ...]
    why: str

    def programs(self) -> list[tuple[str, str]]:
        """The programs of stages that the command needs, as (folder, name)."""
        return list(dict.fromkeys(PROGRAM.findall(" ".join(self.command))))


def load(folder: Path) -> list[Question]:
    """The questions of one stage; none if there is no such file."""
    path = folder / "predict.json"
    try:
        data = json.loads(path.read_text())
    except FileNotFoundError:
        return []
    except ValueError as wrong:
        raise BadExercise(f"{path} is no JSON: {wrong}") from None
    complaint = "; ".join(complaints(data, folder.name))
    if complaint:
        raise BadExercise(f"{path}: {complaint}")
    return [question(one) for one in data]


def question(one: "dict[str, Any]") -> Question:
    command = one["command"]
    words = ("sh", "-c", command) if isinstance(command, str) else tuple(command)
    return Question(one["id"], one["question"], tuple(one["choices"]), one["answer"], words, one["why"])


def complaints(data: Any, number: str) -> list[str]:
    """What is wrong with the questions, one sentence each."""
    if not isinstance(data, list):
        return ["it is no list of questions"]
    found: list[str] = []
    seen: set[str] = set()
    for at, one in enumerate(data, 1):
        if not isinstance(one, dict):
            found.append(f"question {at} is no object")
            continue
        name = str(one.get("id", f"question {at}"))
        found += [f"{name} {sentence}" for sentence in wrong_with(one, number)]
        if name in seen:
            found.append(f"two questions are called {name}")
        seen.add(name)
    return found


def wrong_with(one: "dict[str, Any]", number: str) -> list[str]:
    found = [f'has no "{key}"' for key in KEYS if key not in one]
    found += [f'has a "{key}", which means nothing' for key in one if key not in KEYS]
    found += [f'has a "{key}" of the wrong kind' for key, kind in KEYS.items()
              if key in one and (not isinstance(one[key], kind) or isinstance(one[key], bool))]
    if found:
        return found
    if not re.fullmatch(rf"{number}-[a-z][\w-]*", one["id"]):
        found.append(f"is not called {number}-something")
    if len(one["choices"]) < 2:
        found.append("leaves no choice")
    elif not 0 <= one["answer"] < len(one["choices"]):
        found.append(f'has the answer {one["answer"]}, which is none of the choices (they count from 0)')
    words = one["choices"] + (one["command"] if isinstance(one["command"], list) else [])
    if not one["command"] or not all(isinstance(word, str) and word for word in words):
        found.append("has an empty word, or a word that is no text, among its choices or in its command")
    return found
