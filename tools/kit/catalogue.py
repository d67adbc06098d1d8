"""Proves that the checks of an exercise are sharp: what is right passes, what is wrong is caught for its own cause."""
from __future__ import annotations

import re
import shutil
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping, Sequence

from . import checks, linking
from .edits import BadEdit, Change
from .exercise import CUTS, Check, Exercise

TRIVIAL = 14  # a line with fewer letters than this is nobody's solution: `siginfo_t info{};` stands in many places
FRAME = re.compile(r"\}? ?(catch \(.*\)|else) \{")  # nor is one that only opens a branch


@dataclass
class Proof:
    """What was found out; `complaints` is empty when all holds."""

    complaints: list[str] = field(default_factory=list)
    others: list[int] = field(default_factory=list)  # for each fault: how many checks failed besides the expected one

    def add(self, sentence: str) -> None:
        self.complaints.append(sentence)


@dataclass(frozen=True)
class How:
    """How thoroughly."""

    times: int  # how often each submission is judged
    whole: bool  # wrong submissions by every check, not by the expected one alone
    jobs: int


@dataclass(frozen=True)
class Bench:
    """Where exercises are built and judged."""

    tree: linking.Tree
    folder: Path
    jobs: int

    def build(self, exercise: Exercise, files: Mapping[str, str], name: str, proof: Proof) -> Path | None:
        """The program that judges those files; None, with a complaint, if they do not compile."""
        texts = {exercise.stage / file: text for file, text in files.items()}
        try:
            return linking.build(self.tree, exercise.number, texts, self.folder, self.jobs, exercise.programs)
        except linking.DoesNotCompile as wrong:
            proof.add(f"{name}: {wrong}\n{wrong.words}")
            return None

    def judge(self, program: Path, wanted: Sequence[Check]) -> list[checks.Verdict]:
        return checks.judge_all(program, wanted, self.jobs)


def prove_right(bench: Bench, exercise: Exercise, proof: Proof, times: int) -> None:
    """The reference and every variant pass every check, each time."""
    right: dict[str, dict[str, str]] = {"the reference": {}}
    for variant in exercise.variants():
        right[f"variant {variant.id}"] = changed(exercise, variant, proof)
    for name, files in right.items():
        program = bench.build(exercise, files, name, proof)
        for _ in range(times if program else 0):
            for verdict in bench.judge(program, exercise.checks):
                if not verdict.passed:
                    proof.add(f"{name} fails {verdict.check.id} ({verdict.status}): {verdict.observed}")


def prove_handouts(bench: Bench, exercise: Exercise, proof: Proof) -> None:
    """Each handout compiles, fails all of its checks for what is missing, and holds no text of the solution."""
    for cut in CUTS:
        files = exercise.handout(cut)
        program = bench.build(exercise, files, f"the handout {cut}", proof)
        for verdict in bench.judge(program, exercise.checks_of(cut)) if program else ():
            if verdict.status != checks.MISSING:
                proof.add(f"the handout {cut} does not fail {verdict.check.id} for what is missing: it "
                          f"{verdict.status} {verdict.observed}")
        for file, text in files.items():
            for line in solution_in(exercise.reference()[file], text):
                proof.add(f"the handout {cut} holds text of the solution, {file}: {line}")


def tells(line: str) -> bool:
    """Whether a line says enough to be a part of somebody's solution."""
    return len(re.sub(r"\W", "", line)) >= TRIVIAL and not FRAME.fullmatch(line)


def solution_in(reference: str, handout: str) -> list[str]:
    """Two lines in a row that were cut out of the reference and yet stand in the handout. One alone proves nothing: the
    functions beside the cut begin with the same look-up, or end with the same call."""
    def pairs(text: str) -> list[tuple[str, str]]:
        lines = [line.strip() for line in text.splitlines()]
        return [pair for pair in zip(lines, lines[1:]) if all(map(tells, pair))]
    before, kept = pairs(reference), pairs(handout)
    return sorted(" ".join(pair) for pair in set(kept) if before.count(pair) > kept.count(pair))


def prove_wrong(bench: Bench, exercise: Exercise, fault: Change, proof: Proof, how: How) -> None:
    """A wrong submission fails the check that names its cause, every time."""
    files = changed(exercise, fault, proof)
    if not files:
        return
    expected = next((check for check in exercise.checks if check.id == fault.check), None)
    if expected is None:
        proof.add(f"fault {fault.id} expects {fault.check}, which is no check")
        return
    wanted = exercise.checks if how.whole else [one for one in exercise.checks if one.id in expected.after] + [expected]
    program = bench.build(exercise, files, f"fault {fault.id}", proof)
    for _ in range(how.times if program else 0):
        verdicts = bench.judge(program, wanted)
        failed = {one.check.id for one in verdicts if one.status in (checks.FAILED, checks.STUCK, checks.CRASHED)}
        if fault.check not in failed:
            instead = ", ".join(sorted(failed)) or "nothing"
            proof.add(f"fault {fault.id} is not caught by {fault.check}; failing: {instead}")
        proof.others.append(len(failed - {fault.check}))


def changed(exercise: Exercise, change: Change, proof: Proof) -> dict[str, str]:
    try:
        return change.apply(exercise.reference())
    except (BadEdit, KeyError) as wrong:
        proof.add(str(wrong) if isinstance(wrong, BadEdit) else f"{change.id}: {wrong} is no file of the exercise")
        return {}


def prove(root: Path, exercise: Exercise, wanted: Sequence[str], how: How) -> Proof:
    """Everything, or the faults that are named."""
    proof = Proof()
    faults = [fault for fault in exercise.faults() if not wanted or fault.id in wanted]
    with tempfile.TemporaryDirectory(prefix="catalogue-") as name, ThreadPoolExecutor(how.jobs) as several:
        tree, folder = linking.Tree(root), Path(name)
        if not wanted:
            bench = Bench(tree, folder / "right", how.jobs)
            prove_right(bench, exercise, proof, how.times)
            prove_handouts(bench, exercise, proof)
        list(several.map(lambda one: prove_in(Bench(tree, folder / one.id, 1), exercise, one, proof, how), faults))
    if not wanted:
        prove_complete(exercise, proof)
    if proof.others and statistics.median(proof.others) > 1:
        proof.add(f"the median of other failing checks is {statistics.median(proof.others)}, more than 1")
    return proof


def prove_in(bench: Bench, exercise: Exercise, fault: Change, proof: Proof, how: How) -> None:
    """One fault, in a folder of its own that goes with it: each holds a program of ten megabytes."""
    prove_wrong(bench, exercise, fault, proof, how)
    shutil.rmtree(bench.folder, ignore_errors=True)


def prove_complete(exercise: Exercise, proof: Proof) -> None:
    faults, variants = exercise.faults(), exercise.variants()
    if len(faults) < 10:
        proof.add(f"the catalogue has {len(faults)} faults, fewer than ten")
    if len(variants) < 3:
        proof.add(f"there are {len(variants)} variants, fewer than three")
    for id in sorted({check.id for check in exercise.checks} - {fault.check for fault in faults}):
        proof.add(f"no fault shows that {id} can fail")
