"""`./workshop show`: a process tree and what connects it, drawn again and again while it lives."""
from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Sequence

from kit import picture, procfs

from .machine import Machine
from .problem import GREEN, EnvironmentProblem, UsageProblem
from .run import choose, program_path
from .stages import find_stages

EVERY = 0.5  # seconds between two drawings
SETTLES = 0.5  # seconds that a program gets before it is drawn for the only time
LAST_LINES = 6  # of what the program has printed


def show(words: Sequence[str], machine: Machine, root: Path) -> int:
    rest = list(words)
    once = bool(rest) and rest[0] == "--once"
    rest = rest[1:] if once else rest
    live = sys.stdout.isatty() and not once
    if rest and rest[0].startswith("-"):
        raise UsageProblem(f"show does not know {rest[0]}; see ./workshop show --help")
    if rest and not rest[0].isdigit():
        return show_program(command(rest, machine, root), live)
    if len(rest) > 1:
        raise UsageProblem(f'"{rest[1]}" is one word too many: show takes one PID, or a program with its arguments')
    if rest and procfs.look(int(rest[0])) is None:
        raise UsageProblem(f"there is no process {rest[0]} (any more)")
    pids = [int(rest[0])] if rest else ours(root)
    if not pids:
        raise UsageProblem(f"nothing runs from {root / 'build'}; start something, or name a PID or a program")
    follow(pids, live)
    return GREEN


def ours(root: Path) -> "list[int]":
    """What runs from the build trees, without what another of them has started."""
    found = {}
    for process in procfs.everybody():
        try:
            program = os.readlink(f"/proc/{process.pid}/exe")
        except OSError:
            continue
        if program.startswith(f"{root / 'build'}/"):
            found[process.pid] = process
    return [pid for pid, process in found.items() if process.parent not in found]


def command(words: "list[str]", machine: Machine, root: Path) -> "list[str]":
    """A program of a stage, built before; else whatever PATH has under that name."""
    stages = find_stages(root)
    if any(words[0] in stage.programs for stage in stages):
        stage, program, arguments = choose(stages, words)
        return [str(program_path(root, stage, program, machine)), *arguments]
    path = machine.which(words[0])
    if path is None:
        raise UsageProblem(f"{words[0]} is neither a PID, nor a program of a stage, nor in PATH")
    return [path, *words[1:]]


def show_program(words: "list[str]", live: bool) -> int:
    """Starts a program and shows it; it ends with the view."""
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                       start_new_session=True)
        except OSError as wrong:
            raise EnvironmentProblem(f"cannot start {words[0]}: {wrong.strerror}") from wrong
        try:
            if not live:
                time.sleep(SETTLES)
            follow([process.pid], live, output)
        finally:
            end(process)
        if live:
            print(f"{words[0]} has ended: code {process.returncode}")
    return GREEN


def end(process: "subprocess.Popen[bytes]") -> None:
    """Asks the whole group to end, and does not ask twice."""
    for ask in (signal.SIGTERM, signal.SIGKILL):
        for one in procfs.family(process.pid):
            try:
                os.kill(one.pid, ask)
            except ProcessLookupError:
                pass
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def follow(pids: "list[int]", live: bool, output: "IO[bytes] | None" = None) -> None:
    """Draws until nobody is left, or once."""
    try:
        while True:
            everyone = picture.everyone()
            living = [one.pid for one in everyone if one.pid in pids and one.state not in procfs.GONE]
            lines = picture.draw(living, everyone) or ["it has ended"]
            text = "\n".join(lines) + "\n" + printed(output)
            if live:
                size = shutil.get_terminal_size()
                text = "\n".join(line[:size.columns] for line in text.splitlines()[:size.lines - 2])
                text = f"\x1b[H\x1b[2J{text}\n(Ctrl-C ends)\n"
            sys.stdout.write(text)
            sys.stdout.flush()
            if not live or not living:
                return
            time.sleep(EVERY)
    except KeyboardInterrupt:
        print()


def printed(output: "IO[bytes] | None") -> str:
    """The last lines of what the program has printed."""
    if output is None:
        return ""
    text = os.pread(output.fileno(), 1 << 16, max(0, os.fstat(output.fileno()).st_size - (1 << 16)))
    lines = text.decode(errors="replace").splitlines()[-LAST_LINES:]
    return "".join(f"| {line}\n" for line in ["it prints:", *lines]) if lines else ""
