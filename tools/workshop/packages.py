"""From a missing requirement to a package: installed with apt where there is apt, named elsewhere."""
from __future__ import annotations

import shlex
import subprocess
import sys
from typing import Sequence

from .machine import Machine
from .problem import EnvironmentProblem
from .requirements import Requirement, missing, version_in

# What each requirement's package is called; Debian's Boost is decided in debian_packages().
NAMES = {
    "debian": {"compiler": "g++", "cmake": "cmake", "ninja": "ninja-build", "json": "nlohmann-json3-dev",
               "lmdb": "liblmdb-dev", "catch2": "catch2", "node": "nodejs", "curl": "curl", "siege": "siege",
               "ps": "procps",
               "nginx": "nginx-light", "redis": "redis-server", "sqlite": "libsqlite3-dev", "wrk": "wrk",
               "ab": "apache2-utils", "benchmark": "libbenchmark-dev", "pkg-config": "pkg-config", "gnuplot": "gnuplot-nox"},
    "fedora": {"compiler": "gcc-c++", "cmake": "cmake", "ninja": "ninja-build", "boost": "boost-devel",
               "program_options": "boost-devel", "json": "json-devel", "lmdb": "lmdb-devel",
               "catch2": "catch-devel",
               "node": "nodejs", "curl": "curl", "siege": "siege",
               "ps": "procps-ng",
               "nginx": "nginx", "redis": "redis", "sqlite": "sqlite-devel", "wrk": "wrk", "ab": "httpd-tools",
               "benchmark": "google-benchmark-devel", "pkg-config": "pkgconf", "gnuplot": "gnuplot"},
    "arch": {"compiler": "gcc", "cmake": "cmake", "ninja": "ninja", "boost": "boost", "program_options": "boost",
             "json": "nlohmann-json", "lmdb": "lmdb", "catch2": "catch2", "node": "nodejs", "curl": "curl", "siege": "siege",
               "ps": "procps-ng",
               "nginx": "nginx", "redis": "redis", "sqlite": "sqlite", "wrk": "wrk", "ab": "apache",
               "benchmark": "benchmark", "pkg-config": "pkgconf", "gnuplot": "gnuplot"},
    "alpine": {"compiler": "g++", "cmake": "cmake", "ninja": "ninja", "boost": "boost-dev",
               "program_options": "boost-dev", "json": "nlohmann-json", "lmdb": "lmdb-dev",
               "catch2": "catch2-3", "node": "nodejs",
               "curl": "curl", "siege": "siege",
               "ps": "procps",
               "nginx": "nginx", "redis": "redis", "sqlite": "sqlite-dev", "wrk": "wrk",
               "ab": "apache2-utils", "benchmark": "benchmark-dev", "pkg-config": "pkgconf", "gnuplot": "gnuplot"},
    "suse": {"compiler": "gcc-c++", "cmake": "cmake", "ninja": "ninja", "boost": "libboost_headers-devel",
             "program_options": "libboost_program_options-devel", "json": "nlohmann_json-devel", "lmdb": "lmdb-devel",
             "catch2": "Catch2-devel", "node": "nodejs", "curl": "curl", "siege": "siege",
               "ps": "procps",
               "nginx": "nginx", "redis": "redis", "sqlite": "sqlite3-devel", "wrk": "wrk",
               "ab": "apache2-utils", "benchmark": "google-benchmark-devel", "pkg-config": "pkgconf", "gnuplot": "gnuplot"},
}
INSTALL = {"debian": "apt-get install -y", "fedora": "dnf install", "arch": "pacman -S --needed", "alpine": "apk add",
           "suse": "zypper install"}


STDERR = 2  # other programs' talk goes there too: stdout is the work's own


def say(text: str) -> None:
    print(f"workshop: {text}", file=sys.stderr, flush=True)


def boost_suffix(machine: Machine) -> str:
    """"" when the distribution's own Boost is new enough, else "1.81": Debian 12 carries 1.74 and, beside it, 1.81."""
    policy = machine.output_of(["apt-cache", "policy", "libboost-dev"]) or ""
    candidate = version_in(policy, r"Candidate: (\d+\.\d+)")
    if candidate:
        return "" if candidate >= (1, 81) else "1.81"
    release = machine.os_release()  # no package lists yet
    return "1.81" if (release.get("ID"), release.get("VERSION_ID")) == ("debian", "12") else ""


def package_names(machine: Machine, requirements: Sequence[Requirement]) -> list[str]:
    names = dict(NAMES.get(machine.family(), {}))
    if machine.family() == "debian":
        suffix = boost_suffix(machine)
        names["boost"] = f"libboost{suffix}-dev"
        names["program_options"] = f"libboost-program-options{suffix}-dev"
    ordered = [names.get(requirement.name, requirement.name) for requirement in requirements]
    return list(dict.fromkeys(ordered))


def remedy(machine: Machine, requirements: Sequence[Requirement]) -> str:
    """The command that brings `requirements`, as a person would type it."""
    packages = " ".join(package_names(machine, requirements))
    install = INSTALL.get(machine.family())
    if not install:
        return f"install with your package manager: {packages}"
    return f"{'' if machine.is_root else 'sudo '}{install} {packages}"


def ensure(machine: Machine, with_optional: bool = False, more: Sequence[Requirement] = ()) -> None:
    """Returns when every requirement is there, installing what is missing if this machine has apt."""
    lacking = missing(machine, with_optional, more)
    if not lacking:
        return
    say("missing: " + ", ".join(f"{one.name} ({one.wanted})" for one in lacking))
    if machine.family() != "debian" or not machine.which("apt-get"):
        raise EnvironmentProblem(f"this is not a system with apt; {remedy(machine, lacking)}")
    prefix = root_prefix(machine, lacking)
    say("installing packages first (a minute or two): apt-get update; " + remedy(machine, lacking))
    if not apt(machine, prefix, ["update"]):
        say("apt-get update failed; trying with the package lists at hand")
    # --no-remove: rather fail than take a package away that somebody uses (another Boost, say).
    wanted = package_names(machine, lacking)
    installed = apt(machine, prefix, ["install", "-y", "--no-install-recommends", "--no-remove", *wanted])
    still = missing(machine, with_optional, more)
    required = [one for one in still if not one.optional]
    if required:
        what = ", ".join(f"{one.name} ({one.wanted})" for one in required)
        cause = "this release may have only older ones: Debian 12, Ubuntu 24.04 or newer have what is needed" \
            if installed else "apt-get's message stands above"
        raise EnvironmentProblem(f"still missing after apt-get: {what}; {cause}")


def root_prefix(machine: Machine, lacking: Sequence[Requirement]) -> list[str]:
    """How to become root: not at all, through sudo, or (nobody could type a password) a problem with the command."""
    if machine.is_root:
        return []
    command = remedy(machine, lacking)
    if not machine.which("sudo"):
        raise EnvironmentProblem(f"neither root nor sudo here; as root, run: {command.removeprefix('sudo ')}")
    if not machine.has_terminal and machine.output_of(["sudo", "-n", "true"]) is None:
        raise EnvironmentProblem(f"sudo wants a password and there is no terminal to type it; run: {command}")
    say("installing takes root, so sudo is used and may ask for your password")
    return ["sudo"]


def apt(machine: Machine, prefix: Sequence[str], arguments: Sequence[str]) -> bool:
    command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", *arguments]
    try:
        done = subprocess.run(command, env=dict(machine.environment), stdout=STDERR, check=False,
                              stdin=None if machine.has_terminal else subprocess.DEVNULL)
    except OSError as error:
        raise EnvironmentProblem(f"cannot run {shlex.join(command)}: {error.strerror}") from error
    return done.returncode == 0
