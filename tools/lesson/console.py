"""What a `console` block says.

    $ command          runs; all commands of a block run in one bash, one after another
    ^C                 Ctrl-C, pressed when all output before it has arrived
    anything else      a line of output

A command that ends in a backslash goes on in the next line.
"""
from __future__ import annotations

from dataclasses import dataclass

from .markdown import Block

NEEDS = "needs-"  # and the name of a tool without which the block is skipped
WORDS = {"unordered", *(NEEDS + tool for tool in ("node", "siege", "ab", "wrk"))}


@dataclass(frozen=True)
class Line:
    """A line of expected output."""

    number: int
    text: str


@dataclass
class Step:
    """A command and the output that stands between it and the next command."""

    number: int
    command: str
    before_interrupt: list[Line]
    after_interrupt: list[Line]
    interrupted: bool = False

    @property
    def output(self) -> list[Line]:
        return self.before_interrupt + self.after_interrupt


class Malformed(Exception):
    """A block that cannot be read as a transcript."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.number = number


def needs(block: Block) -> list[str]:
    """The tools that must be installed for a block to run."""
    return [word[len(NEEDS):] for word in block.info if word.startswith(NEEDS)]


def steps(block: Block) -> list[Step]:
    unknown = set(block.info[1:]) - WORDS
    if unknown:
        raise Malformed(block.line, f"console knows {', '.join(sorted(WORDS))}; got {', '.join(sorted(unknown))}")
    result: list[Step] = []
    continued = False
    for number, line in enumerate(block.lines, block.line + 1):
        if continued:
            result[-1].command += "\n" + line
            continued = line.endswith("\\")
        elif line.startswith("$ "):
            result.append(Step(number, line[2:], [], []))
            continued = line.endswith("\\")
        elif not result:
            raise Malformed(number, f"a console block starts with `$ ` and a command; got `{line}`")
        elif line.strip() == "^C":
            if result[-1].interrupted:
                raise Malformed(number, "a second ^C for the same command")
            result[-1].interrupted = True
        else:
            step = result[-1]
            lines = step.after_interrupt if step.interrupted else step.before_interrupt
            lines.append(Line(number, line.rstrip()))
    if not result:
        raise Malformed(block.line, "an empty console block")
    return result
