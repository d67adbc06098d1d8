"""A repository of one tiny stage that is really compiled: what tests of the student's commands share."""
import contextlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

from context import WithFolder

from workshop import build, packages
from workshop.cli import main
from workshop.machine import Machine

EXERCISE = {
    "goal": "Two numbers.",
    "cuts": {"workshop": {"one.cpp": ["one"]}, "assignment": {"one.cpp": ["one"], "two.cpp": ["two"]}},
    "checks": [{"id": f"02-{name}", "cut": cut, "test": name, "points": 50, "cause": f"{name} is not {name}.",
                "promised": f"{name} is {name}", "where": f"{name}.cpp:{name}", "hints": ["q?", "c(2)", "near", "outline"]}
               for name, cut in (("one", "workshop"), ("two", "assignment"))]}
# Stands for Catch2: kit_02 NAME -r xml -o FILE.
MAIN = r"""
#include <cstdio>
#include <cstring>
#include <exception>
int one(); int two();
int main(int, char** argv) {
    int (*f)() = std::strcmp(argv[1], "one") == 0 ? one : two;
    const int wanted = f == one ? 1 : 2;
    int found = 0;
    try { found = f(); } catch (const std::exception& error) { std::puts(error.what()); }
    std::FILE* file = std::fopen(argv[5], "w");
    std::fprintf(file, "<Catch><TestCase name='%s'>", argv[1]);
    if (found != wanted)
        std::fprintf(file, "<Expression success='false'><Original>%s()</Original><Expanded>%d</Expanded></Expression>",
                     argv[1], found);
    else
        std::fputs("<OverallResult success=\"true\"/>", file);
    std::fprintf(file, "</TestCase></Catch>");
    return found == wanted ? 0 : 1;
}
"""
NINJA = """
rule cxx
  command = c++ -I{root} -MD -MF $out.d -o $out -c $in
rule ar
  command = : && rm -f $out && ar qc $out $in && ranlib $out && :
rule link
  command = : && c++ $objects -o $out $libraries && :
build one.o: cxx {root}/02-x/one.cpp
build two.o: cxx {root}/02-x/two.cpp
build main.o: cxx {root}/main.cpp
build support.o: cxx {root}/exercises/kit/not_implemented.cpp
build libx.a: ar one.o two.o
build libkit_support.a: ar support.o
build kit/kit_{number}: link | main.o libx.a libkit_support.a
  objects = main.o
  libraries = libx.a libkit_support.a
build kit_{number}: phony kit/kit_{number}
"""


class WithStage(WithFolder):
    """One repository for all tests of a class, copied for each: what is compiled once stays compiled."""

    model: Path

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(prefix="tools-test-")
        cls.addClassCleanup(folder.cleanup)
        cls.model = Path(folder.name).resolve()
        files = {"02-x/CMakeLists.txt": "add_stage(x SOURCES one.cpp PROGRAMS p)\n", "main.cpp": MAIN,
                 "05-y/CMakeLists.txt": "add_stage(y SOURCES y.cpp)\n",
                 "02-x/one.hpp": "int one();\n", "02-x/two.hpp": "int two();\n",
                 "02-x/one.cpp": '#include "02-x/one.hpp"\n\n// The first.\nint one() {\n    return 1;  // the solution\n}\n',
                 "02-x/two.cpp": '#include "02-x/two.hpp"\n\nint two() {\n    return 2;\n}\n',
                 "exercises/02/exercise.json": json.dumps(EXERCISE),
                 "exercises/02/explain/02-one.md": "# One\n\nIt is **one**.\n", "exercises/02/explain/02-two.md": "# Two\n",
                 "exercises/kit/not_implemented.hpp": "namespace kit { [[noreturn]] void not_implemented(const char*); }\n",
                 "exercises/kit/not_implemented.cpp":
                     '#include <stdexcept>\n#include <string>\nnamespace kit { [[noreturn]] void not_implemented(const char* f) '
                     '{ throw std::logic_error(std::string("not implemented: ") + f); } }\n',
                 "build/kit/build.ninja": NINJA.format(root=cls.model, number="02")}
        for name, text in files.items():
            (cls.model / name).parent.mkdir(parents=True, exist_ok=True)
            (cls.model / name).write_text(text)
        subprocess.run(["ninja", "-C", str(cls.model / "build/kit"), "kit_02"], stdout=subprocess.DEVNULL, check=True)

    def setUp(self) -> None:
        super().setUp()
        self.root = self.model
        shutil.rmtree(self.root / "work", ignore_errors=True)
        for patch in (mock.patch.object(packages, "ensure"), mock.patch.object(build, "build")):
            patch.start()
            self.addCleanup(patch.stop)

    def call(self, words: str, given: str = "") -> "tuple[int, str]":
        """(exit code, everything that was said)."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), \
                mock.patch.object(sys, "stdin", io.StringIO(given)):
            code = main(words.split(), Machine(has_terminal=False), self.root)
        return code, out.getvalue()

    def says(self, words: str, code: int, *said: str, given: str = "") -> str:
        got, text = self.call(words, given)
        self.assertEqual(got, code, text)
        for each in said:
            self.assertIn(each, text)
        return text

    def solve(self, name: str, text: str = "") -> None:
        (self.root / "work/02" / name).write_text(text or (self.root / "02-x" / name).read_text())
