"""What the workshop stands on, and how to see whether it is there.

Each need is probed for itself (a header, a program), never by asking whether some package is installed: a Boost that
somebody built under /opt and named in CMAKE_PREFIX_PATH is as good as a packaged one.
"""
from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Sequence

from .machine import Machine

Version = tuple  # of int


@dataclass(frozen=True)
class Found:
    """The answer of a probe: where or which version, and whether that is good enough."""

    text: str
    good: bool


@dataclass(frozen=True)
class Requirement:
    """One thing the workshop needs; `optional` ones make tests skip instead of stopping the work."""

    name: str
    wanted: str
    why: str
    probe: Callable[[Machine], "Found | None"]
    optional: bool = False


def version_in(text: str | None, pattern: str = r"(\d+(?:\.\d+)+)") -> Version | None:
    found = re.search(pattern, text or "")
    return tuple(int(part) for part in found[1].split(".")) if found else None


def compare(version: Version | None, least: Version) -> Found | None:
    if version is None:
        return None
    return Found(".".join(map(str, version)), version >= least)


def compiler(machine: Machine) -> str | None:
    """The compiler CMake would take: $CXX, else c++, g++, clang++."""
    for name in (machine.environment.get("CXX") or "", "c++", "g++", "clang++"):
        path = machine.which(name) if name else None
        if path:
            return path
    return None


def probe_compiler(machine: Machine) -> Found | None:
    path = compiler(machine)
    macros = path and machine.output_of([path, "-dM", "-E", "-x", "c++", "/dev/null"])
    if not macros:
        return None
    for kind, macro, least in (("clang", "__clang_major__", 14), ("g++", "__GNUC__", 12)):
        found = re.search(rf"#define {macro} (\d+)", macros)
        if found:
            return Found(f"{kind} {found[1]} ({path})", int(found[1]) >= least)
    return None


def probe_program(program: str, least: Version, flag: str = "--version") -> Callable[[Machine], "Found | None"]:
    def probe(machine: Machine) -> Found | None:
        path = machine.which(program)
        return compare(version_in(machine.output_of([path, flag])), least) if path else None

    return probe


def prefixes(machine: Machine) -> list[Path]:
    """Where CMake looks: the places the user named, then the system's."""
    named = []
    for variable in ("CMAKE_PREFIX_PATH", "BOOST_ROOT", "Boost_ROOT", "Catch2_ROOT", "nlohmann_json_ROOT",
                     "LMDB_ROOT"):
        named += [Path(part) for part in machine.environment.get(variable, "").split(":") if part]
    return named + [machine.root / "usr/local", machine.root / "usr"]


def header(machine: Machine, name: str) -> Path | None:
    places = [prefix / "include" / name for prefix in prefixes(machine)]
    return next((place for place in places if place.is_file()), None)


def library(machine: Machine, name: str) -> Path | None:
    for prefix in prefixes(machine):
        for folder in ("lib", "lib64", "lib/*-linux-*"):
            for path in sorted(prefix.glob(f"{folder}/lib{name}.*")):
                return path
    return None


def probe_boost(machine: Machine) -> Found | None:
    path = header(machine, "boost/version.hpp")
    if not path or not header(machine, "boost/beast.hpp"):
        return None
    number = re.search(r"#define BOOST_VERSION (\d+)", path.read_text())
    if not number:
        return None
    packed = int(number[1])
    return compare((packed // 100000, packed // 100 % 1000), (1, 81))


def probe_program_options(machine: Machine) -> Found | None:
    if not header(machine, "boost/program_options.hpp"):
        return None
    path = library(machine, "boost_program_options")
    return Found(str(path), True) if path else None


def probe_lmdb(machine: Machine) -> Found | None:
    path = header(machine, "lmdb.h")
    if not path or not library(machine, "lmdb"):
        return None
    parts = re.findall(r"#define MDB_VERSION_(?:MAJOR|MINOR|PATCH)\s+(\d+)", path.read_text(errors="replace"))
    return compare(tuple(int(part) for part in parts), (0, 9, 20))


def probe_json(machine: Machine) -> Found | None:
    path = header(machine, "nlohmann/json.hpp")
    if not path:
        return None
    # The version macros moved to a header of their own in 3.11.
    for candidate in (path.parent / "detail/abi_macros.hpp", path):
        text = candidate.read_text(errors="replace") if candidate.is_file() else ""
        parts = re.findall(r"#define NLOHMANN_JSON_VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", text)
        if len(parts) >= 3:
            return compare(tuple(int(part) for part in parts[:3]), (3, 9))
    return None


def probe_catch(machine: Machine) -> Found | None:
    for version, name in ((3, "catch2/catch_all.hpp"), (2, "catch2/catch.hpp")):
        path = header(machine, name)
        if path:
            return Found(f"version {version} ({path})", True)
    return None


def probe_exists(program: str) -> Callable[[Machine], "Found | None"]:
    def probe(machine: Machine) -> Found | None:
        path = machine.which(program)
        return Found(path, True) if path else None

    return probe


REQUIREMENTS = (
    Requirement("compiler", "g++ >= 12 or clang++ >= 14", "C++20 with coroutines", probe_compiler),
    Requirement("cmake", ">= 3.25", "configures the build", probe_program("cmake", (3, 25))),
    Requirement("ninja", "any", "runs the build", probe_program("ninja", (1,))),
    Requirement("boost", ">= 1.81", "Asio and Beast", probe_boost),
    Requirement("program_options", "of that Boost", "the programs' flags", probe_program_options),
    Requirement("json", "nlohmann_json >= 3.9", "messages", probe_json),
    Requirement("lmdb", ">= 0.9.20", "the store of stage 07", probe_lmdb),
    Requirement("catch2", "2 or 3", "the tests", probe_catch),
    Requirement("node", ">= 18", "the tests against real Node; without it they are SKIPPED",
                probe_program("node", (18,)), optional=True),
    Requirement("curl", "any", "trying the servers by hand", probe_exists("curl"), optional=True),
    Requirement("siege", "any", "load, as in lesson 03", probe_exists("siege"), optional=True),
    Requirement("ab", "any", "load, as in docs/load-testing.md", probe_exists("ab"), optional=True),
    Requirement("wrk", "any", "load, as in docs/load-testing.md", probe_exists("wrk"), optional=True),
    Requirement("ps", "any", "looking at processes, as in lesson 04", probe_exists("ps"), optional=True),
)


def probe_library(name: str, include: str) -> Callable[[Machine], "Found | None"]:
    def probe(machine: Machine) -> Found | None:
        path = library(machine, name)
        return Found(str(path), True) if path and header(machine, include) else None

    return probe


# What ./workshop bench measures against, and with.
BENCH_REQUIREMENTS = (
    *(replace(one, optional=False) for one in REQUIREMENTS if one.name in ("node", "wrk")),
    Requirement("nginx", "any", "a peer", probe_exists("nginx")),
    Requirement("redis", "any", "a peer", probe_exists("redis-server")),
    Requirement("sqlite", "3", "a peer", probe_library("sqlite3", "sqlite3.h")),
    Requirement("benchmark", "Google Benchmark", "measures pieces in one process",
                probe_library("benchmark", "benchmark/benchmark.h")),
    Requirement("pkg-config", "any", "finds SQLite", probe_exists("pkg-config")),
    Requirement("gnuplot", "any", "draws", probe_exists("gnuplot")),
)


def missing(machine: Machine, with_optional: bool = False,
            more: Sequence[Requirement] = ()) -> list[Requirement]:
    """What is not there, or there too old."""
    result = []
    for requirement in (*REQUIREMENTS, *more):
        if requirement.optional and not with_optional:
            continue
        found = requirement.probe(machine)
        if found is None or not found.good:
            result.append(requirement)
    return result
