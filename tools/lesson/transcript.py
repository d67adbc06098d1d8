"""Runs a console block and compares what comes with what the page shows."""
from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from . import names
from .console import Line, Malformed, Step, steps
from .markdown import Block, Complaint
from .shell import Shell

LIMIT = 60.0  # seconds for a block
GRACE = 5.0  # seconds in which what a block started must have ended after its last line
PATIENCE = 1.0  # seconds to collect the rest of the output of a command that has gone wrong
MOST_SHOWN = 50  # lines of output in a complaint
KEPT = ("PATH", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")


@dataclass(frozen=True)
class Setting:
    """Where and how long blocks run."""

    root: Path
    build: Path
    limit: float = LIMIT
    grace: float = GRACE


class Mismatch(Exception):
    """The output is not what the page shows."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


class InOrder:
    """Compares line by line, as soon as a line is there."""

    def __init__(self) -> None:
        self.bindings: names.Bindings = {}
        self.matched = 0

    def arrived(self, expected: list[Line], actual: list[str]) -> bool:
        """True if all of `expected` has come. Raises Mismatch at the first line that differs or is too many."""
        for got in actual[self.matched:]:
            if self.matched == len(expected):
                last = expected[-1].number if expected else 0
                raise Mismatch(last, f"output that the page does not show: `{got}`")
            wanted = expected[self.matched]
            bound = names.match(wanted.text, got, self.bindings)
            if bound is None:
                raise Mismatch(wanted.number, difference(wanted.text, got, self.bindings))
            self.bindings = bound
            self.matched += 1
        return self.matched == len(expected)

    def absent(self, expected: list[Line], actual: list[str]) -> Mismatch:
        wanted = expected[self.matched]
        return Mismatch(wanted.number, f"expected: {wanted.text}\n  got:      nothing more")


class InAnyOrder:
    """Finds every expected line its own actual line, whatever the order."""

    def __init__(self) -> None:
        self.bindings: names.Bindings = {}

    def arrived(self, expected: list[Line], actual: list[str]) -> bool:
        if len(actual) < len(expected):
            return False
        bound = names.assign([line.text for line in expected], actual, self.bindings)
        if bound is None:
            return False
        self.bindings = bound
        return True

    def absent(self, expected: list[Line], actual: list[str]) -> Mismatch:
        strangers = [line for line in expected
                     if not any(names.match(line.text, got, self.bindings) is not None for got in actual)]
        blamed = (strangers or expected)[0]
        why = "nothing like it came" if strangers else "no assignment of lines and numbers fits"
        return Mismatch(blamed.number, f"expected: {blamed.text}\n  {why}")


def difference(wanted: str, got: str, bindings: names.Bindings) -> str:
    known = names.NUMBER.sub(lambda number: bindings.get(number[0], number[0]), wanted)
    hint = f"\n  with the numbers of this run: {known}" if known != wanted else ""
    return f"expected: {wanted}\n  got:      {got}{hint}"


class Player:
    """Plays one block on one shell."""

    def __init__(self, block: Block, shell: Shell, setting: Setting) -> None:
        self.comparison = InAnyOrder() if "unordered" in block.info else InOrder()
        self.shell = shell
        self.setting = setting
        self.deadline = time.monotonic() + setting.limit
        self.expected: list[Line] = []

    def play(self, script: list[Step]) -> None:
        for step in script:
            self.one(step)
        left = self.shell.finish(min(self.deadline, time.monotonic() + self.setting.grace))
        self.no_more(script[-1])
        if left:
            raise Mismatch(script[-1].number, "left behind when the block was over: " + ", ".join(left))

    def one(self, step: Step) -> None:
        command = names.substitute(step.command, self.comparison.bindings)
        self.shell.start(command.replace("build/dev/", f"{self.setting.build}/"))
        self.expected += step.before_interrupt
        if step.interrupted:
            self.await_output(step, ended=False)
            if not self.shell.interrupt(self.deadline):
                raise Mismatch(step.number, "^C, but the command had ended by itself")
            self.expected += step.after_interrupt
        self.await_output(step, ended=True)

    def await_output(self, step: Step, ended: bool) -> None:
        """Waits for all output shown so far, and for the command's end if it is to end by itself."""
        def enough() -> bool:
            all_here = self.comparison.arrived(self.expected, self.shell.lines)
            return all_here and (self.shell.idle or not ended)

        try:
            if self.shell.wait_for(enough, self.deadline):
                return
        except Mismatch as mismatch:
            # The rest of the output, which the writer wants to see, is on its way.
            self.shell.wait_for(lambda: self.shell.idle, min(self.deadline, time.monotonic() + PATIENCE))
            raise Mismatch(max(mismatch.line, step.number), str(mismatch)) from None
        if not self.comparison.arrived(self.expected, self.shell.lines):
            raise self.late(self.comparison.absent(self.expected, self.shell.lines))
        if self.shell.ended:
            raise Mismatch(step.number, "the command ended the bash that all commands of the block share")
        raise Mismatch(step.number, f"the command had not ended when the block's {self.setting.limit:.0f} s were over")

    def late(self, mismatch: Mismatch) -> Mismatch:
        if time.monotonic() < self.deadline:
            return mismatch
        return Mismatch(mismatch.line, f"{mismatch}\n  when the block's {self.setting.limit:.0f} s were over")

    def no_more(self, step: Step) -> None:
        extra = len(self.shell.lines) - len(self.expected)
        if extra > 0:
            raise Mismatch(step.number, f"{extra} lines of output that the page does not show")


def environment(setting: Setting, home: Path) -> dict[str, str]:
    """What the commands see: little of the outside, nothing that makes output differ."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "HOME": str(home), "TMPDIR": str(home), "PORT": "0", "WORKSHOP_BUILD_DIR": str(setting.build),
            "LC_ALL": "C", "TERM": "dumb", "NO_COLOR": "1", "PAGER": "cat", "SHELL": "/bin/bash"}


def settle(block: Block, seen: dict[str, str]) -> None:
    """siege announces its new configuration file when it first runs in a home; let that first run be over."""
    if any("siege" in line for line in block.lines) and shutil.which("siege"):
        subprocess.run(["siege", "-C"], env=seen, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)


def check(block: Block, setting: Setting) -> list[Complaint]:
    """Runs one console block in a home and temp folder of its own."""
    try:
        script = steps(block)
    except Malformed as malformed:
        return [Complaint(malformed.number, str(malformed))]
    with tempfile.TemporaryDirectory(prefix="lesson-", ignore_cleanup_errors=True) as home:
        seen = environment(setting, Path(home))
        settle(block, seen)
        shell = Shell(setting.root, seen)
        try:
            Player(block, shell, setting).play(script)
        except Mismatch as mismatch:
            output = "".join(f"\n    {line}" for line in shell.lines[-MOST_SHOWN:])
            return [Complaint(mismatch.line, f"{mismatch}\n  the block's output, the last {MOST_SHOWN} lines at most:{output}")]
        finally:
            shell.close()
    return []
