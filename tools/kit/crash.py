"""Where a check died, when there is a debugger to ask: runs it once more under gdb, and reads the calls."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Iterable

from . import checks

LIMIT = 20  # seconds; a check that stood still the second time is not looked at further
FRAME = re.compile(r"^#\d+ +(?:0x[0-9a-f]+ in )?(.+?) \(.*?\) at (\S+):(\d+)$", re.MULTILINE)


def place(program: Path, words: Iterable[str], sources: "dict[str, str]") -> str:
    """The innermost call in one of the sources, by path: "work/02/outbox.cpp:33, outbox::flush"; empty if there is none.

    `sources` gives each path the name it is shown by."""
    for function, file, line in calls(program, words):
        shown = sources.get(os.path.realpath(file))
        if shown:
            return f"{shown}:{line}, {function}"
    return ""


def calls(program: Path, words: Iterable[str]) -> "list[tuple[str, str, str]]":
    """The calls of the thread that died, from the innermost out: function, file and line."""
    debugger = shutil.which("gdb")
    if not debugger:
        return []
    command = [debugger, "-q", "-nx", "-batch", "-ex", "set width 0", "-ex", "handle SIGPIPE nostop noprint pass",
               "-ex", "run", "-ex", "backtrace 60", "--args", str(program), *words]
    with tempfile.TemporaryDirectory(prefix="crash-") as folder, subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, env={**os.environ, "TMPDIR": folder, "DEBUGINFOD_URLS": "",
                                         "CLUSTER_WORKSHOP_PROGRAMS": str(program.parent)}) as process:
        try:
            said = process.communicate(timeout=LIMIT)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            said = ""
        checks.end_session(process)
    return [(re.sub(r"^.*::(?=\w+::~?\w+$)", "", name), file, line) for name, file, line in FRAME.findall(said)]
