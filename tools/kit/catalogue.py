"""Proves that the checks of an exercise are sharp: what is right passes, what is wrong is caught for its own cause."""
from __future__ import annotations

import re
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Mapping

from . import checks, linking
from .edits import BadEdit, Change
from .exercise import CUTS, Exercise

TRIVIAL = 12  # a line with fewer letters than this is nobody's solution


@dataclass
class Proof:
    """What was found out; `complaints` is empty when all holds."""

    complaints: list[str] = field(default_factory=list)
    others: list[int] = field(default_factory=list)  # for each fault: how many checks failed besides the expected one

    def add(self, sentence: str) -> None:
        self.complaints.append(sentence)


@dataclass(frozen=True)
class Bench:
    """Where exercises are built and judged."""

    tree: linking.Tree
    folder: Path
    jobs: int = 2

    def judge(self, exercise: Exercise, files: Mapping[str, str], cut: str = "assignment") -> list[checks.Verdict]:
        texts = {exercise.stage / file: text for file, text in files.items()}
        program = linking.build(self.tree, exercise.number, texts, self.folder, self.jobs,
                                exercise.programs)
        return checks.judge_all(program, exercise.checks_of(cut), self.jobs)


def prove_right(bench: Bench, exercise: Exercise, proof: Proof, times: int = 1) -> None:
    """The reference and every variant pass every check, each time."""
    right: dict[str, dict[str, str]] = {"the reference": {}}
    for variant in exercise.variants():
        right[f"variant {variant.id}"] = changed(exercise, variant, proof)
    for name, files in right.items():
        for _ in range(times):
            for verdict in judged(bench, exercise, files, name, proof):
                if not verdict.passed:
                    proof.add(f"{name} fails {verdict.check.id} ({verdict.status}): {verdict.observed}")


def prove_handouts(bench: Bench, exercise: Exercise, proof: Proof) -> None:
    """Each handout compiles, fails all of its checks for what is missing, and holds no text of the solution."""
    for cut in CUTS:
        files = exercise.handout(cut)
        for verdict in judged(bench, exercise, files, f"the handout {cut}", proof, cut):
            if verdict.status != checks.MISSING:
                proof.add(f"the handout {cut} does not fail {verdict.check.id} for what is missing: it "
                          f"{verdict.status} {verdict.observed}")
        for file, text in files.items():
            for line in solution_in(exercise.reference()[file], text):
                proof.add(f"the handout {cut} holds text of the solution, {file}: {line}")


def solution_in(reference: str, handout: str) -> list[str]:
    """The passages that were cut out of the reference and yet stand in the handout: two lines in a row, since a single
    one, such as a loop's head, may stand in any function."""
    def passages(text: str) -> list[str]:
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return [f"{one} {other}" for one, other in zip(lines, lines[1:])
                if min(len(re.sub(r"\W", "", line)) for line in (one, other)) >= TRIVIAL]
    before, kept = passages(reference), passages(handout)
    return sorted(one for one in set(kept) if before.count(one) > kept.count(one))


def prove_wrong(bench: Bench, exercise: Exercise, fault: Change, proof: Proof, times: int = 1) -> None:
    """A wrong submission fails the check that names its cause, every time."""
    files = changed(exercise, fault, proof)
    if not files:
        return
    if fault.check not in {check.id for check in exercise.checks}:
        proof.add(f"fault {fault.id} expects {fault.check}, which is no check")
        return
    for _ in range(times):
        verdicts = judged(bench, exercise, files, f"fault {fault.id}", proof)
        failed = {one.check.id: one for one in verdicts if one.status in (checks.FAILED, checks.STUCK, checks.CRASHED)}
        if verdicts and fault.check not in failed:
            proof.add(f"fault {fault.id} is not caught by {fault.check}; failing: {', '.join(failed) or 'nothing'}")
        proof.others.append(len(set(failed) - {fault.check}))


def changed(exercise: Exercise, change: Change, proof: Proof) -> dict[str, str]:
    try:
        return change.apply(exercise.reference())
    except (BadEdit, KeyError) as wrong:
        proof.add(str(wrong) if isinstance(wrong, BadEdit) else f"{change.id}: {wrong} is no file of the exercise")
        return {}


def judged(bench: Bench, exercise: Exercise, files: Mapping[str, str], name: str, proof: Proof,
           cut: str = "assignment") -> list[checks.Verdict]:
    try:
        return bench.judge(exercise, files, cut)
    except linking.DoesNotCompile as wrong:
        proof.add(f"{name}: {wrong}\n{wrong.words}")
        return []


def prove(root: Path, exercise: Exercise, times: int, wanted: list[str], jobs: int) -> Proof:
    """Everything, or the faults that are named."""
    proof = Proof()
    faults = [fault for fault in exercise.faults() if not wanted or fault.id in wanted]
    with tempfile.TemporaryDirectory(prefix="catalogue-") as name:
        bench = Bench(linking.Tree(root), Path(name), jobs)
        if not wanted:
            prove_right(bench, exercise, proof, times)
            prove_handouts(bench, exercise, proof)
        for fault in faults:
            prove_wrong(bench, exercise, fault, proof, times)
    if not wanted and len(faults) < 10:
        proof.add(f"the catalogue has {len(faults)} faults, fewer than ten")
    if not wanted and len(exercise.variants()) < 3:
        proof.add(f"there are {len(exercise.variants())} variants, fewer than three")
    uncaught = {check.id for check in exercise.checks} - {fault.check for fault in exercise.faults()}
    if not wanted:
        for id in sorted(uncaught):
            proof.add(f"no fault shows that {id} can fail")
    if proof.others and statistics.median(proof.others) > 1:
        proof.add(f"the median of other failing checks is {statistics.median(proof.others)}, more than 1")
    return proof
