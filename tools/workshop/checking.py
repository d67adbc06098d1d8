"""`./workshop check` and `watch`: links the student's files, runs the checks and names the first fault."""
from __future__ import annotations

import fcntl
import re
import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Sequence

from kit import checks, crash, linking, symbols, telling
from kit.exercise import Check, Exercise, numbers

from . import build, packages
from .exercises import options
from .machine import Machine, available_cpus
from .problem import GREEN, WORK_FAILS, EnvironmentProblem, Problem, UsageProblem
from .suggest import did_you_mean
from .work import Work, chosen

POLL = 0.3  # seconds between two looks at the files: nobody feels it, and it costs nothing
MOST_PRINTED = 10  # lines
ID = re.compile(r"(\d\d)-[a-z][\w-]*")


def split_id(words: Sequence[str], root: Path) -> "tuple[list[str], str]":
    """The words without the check's id, and that id; its number stands for the stage if no other word does."""
    ids = [word for word in words if ID.fullmatch(word) and not list(root.glob(word))]
    if not ids:
        return list(words[:1]), words[1] if len(words) > 1 else ""
    rest = [word for word in words if word not in ids]
    return rest or [ids[0][:2]], ids[0]


def picked(exercise: Exercise, cut: str, id: str) -> "list[Check]":
    """All checks of the cut, or the one that is asked for."""
    there = exercise.checks_of(cut)
    if not id:
        return there
    found = [check for check in there if check.id == id]
    if not found:
        ids = [check.id for check in there]
        near = did_you_mean(id, ids)
        raise UsageProblem(f'stage {exercise.number} has no check "{id}"{near}; it has: {", ".join(ids)}')
    return found


def check(words: Sequence[str], machine: Machine, root: Path) -> int:
    plain, _ = options(words, (), 2, "check")
    stage, id = split_id(plain, root)
    work = Work(root)
    exercise = chosen(work, stage, "check")
    wanted = picked(exercise, work.cut(exercise.number), id)
    prepare(machine, root, exercise)
    return judge(Work(root), exercise, wanted)  # read anew: minutes may have passed, and another command have saved


def prepare(machine: Machine, root: Path, exercise: Exercise) -> None:
    """The tree of the reference, built: minutes once, nothing from then on."""
    packages.ensure(machine)
    build.build(root, [f"kit_{exercise.number}"], f"what stage {exercise.number} is checked with", preset="kit")


def judge(work: Work, exercise: Exercise, wanted: "list[Check]") -> int:
    parts = work.parts(exercise)
    program = linked(work, exercise, parts)
    if program is None:
        return WORK_FAILS
    verdicts = checks.judge_all(program, wanted, max(2, min(4, available_cpus())))
    first = telling.first_fault(verdicts)
    verdicts = [located(one, program, work, exercise) if one is first else one for one in verdicts]
    remember(work, exercise, verdicts)
    report(work, exercise, verdicts, parts)
    if len(wanted) == 1:
        for line in looking_closer(verdicts[0], program.relative_to(work.root)):
            print(line)
    return GREEN if all(one.passed for one in verdicts) else WORK_FAILS


def looking_closer(verdict: checks.Verdict, program: Path) -> "list[str]":
    """For a check that was asked for alone: what the student's own code printed, and how to debug it."""
    lines = verdict.output.splitlines()
    found = [f"  printed   {line}" for line in lines[-MOST_PRINTED:]]
    if len(lines) > MOST_PRINTED:
        found.insert(0, f"  printed   ... {len(lines) - MOST_PRINTED} lines before these")
    if verdict.status not in (checks.PASSED, checks.MISSING):
        found.append(f"  debug     gdb --args {program} {shlex.quote(checks.escaped(verdict.check.test))}")
    return found


def located(verdict: checks.Verdict, program: Path, work: Work, exercise: Exercise) -> checks.Verdict:
    """A crash, with the line of the student's where it happened; that line says more than the name of a signal."""
    if verdict.status != checks.CRASHED:
        return verdict
    shown = {str(path.resolve()): work.shown(path) for _, path in work.files(exercise)}
    return replace(verdict, place=crash.place(program, [checks.escaped(verdict.check.test)], shown))


def linked(work: Work, exercise: Exercise, parts: Sequence[linking.Part]) -> "Path | None":
    """The program with the student's files; None if it cannot be made, which has then been said."""
    tree = linking.Tree(work.root)
    folder = tree.path / "mine" / exercise.number
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a watch in another terminal makes the same files
        try:
            return linking.build_parts(tree, exercise.number, parts, folder, exercise.programs, build.jobs())
        except linking.DoesNotCompile as wrong:
            print("\n".join(not_built(work, exercise, wrong, tree, parts)))
            return None


def not_built(work: Work, exercise: Exercise, wrong: linking.DoesNotCompile, tree: linking.Tree,
              parts: Sequence[linking.Part]) -> "list[str]":
    """The compiler's or linker's words, at most twelve lines, and what to do."""
    part = next((one for one in parts if str(one.source) == wrong.file), None)
    if part is None:
        gone = symbols.gone(tree, f"kit_{exercise.number}", parts)
        return telling.linker(wrong.words, [name for name in gone if name.partition(": ")[2] in wrong.words])
    shown = work.shown(part.source)
    lines = telling.compiler(wrong.words, work.root, shown)
    number = part.source.relative_to(work.root / "work").parts[0]
    if number != exercise.number:
        lines.append(f"Your stage {number} does not compile; until it does: ./workshop use {number} reference")
    else:
        lines.append(f"{shown} does not compile yet: mend this first error, then ./workshop check")
    return lines


def remember(work: Work, exercise: Exercise, verdicts: "list[checks.Verdict]") -> None:
    """What hint, use and the next check want to know."""
    remembered: dict[str, Any] = work.of(exercise.number)
    first = telling.first_fault(verdicts)
    remembered["fault"] = first.check.id if first else ""
    statuses = remembered.setdefault("statuses", {})
    statuses.update({one.check.id: one.status for one in verdicts})
    due = [one.id for one in exercise.checks_of(work.cut(exercise.number)) if not one.extension]
    remembered["passed"] = all(statuses.get(id) == checks.PASSED for id in due)
    work.state["last"] = exercise.number
    work.save()


def report(work: Work, exercise: Exercise, verdicts: "list[checks.Verdict]", parts: Sequence[linking.Part]) -> None:
    sources = {file: (path, work.shown(path)) for file, path in work.files(exercise)}
    first = telling.first_fault(verdicts)
    if first and first.status != checks.MISSING:
        print("\n".join(telling.fault(first, telling.place(first.check, sources))) + "\n")
        print("".join(f"{line}\n\n" for line in warnings(work, parts)), end="")
    for one in verdicts:
        if one is not first and one.status != checks.MISSING:
            print(telling.brief(one))
    for line in telling.to_do(verdicts):
        print(line)
    for file, (path, shown) in sources.items():
        missing = telling.still_missing(path.read_text(errors="replace"))
        if missing:
            print(f"still to be written in {shown}: {telling.listed(missing)}")
    others = [number for number in numbers(work.root) if number < exercise.number and work.mine(number)]
    if others and first:
        print(f"linked with your own stage {', '.join(others)}, too; if the fault may lie there: "
              f"./workshop use {others[-1]} reference")
    print(f"stage {exercise.number}: {telling.points(verdicts)}{after(work, exercise, first, len(verdicts))}")


def warnings(work: Work, parts: Sequence[linking.Part]) -> "list[str]":
    """The first one of each file: often the fault itself, such as an awaitable that nobody awaits."""
    told = [telling.warning(part.words.read_text(), part.source, work.shown(part.source))
            for part in parts if part.words.is_file()]
    return [line for line in told if line]


def after(work: Work, exercise: Exercise, first: "checks.Verdict | None", count: int) -> str:
    """The next step, if it does not stand with the fault."""
    if first:
        return f"; next: ./workshop hint {first.check.id}" if first.status == checks.MISSING else ""
    if not work.of(exercise.number).get("passed"):
        return f"; next: ./workshop check {exercise.number}, all of them"
    later = any(number > exercise.number for number in numbers(work.root))
    if later and not work.mine(exercise.number):
        return f", all there is; next: ./workshop use {exercise.number} mine, so that later stages build on it"
    return ", all there is"


def watch(words: Sequence[str], machine: Machine, root: Path) -> int:
    plain, _ = options(words, (), 1, "watch")
    work = Work(root)
    exercise = chosen(work, plain, "watch")
    prepare(machine, root, exercise)
    seen: object = None
    try:
        while True:
            now = [(str(path), stamp(path)) for _, path in work.files(exercise)]
            if now != seen:
                seen = now
                once(root, exercise)
            pause()
    except KeyboardInterrupt:
        print()
        return GREEN


def pause() -> None:
    time.sleep(POLL)


def once(root: Path, exercise: Exercise) -> None:
    """One check within watch: whatever goes wrong, the next save is looked at."""
    if sys.stdout.isatty():
        print("\x1b[H\x1b[2J", end="")
    try:
        work = Work(root)
        judge(work, exercise, exercise.checks_of(work.cut(exercise.number)))
    except EnvironmentProblem:
        raise
    except Problem as problem:
        print(f"workshop: {problem}", file=sys.stderr)
    print(f"-- {time.strftime('%H:%M:%S')}, waiting for you to save a file in work/{exercise.number}/; Ctrl-C ends",
          flush=True)


def stamp(path: Path) -> "tuple[int, int]":
    """Changes with every save; an editor that replaces the file is seen, too."""
    try:
        found = path.stat()
        return found.st_mtime_ns, found.st_ino
    except OSError:  # being replaced at this very moment
        return 0, 0
