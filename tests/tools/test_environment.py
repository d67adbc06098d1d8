"""What is missing is found, named in the words of the system at hand, and installed where there is apt."""
import contextlib
import io
import os
import unittest

from context import WithFolder

from workshop import packages
from workshop.cli import main
from workshop.machine import Machine
from workshop.problem import EnvironmentProblem
from workshop.requirements import REQUIREMENTS, missing, probe_boost, probe_program_options

DEBIAN_12 = 'ID=debian\nVERSION_ID="12"\n'
RELEASES = {
    "debian": DEBIAN_12, "fedora": "ID=fedora\n", "arch": "ID=arch\n", "alpine": "ID=alpine\n",
    "suse": 'ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n',
}


class FakeMachine(WithFolder):
    """A machine whose every file and program is in the temp folder."""

    def machine(self, release: str = DEBIAN_12, is_root: bool = True, has_terminal: bool = False) -> Machine:
        self.write("root/etc/os-release", release)
        (self.folder / "bin").mkdir(exist_ok=True)
        for tool in ("env", "sh"):  # what the faked tools stand on
            if not (self.folder / "bin" / tool).exists():
                os.symlink(f"/usr/bin/{tool}", self.folder / "bin" / tool)
        return Machine(self.folder / "root", {"PATH": str(self.folder / "bin")}, is_root, has_terminal)

    def tool(self, name: str, script: str) -> None:
        self.write(f"bin/{name}", f"#!/bin/sh\n{script}\n", executable=True)

    def bring_all(self, but: str = "") -> None:
        """Everything that is required, except `but`."""
        tools = {"compiler": ("c++", 'echo "#define __GNUC__ 12"'), "cmake": ("cmake", "echo cmake version 3.25.1"),
                 "ninja": ("ninja", "echo 1.11.1")}
        headers = {
            "boost": {"boost/version.hpp": "#define BOOST_VERSION 108100\n", "boost/beast.hpp": ""},
            "program_options": {"boost/program_options.hpp": ""},
            "json": {"nlohmann/json.hpp": "".join(f"#define NLOHMANN_JSON_VERSION_{part} 3\n"
                                                  for part in ("MAJOR", "MINOR", "PATCH")).replace("MINOR 3", "MINOR 11")},
            "lmdb": {"lmdb.h": "".join(f"#define MDB_VERSION_{part}\t{number}\n"
                                       for part, number in (("MAJOR", 0), ("MINOR", 9), ("PATCH", 24)))},
            "catch2": {"catch2/catch.hpp": ""},
        }
        for name, (tool, script) in tools.items():
            if name != but:
                self.tool(tool, script)
        for name, files in headers.items():
            for path, text in files.items() if name != but else ():
                self.write(f"root/usr/include/{path}", text)
        if but != "program_options":
            self.write("root/usr/lib/x86_64-linux-gnu/libboost_program_options.so", "")
        if but != "lmdb":
            self.write("root/usr/lib/x86_64-linux-gnu/liblmdb.so", "")


class Probes(FakeMachine):
    def test_a_bare_machine_lacks_all_that_is_required(self) -> None:
        required = {one.name for one in REQUIREMENTS if not one.optional}
        self.assertEqual({one.name for one in missing(self.machine())}, required)

    def test_a_machine_with_all_of_it_lacks_nothing(self) -> None:
        self.bring_all()
        self.assertEqual(missing(self.machine()), [])

    def test_each_single_lack_is_found(self) -> None:
        for lack in ("compiler", "cmake", "ninja", "boost", "program_options", "json", "lmdb",
                     "catch2"):
            with self.subTest(lack):
                self.setUp()
                self.bring_all(but=lack)
                self.assertEqual([one.name for one in missing(self.machine())], [lack])

    def test_what_is_too_old_is_missing(self) -> None:
        self.bring_all()
        self.tool("c++", 'echo "#define __GNUC__ 11"')
        self.tool("cmake", "echo cmake version 3.22.1")
        self.write("root/usr/include/boost/version.hpp", "#define BOOST_VERSION 107400\n")
        self.assertEqual([one.name for one in missing(self.machine())], ["compiler", "cmake", "boost"])

    def test_a_boost_elsewhere_is_as_good(self) -> None:
        self.write("opt/include/boost/version.hpp", "#define BOOST_VERSION 108300\n")
        self.write("opt/include/boost/beast.hpp", "")
        self.write("opt/include/boost/program_options.hpp", "")
        self.write("opt/lib/libboost_program_options.a", "")
        for variable in ("BOOST_ROOT", "CMAKE_PREFIX_PATH"):
            machine = Machine(self.folder / "root", {"PATH": "", variable: str(self.folder / "opt")}, True, False)
            self.assertEqual(probe_boost(machine).text, "1.83")
            self.assertTrue(probe_program_options(machine).good)

    def test_a_clang_is_told_from_a_gcc(self) -> None:
        self.bring_all()
        self.tool("c++", 'echo "#define __GNUC__ 4"; echo "#define __clang_major__ 14"')
        self.assertEqual(missing(self.machine()), [])


class Names(FakeMachine):
    def test_every_system_has_a_word_for_everything(self) -> None:
        for family, release in RELEASES.items():
            machine = self.machine(release)
            self.assertEqual(machine.family(), family)
            names = packages.package_names(machine, REQUIREMENTS)
            self.assertGreaterEqual(len(names), len(REQUIREMENTS) - 1, names)

    def test_debian_12_takes_its_newer_boost_and_others_their_own(self) -> None:
        boost = [one for one in REQUIREMENTS if one.name == "boost"]
        self.assertEqual(packages.package_names(self.machine(), boost), ["libboost1.81-dev"])
        trixie = self.machine('ID=debian\nVERSION_ID="13"\n')
        self.assertEqual(packages.package_names(trixie, boost), ["libboost-dev"])
        self.tool("apt-cache", "echo '  Candidate: 1.74.0.3'")
        self.assertEqual(packages.package_names(trixie, boost), ["libboost1.81-dev"])
        self.tool("apt-cache", "echo '  Candidate: 1.83.0.1'")
        self.assertEqual(packages.package_names(self.machine(), boost), ["libboost-dev"])

    def test_systems_without_apt_hear_their_own_command(self) -> None:
        self.bring_all(but="json")
        for family, command in (("fedora", "dnf install json-devel"), ("arch", "pacman -S --needed nlohmann-json"),
                                ("alpine", "apk add nlohmann-json"), ("suse", "zypper install nlohmann_json-devel")):
            with self.assertRaises(EnvironmentProblem) as caught, contextlib.redirect_stderr(io.StringIO()):
                packages.ensure(self.machine(RELEASES[family]))
            self.assertIn(command, str(caught.exception))


class Install(FakeMachine):
    def setUp(self) -> None:
        super().setUp()
        self.bring_all(but="ninja")
        self.log = self.folder / "log"
        self.tool("apt-get", f'echo "apt-get $*" >> {self.log}\ncase "$*" in *install*ninja-build*)\n'
                             f'printf "#!/bin/sh\\necho 1.11.1\\n" > {self.folder}/bin/ninja\n'
                             f"/bin/chmod +x {self.folder}/bin/ninja ;; esac >&2")

    def ensure(self, machine: Machine) -> str:
        with contextlib.redirect_stderr(io.StringIO()) as said:
            packages.ensure(machine)
        return said.getvalue()

    def test_root_installs_after_saying_so(self) -> None:
        said = self.ensure(self.machine())
        self.assertIn("missing: ninja", said)
        self.assertIn("apt-get install -y ninja-build", said)
        self.assertEqual(self.log.read_text().splitlines(),
                         ["apt-get -q update",
                          "apt-get -q install -y --no-install-recommends --no-remove ninja-build"])

    def test_nothing_is_done_when_nothing_is_missing(self) -> None:
        self.tool("ninja", "echo 1.11.1")
        self.assertEqual(self.ensure(self.machine()), "")
        self.assertFalse(self.log.exists())

    def test_sudo_without_a_password_is_used(self) -> None:
        self.tool("sudo", f'echo "sudo $1" >> {self.log}; test "$1" = -n && shift; exec "$@"')
        self.tool("true", "exit 0")
        said = self.ensure(self.machine(is_root=False))
        self.assertIn("sudo apt-get install -y ninja-build", said)
        self.assertIn("sudo env", self.log.read_text())

    def test_sudo_that_would_ask_without_a_terminal_is_exit_code_2(self) -> None:
        self.tool("sudo", "exit 1")
        with self.assertRaises(EnvironmentProblem) as caught:
            self.ensure(self.machine(is_root=False))
        self.assertIn("run: sudo apt-get install -y ninja-build", str(caught.exception))
        self.assertFalse(self.log.exists())

    def test_neither_root_nor_sudo_is_exit_code_2(self) -> None:
        with self.assertRaises(EnvironmentProblem) as caught:
            self.ensure(self.machine(is_root=False, has_terminal=True))
        self.assertIn("as root, run: apt-get install -y ninja-build", str(caught.exception))

    def test_apt_that_fails_is_exit_code_2(self) -> None:
        self.tool("apt-get", "exit 100")
        with self.assertRaises(EnvironmentProblem) as caught:
            self.ensure(self.machine())
        self.assertIn("still missing after apt-get: ninja", str(caught.exception))

    def test_the_verbs_end_with_exit_code_2(self) -> None:
        self.write("repo/01-a/CMakeLists.txt", "add_stage(a PROGRAMS p)\n")
        for words in (["run", "01"], ["test"], ["doctor", "--fix"]):
            with contextlib.redirect_stderr(io.StringIO()) as said, contextlib.redirect_stdout(io.StringIO()):
                code = main(words, self.machine("ID=fedora\n"), self.folder / "repo")
            self.assertEqual((code, "dnf install ninja-build" in said.getvalue()), (2, True), words)

    def test_doctor_names_the_remedy_and_installs_nothing(self) -> None:
        with contextlib.redirect_stdout(io.StringIO()) as said:
            code = main(["doctor"], self.machine(), self.folder)
        self.assertEqual(code, 2)
        self.assertRegex(said.getvalue(), r"MISSING +ninja .*\n.*-> apt-get install -y ninja-build")
        self.assertRegex(said.getvalue(), r"optional +node .*SKIPPED")
        self.assertFalse(self.log.exists())


if __name__ == "__main__":
    unittest.main()
