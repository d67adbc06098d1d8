"""Runs ctest and says how it went; what was skipped is said as loudly as what failed."""
from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field
from pathlib import Path

from .build import build_directory
from .packages import say
from .problem import GREEN, WORK_FAILS, EnvironmentProblem


@dataclass
class Totals:
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def totals(report: Path) -> Totals:
    """Counts a JUnit file as ctest writes it."""
    result = Totals()
    for case in xml.parse(report).getroot().iter("testcase"):
        name = case.get("name", "?")
        if case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
            result.skipped.append(name)
        elif case.find("failure") is not None or case.get("status") == "fail":
            result.failed.append(name)
        else:
            result.passed += 1
    return result


def run_tests(root: Path, stage: str | None, tree: Path | None = None) -> int:
    """Runs every test, or those labelled with a stage's number, of the dev tree (or of `tree`)."""
    report = (tree or build_directory(root)) / "Testing" / "workshop.xml"
    report.unlink(missing_ok=True)
    command = ["ctest", "--output-junit", str(report)]
    command += ["--test-dir", str(tree), "--output-on-failure", "--no-tests=error"] if tree \
        else ["--preset", "dev"]
    if stage:
        command += ["-L", f"^{stage}$"]
    sys.stdout.flush()
    code = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, check=False).returncode
    if not report.is_file():
        raise EnvironmentProblem(f"ctest ran no test (exit code {code}); its message stands above")
    summarise(totals(report))
    return GREEN if code == 0 else WORK_FAILS


def summarise(result: Totals) -> None:
    say(f"{result.passed} passed, {len(result.failed)} failed, {len(result.skipped)} SKIPPED")
    for name in result.failed:
        say(f"  failed:  {name}")
    for name in result.skipped:
        say(f"  SKIPPED: {name}")
    if result.skipped:
        say("a skipped test proves nothing; ./workshop doctor tells what is missing for it")
