"""Runs checks, each in a process of its own, and says what became of each."""
from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Sequence

from . import ending, stall
from .exercise import Check
from .limits import CPU, limited

PASSED, FAILED, MISSING, STUCK, CRASHED, NOT_JUDGED = "passed", "failed", "missing", "stuck", "crashed", "not judged"
LIMIT = 60.0  # seconds for one check, however busy it is


@dataclass(frozen=True)
class Verdict:
    check: Check
    status: str
    observed: str = ""  # one sentence
    details: str = ""  # everything that was printed, unless it passed
    place: str = ""  # where it died, if that is known: "work/02/outbox.cpp:33, outbox::flush"
    output: str = ""  # what the program wrote itself, to its descriptors and to std::cout and std::cerr

    @property
    def passed(self) -> bool:
        return self.status == PASSED


def judge(program: Path, check: Check) -> Verdict:
    """One check: the test case of that name, run alone."""
    with tempfile.TemporaryDirectory(prefix="check-") as name:
        report, output = Path(name) / "report.xml", Path(name) / "output"
        folder = Path(name) / "tmp"
        folder.mkdir()
        command = [*limited(), str(program), escaped(check.test), "-r", "xml", "-o", str(report)]
        environment = {**os.environ, "TMPDIR": str(folder), "CLUSTER_WORKSHOP_PROGRAMS": str(program.parent)}
        with output.open("wb") as words, subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=words, stderr=subprocess.STDOUT, cwd=name,
                env=environment, start_new_session=True) as process:
            stuck = stall.wait(process.pid, LIMIT)
            end_session(process)
        printed = output.read_text(errors="replace")
        written = report.read_text(errors="replace") if report.is_file() else ""
        return verdict(check, process.returncode, stuck, written, printed)


def escaped(test: str) -> str:
    """Catch2 takes commas, brackets and asterisks of a name for its own."""
    return re.sub(r"([,\[\]*\\])", r"\\\1", test)


def end_session(process: subprocess.Popen[bytes]) -> None:
    """Nothing that a check has started outlives it."""
    ending.end_all(lambda: stall.session(process.pid), process.poll)
    process.wait()


def verdict(check: Check, code: int, stuck: str, report: str, output: str) -> Verdict:
    """What became of a check, by its end, the text of its report and what it printed."""
    streams = streams_in(report)
    found = judged(check, code, stuck, report, output)
    details = "" if found.passed else "\n".join([found.details, *streams]).strip()
    return replace(found, details=details, output="\n".join([*filter(None, [output.rstrip()]), *streams]))


def judged(check: Check, code: int, stuck: str, report: str, output: str) -> Verdict:
    """The same without what the report keeps of std::cout and std::cerr: a student's words there decide nothing."""
    failures = failures_in(report)
    details = "\n".join([*failures, output]).strip()
    missing = re.search(r"not implemented: (\S+)", details)
    if missing:
        return Verdict(check, MISSING, f"{missing[1]} is still to be written", details)
    if stuck:
        return Verdict(check, STUCK, stuck, details)
    if code == -signal.SIGXCPU:
        return Verdict(check, STUCK, f"it computes without an end: {CPU} s of cpu, and it is not done", details)
    if code < 0 or any(line.startswith("SIG") for line in failures):
        name = next((line for line in failures if line.startswith("SIG")), "")
        return Verdict(check, CRASHED, "it died of " + (name or signal_name(-code)), details)
    if failures:
        return Verdict(check, FAILED, failures[0], details)
    if code != 0:
        return Verdict(check, FAILED, left_over(output) or f"exit code {code}", details)
    if report and "<TestCase" not in report:
        return Verdict(check, FAILED, f'there is no test called "{check.test}"', details)
    if '<OverallResult success="true"' not in report:
        return Verdict(check, FAILED, "the program ended in the midst of the check, with exit code 0", details)
    return Verdict(check, PASSED)


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def left_over(output: str) -> str:
    """What the leak listener says, on one line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return "; ".join(lines[-3:])


def cases_in(report: str) -> list[xml.Element]:
    """The test cases of a report, even of one that ends in the midst of it; none if it is no report."""
    if report and "</Catch" not in report:  # it died
        report = close_tags(report)
    try:
        return list(xml.fromstring(report).iter("TestCase")) if report else []
    except xml.ParseError:
        return []


def streams_in(report: str) -> list[str]:
    """What was written to std::cout, and then to std::cerr: Catch2 keeps both from the descriptors, for its report."""
    found = [(element.text or "").strip() for case in cases_in(report) for tag in ("StdOut", "StdErr")
             for element in case.iterfind(f"OverallResult/{tag}")]
    return [words for words in found if words]


def failures_in(report: str) -> list[str]:
    """A sentence for each failure; what a test observed in words (FAIL, INFO) comes first."""
    found: list[str] = []
    for case in cases_in(report):
        notes: list[str] = []
        for element in case.iter():
            words = " ".join((element.text or "").split())
            if element.tag == "Info":
                notes.append(words)
            elif element.tag in ("Failure", "FatalErrorCondition"):
                found.append(words)
            elif element.tag == "Exception":
                found.append("an exception: " + words)
            elif element.tag == "Expression":
                if element.get("success") == "false":
                    found.append(expression(element, notes))
                notes = []
    return found


def expression(element: xml.Element, notes: list[str]) -> str:
    inner = [" ".join((element.findtext(tag) or "").split()) for tag in ("Original", "Expanded", "Exception")]
    sentence = "expected " + inner[0] + (f", found {inner[1]}" if inner[1] and inner[1] != inner[0] else "") + (
        f", which threw {inner[2]}" if inner[2] else "")
    return "; ".join([*notes, sentence])


def close_tags(text: str) -> str:
    text = text[:text.rfind(">") + 1]
    open_tags: list[str] = []
    for slash, name, alone in re.findall(r"<(/?)([A-Za-z]\w*)[^>]*?(/?)>", text):
        if slash and open_tags:
            open_tags.pop()
        elif not alone and not slash:
            open_tags.append(name)
    return text + "".join(f"</{name}>" for name in reversed(open_tags))


def judge_all(program: Path, checks: Sequence[Check], jobs: int = 2) -> list[Verdict]:
    """All of them, in their order. Who comes after a failed one is not judged: it would only fail for the same cause."""
    with ThreadPoolExecutor(jobs) as several:
        found = list(several.map(lambda check: judge(program, check), checks))
    return following(found)


def following(found: Sequence[Verdict]) -> list[Verdict]:
    bad: set[str] = set()
    verdicts = []
    for one in found:
        first = next((id for id in one.check.after if id in bad), "")
        if not one.passed:
            bad.add(one.check.id)
        if first and not one.passed and one.status != MISSING:
            one = Verdict(one.check, NOT_JUDGED, f"{first} has to hold first", one.details)
        verdicts.append(one)
    return verdicts
