"""`./workshop doctor`: looks at the machine, item by item, and names the remedy of what is missing."""
from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from .build import belongs_elsewhere
from .machine import Machine, available_cpus, available_memory_gib
from .packages import ensure, remedy, say
from .problem import ENVIRONMENT, GREEN, EnvironmentProblem
from .requirements import REQUIREMENTS, version_in

KERNEL = (5, 4)  # pidfd_open is of 5.3, waiting on a pidfd with waitid of 5.4
FREE_DISK_GIB = 2
FREE_MEMORY_GIB = 1


def line(verdict: str, name: str, text: str) -> None:
    print(f"  {verdict:<9} {name:<16} {text}")


def examine(machine: Machine, root: Path) -> int:
    """Prints the table; ENVIRONMENT if something required is missing."""
    sick = False
    for requirement in REQUIREMENTS:
        found = requirement.probe(machine)
        if found and found.good:
            line("ok", requirement.name, found.text)
            continue
        sick = sick or not requirement.optional
        have = f"{found.text} is too old; " if found else ""
        line("optional" if requirement.optional else "MISSING", requirement.name,
             f"{have}wanted {requirement.wanted}: {requirement.why}")
        line("", "", f"-> {remedy(machine, [requirement])}")
    sick = not kernel_is_new_enough() or sick
    resources(root)
    other = belongs_elsewhere(root)
    if other:
        line("note", "build/dev", f"was made for {other}; the next run or test starts it afresh")
    print("\nSomething is missing; ./workshop doctor --fix installs it where there is apt." if sick
          else "\nEverything that is needed is here.")
    return ENVIRONMENT if sick else GREEN


def kernel_is_new_enough() -> bool:
    version = version_in(platform.release()) or (0,)
    good = platform.system() == "Linux" and version >= KERNEL
    line("ok" if good else "MISSING", "kernel", f"{platform.system()} {platform.release()}"
         + ("" if good else "; wanted Linux >= 5.4: processes are watched through pidfds"))
    return good


def resources(root: Path) -> None:
    line("ok", "cpus", f"{available_cpus()} of {os.cpu_count()}")
    memory = available_memory_gib()
    if memory is not None:
        line("ok" if memory >= FREE_MEMORY_GIB else "low", "free memory",
             f"{memory:.1f} GiB (a compiler takes up to 1 GiB)")
    disk = shutil.disk_usage(root).free / 1024**3
    line("ok" if disk >= FREE_DISK_GIB else "low", "free disk", f"{disk:.1f} GiB (a build tree takes under 1 GiB)")


def doctor(machine: Machine, root: Path, fix: bool) -> int:
    if fix:
        try:
            ensure(machine, with_optional=True)
        except EnvironmentProblem as problem:  # what could not be had shows in the table
            say(str(problem))
    return examine(machine, root)
