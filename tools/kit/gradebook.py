"""What a grading leaves: a table, results.json, junit.xml, grades.csv, a page and a Gradescope file per student."""
from __future__ import annotations

import csv
import json
import re
import xml.etree.ElementTree as xml
from pathlib import Path
from typing import Any, Sequence

from . import checks
from .exercise import Exercise
from .outcome import GRADED, UNSTEADY, Graded, Result
from .submissions import printable

WIDTH = 100  # of a table's last column
DETAILS = 60  # lines of a first fault


def possible(found: Sequence[Result]) -> int:
    return sum(one.check.points for one in found if not one.check.extension)


def one_line(text: str, most: int = WIDTH) -> str:
    text = printable(" ".join(text.split()))
    return text if len(text) <= most else text[:most - 1] + "…"


def remark(one: Graded) -> str:
    """What is the matter with a submission, in one line; empty if nothing is."""
    if one.status != GRADED:
        lines = one.words.splitlines()
        error = next((line for line in lines if "error:" in line), "")
        return one_line(f"{lines[0] if lines else one.status}{': ' + error if error else ''}", 200)
    fault = one.first_fault
    words = [f"{fault.check.id} {fault.status}: {fault.observed}"] if fault else []
    return one_line("; ".join([*words, *one.notes]), 200)


def table(graded: Sequence[Graded]) -> list[str]:
    names = [printable(one.name) for one in graded]
    width = max([7, *map(len, names)])
    lines = [f"{'student':{width}}  points  what comes first"]
    for name, one in zip(names, graded):
        points = str(one.points) if one.status == GRADED else "-"
        lines.append(f"{name:{width}}  {points:>6}  {one_line(remark(one))}".rstrip())
    return lines


def slugs(graded: Sequence[Graded]) -> list[str]:
    """A file name for each student, whatever they call themselves."""
    found: list[str] = []
    for one in graded:
        base = re.sub(r"[^\w.-]", "_", one.name, flags=re.ASCII).lstrip(".-")[:100] or "_"
        name, number = base, 2
        while name.lower() in (other.lower() for other in found):
            name, number = f"{base}-{number}", number + 1
        found.append(name)
    return found


def as_data(exercise: Exercise, graded: Sequence[Graded], about: "dict[str, Any]") -> "dict[str, Any]":
    return {**about, "stage": exercise.number, "submissions": [
        {"name": printable(one.name), "status": one.status, "points": one.points, "words": plain(one.words),
         "notes": list(one.notes), "unsteady": one.unsteady, "checks": [
             {"id": result.check.id, "points": result.points, "of": result.check.points, "status": result.status,
              "each": [verdict.status for verdict in result.verdicts], "observed": plain(result.observed)}
             for result in one.results]} for one in graded]}


def plain(text: str) -> str:
    """Text of any length that every format takes: no control characters but line breaks and tabs."""
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)  # colours
    return "".join(each for each in text.encode("utf-8", "backslashreplace").decode()
                   if each in "\n\t" or (each >= " " and not "\x7f" <= each < "\xa0" and each not in "\ufffe\uffff"))


def junit(graded: Sequence[Graded]) -> xml.ElementTree:
    root = xml.Element("testsuites")
    for one in graded:
        suite = xml.SubElement(root, "testsuite", name=printable(one.name), tests=str(max(1, len(one.results))),
                               failures=str(sum(each.status not in (checks.PASSED, checks.NOT_JUDGED)
                                                for each in one.results)),
                               errors=str(int(one.status != GRADED)))
        if one.status != GRADED:
            case = xml.SubElement(suite, "testcase", name="submission", classname=printable(one.name))
            xml.SubElement(case, "error", message=one.status).text = plain(one.words)
        for result in one.results:
            case = xml.SubElement(suite, "testcase", name=result.check.id, classname=printable(one.name))
            if result.status == checks.NOT_JUDGED:
                xml.SubElement(case, "skipped", message=plain(result.observed))
            elif result.status != checks.PASSED:
                xml.SubElement(case, "failure", type=result.status, message=plain(result.observed))
    return xml.ElementTree(root)


def gradescope(exercise: Exercise, one: Graded) -> "dict[str, Any]":
    """As https://gradescope-autograders.readthedocs.io/en/latest/specs/ has it."""
    if one.status != GRADED:
        return {"score": 0, "output": f"{one.status}: {plain(one.words)}", "tests": []}
    tests = [{"name": result.check.id, "score": result.points, "max_score": result.check.points,
              "status": "passed" if result.points else "failed", "visibility": "visible",
              "output": f"{result.check.promised}\n{plain(result.observed)}".strip()} for result in one.results]
    return {"score": one.points, "output": f"Stage {exercise.number}. " + " ".join(one.notes), "tests": tests}


def fenced(text: str) -> str:
    """A block of text that nothing in it can end."""
    fence = "`" * max(3, 1 + max([len(run) for run in re.findall("`+", text)] or [0]))
    return f"{fence}text\n{text}\n{fence}"


def page(exercise: Exercise, one: Graded) -> str:
    """What a student reads: the first fault in full, a line for each other check."""
    title = re.sub(r"([\\`*_<>\[\]#|&])", r"\\\1", printable(one.name))
    words = [f"# Stage {exercise.number}: {title}", exercise.goal]
    if one.status != GRADED:
        words += [f"**0 points**: {one.status}.", fenced(plain(one.words))]
        return "\n\n".join(words) + "\n"
    words.append(f"**{one.points} of {possible(one.results)} points**")
    words += [f"Note: {note}." for note in one.notes]
    fault = one.first_fault
    if fault:
        details = plain(fault.verdict.details).splitlines()[:DETAILS]
        words += [f"## The first fault: {fault.check.id}", f"{fault.check.cause} Expected: {fault.check.promised}.",
                  "Observed:", fenced(plain(fault.observed)),
                  f"Look at {' or '.join(f'`{file}`, `{function}`' for file, function in fault.check.places)}. "
                  f"`./workshop explain {fault.check.id}` tells what is behind it."]
        if details and "\n".join(details) != plain(fault.observed):
            words += ["What was printed:", fenced("\n".join(details))]
    words += ["## All checks", check_table(one.results)]
    return "\n\n".join(words) + "\n"


def check_table(results: Sequence[Result]) -> str:
    rows = ["| check | result | points | what it promises |", "|---|---|---|---|"]
    for one in results:
        status = f"unsteady: passed {one.passes} of {len(one.verdicts)}" if one.status == UNSTEADY else one.status
        rows.append(f"| {one.check.id} | {status} | {one.points} of {one.check.points} | {one.check.promised} |")
    return "\n".join(rows)


def cell(text: str) -> str:
    """A spreadsheet takes what begins so for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t") and text != "-" else text


def write(folder: Path, exercise: Exercise, graded: Sequence[Graded], about: "dict[str, Any]") -> None:
    for name in ("students", "gradescope"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    dump(folder / "results.json", as_data(exercise, graded, about))
    junit(graded).write(folder / "junit.xml", encoding="utf-8", xml_declaration=True)
    for name, one in zip(slugs(graded), graded):
        (folder / "students" / f"{name}.md").write_text(page(exercise, one), encoding="utf-8")
        (folder / "gradescope" / name).mkdir(exist_ok=True)
        dump(folder / "gradescope" / name / "results.json", gradescope(exercise, one))
    with (folder / "grades.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["student", "points", "status", "first fault", "unsteady", "remark"])
        for one in graded:
            fault = one.first_fault
            rows.writerow([cell(printable(one.name)), one.points, one.status, fault.check.id if fault else "",
                           " ".join(one.unsteady), cell(remark(one))])


def dump(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
