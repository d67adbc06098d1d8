"""./workshop: its words, exit codes and suggestions, and how it becomes a program."""
import contextlib
import io
import os
import shutil
import signal
import subprocess
import sys
import unittest
from pathlib import Path

from context import REPOSITORY, WithFolder

from workshop.cli import main
from workshop.help import VERBS
from workshop.machine import Machine
from workshop.tests import totals


class WithStages(WithFolder):
    """A repository with two stages, its own copy of the command, and a build tree with scripts for programs."""

    def setUp(self) -> None:
        super().setUp()
        self.write("01-spawn-exec/CMakeLists.txt", "add_stage(spawn_exec\n  SOURCES a.cpp\n  PROGRAMS exec_demo random_ports)\n")
        self.write("01-spawn-exec/README.md", "# 01 · Spawn\n> You can start\n> programs.\n\n## Run it\n")
        self.write("03-handle-passing/CMakeLists.txt",
                   "add_stage(handle_passing\n  PROGRAMS share_udp  # share_tcp\n  USES spawn_exec)\n")
        self.write("tree/03-handle-passing/share_udp", '#!/bin/sh\necho "udp $* in $PWD"; exit 7\n', executable=True)
        self.write("tree/01-spawn-exec/random_ports", "#!/bin/sh\nkill -PIPE $$; echo SIGPIPE is ignored\n",
                   executable=True)
        (self.folder / "workshop").write_text((REPOSITORY / "workshop").read_text())
        (self.folder / "workshop").chmod(0o755)
        shutil.copytree(REPOSITORY / "tools", self.folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))

    def call(self, *words: str, **environment: str) -> "tuple[int, str, str]":
        """The command in this process: (exit code, stdout, stderr)."""
        out, err = io.StringIO(), io.StringIO()
        machine = Machine(environment={**os.environ, **environment}, is_root=False, has_terminal=False)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(words), machine, self.folder)
        return code, out.getvalue(), err.getvalue()

    def assert_usage(self, words: str, *said: str) -> None:
        code, _, err = self.call(*words.split())
        self.assertEqual(code, 3, err)
        for word in said:
            self.assertIn(word, err)


class Words(WithStages):
    def test_help_is_everywhere(self) -> None:
        for words in ([], ["--help"], ["-h"], ["help"]):
            code, out, _ = self.call(*words)
            self.assertEqual(code, 0)
            for verb in VERBS:
                self.assertIn(verb, out)
        for verb in VERBS:
            for words in ((verb, "--help"), ("help", verb)):
                code, out, _ = self.call(*words)
                self.assertEqual((code, out), (0, VERBS[verb]))

    def test_an_unknown_verb_suggests_the_nearest(self) -> None:
        self.assert_usage("rum", 'no verb "rum"', 'did you mean "run"?')
        self.assert_usage("lession 1", 'did you mean "lesson"?')
        self.assert_usage("xyzzy", "--help")

    def test_an_unknown_program_suggests_the_nearest(self) -> None:
        self.assert_usage("run 01 exec_dmo", 'no program "exec_dmo"', '"exec_demo"', "exec_demo, random_ports")
        self.assert_usage("run share_up", '"share_udp"')

    def test_a_stage_that_is_not_here_yet_is_said_to_be_so(self) -> None:
        for verb in ("run", "test", "lesson"):
            for word in ("5", "05", "05-round-robin"):
                self.assert_usage(f"{verb} {word}", "stage 05 is not here yet; stages: 01, 03")
        self.assert_usage("test handle-pasing", 'did you mean "handle-passing"?')

    def test_a_word_too_many_is_refused(self) -> None:
        self.assert_usage("list all", '"all" is one word too many')
        self.assert_usage("test 01 03", '"03"')
        self.assert_usage("doctor --fx", '"--fx"')
        self.assert_usage("lesson", "which lesson?")

    def test_list_shows_stages_sentences_and_programs(self) -> None:
        code, out, _ = self.call("list")
        self.assertEqual(code, 0)
        self.assertIn("01-spawn-exec\n    You can start programs.\n    programs: exec_demo, random_ports*\n", out)
        self.assertIn("03-handle-passing\n    (its lesson is not written yet)\n    programs: share_udp*\n", out)

    def test_a_lesson_is_shown_or_not_written_yet(self) -> None:
        for word in ("1", "01", "01-spawn-exec", "spawn-exec"):
            code, out, _ = self.call("lesson", word)
            self.assertEqual(code, 0)
            self.assertIn("01 · Spawn\n==========\n  You can start programs.\n\nRun it\n------\n", out)
        self.assert_usage("lesson 03", "not written yet")


class Run(WithStages):
    def shell(self, *words: str, tree: str = "tree", **more) -> subprocess.CompletedProcess:
        """The command as a user has it, from a folder that is not the repository."""
        environment = {**os.environ, "WORKSHOP_BUILD_DIR": str(self.folder / tree)}
        return subprocess.run([str(self.folder / "workshop"), *words], env=environment, cwd="/", text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False, **more)

    def test_it_becomes_the_program_where_the_user_stands(self) -> None:
        for words in (["run", "03", "share_udp", "--port", "0"], ["run", "3", "--port", "0"],
                      ["run", "--port", "0"], ["run", "share_udp", "--port", "0"],
                      ["run", "handle-passing", "share_udp", "--port", "0"]):
            done = self.shell(*words)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (7, "udp --port 0 in /\n", ""), words)

    def test_a_program_of_the_docs_is_run_by_its_name(self) -> None:
        self.write("docs/one-and-other/CMakeLists.txt", "# add_executable(none\nadd_executable(one_and_other a.cpp)\n")
        self.write("tree/one-and-other/one_and_other", "#!/bin/sh\necho \"compared $*\"\n", executable=True)
        for name in ("one-and-other", "one_and_other"):
            self.assertEqual(self.shell("run", name, "--all").stdout, "compared --all\n")
        self.assertEqual(self.shell("run", "--port", "0").stdout, "udp --port 0 in /\n")

    def test_help_behind_a_stage_is_the_program_s(self) -> None:
        self.assertEqual(self.shell("run", "03", "--help").stdout, "udp --help in /\n")

    def test_the_program_starts_with_default_signals(self) -> None:
        done = self.shell("run", "01")
        self.assertEqual((done.returncode, done.stdout), (-signal.SIGPIPE, ""))

    def test_it_works_through_a_link(self) -> None:
        (self.folder / "elsewhere").mkdir()
        (self.folder / "elsewhere/w").symlink_to("../workshop")
        done = subprocess.run([str(self.folder / "elsewhere/w"), "list"], capture_output=True, text=True, check=False)
        self.assertIn("03-handle-passing", done.stdout)

    def test_a_tree_without_the_program_is_the_environment_s_fault(self) -> None:
        done = self.shell("run", "03", tree="nowhere")
        self.assertEqual(done.returncode, 2)
        self.assertIn("WORKSHOP_BUILD_DIR names a tree without it", done.stderr)

    def test_with_no_stage_there_is_nothing_to_run(self) -> None:
        for folder in ("01-spawn-exec", "03-handle-passing"):
            (self.folder / folder / "CMakeLists.txt").unlink()
        self.assert_usage("run", "no stage is here yet")


class WithoutPython(WithFolder):
    """The shell part alone: a PATH in which python3 is missing."""

    def setUp(self) -> None:
        super().setUp()
        self.log = self.folder / "log"
        for tool in ("sh", "dirname", "readlink", "env"):
            os.symlink(f"/usr/bin/{tool}", self.tool(tool))

    def tool(self, name: str) -> Path:
        (self.folder / "bin").mkdir(exist_ok=True)
        return self.folder / "bin" / name

    def fake(self, name: str, script: str) -> None:
        self.write(f"bin/{name}", f"#!/bin/sh\necho \"{name} $*\" >> {self.log}\n{script}\n", executable=True)

    def run_it(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run([str(REPOSITORY / "workshop"), *words], env={"PATH": str(self.folder / "bin")},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    def logged(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def install(self) -> str:
        """An apt-get that brings a python3."""
        return f'case "$*" in *install*) printf "#!/bin/sh\\necho python ran \\$*\\n" > {self.tool("python3")};' \
               f' /bin/chmod +x {self.tool("python3")} ;; esac'

    def test_without_apt_the_package_is_named(self) -> None:
        done = self.run_it("run", "03")
        self.assertEqual(done.returncode, 2)
        self.assertIn("Install the package python3", done.stderr)

    def test_root_installs_it_and_goes_on(self) -> None:
        self.fake("id", "echo 0")
        self.fake("apt-get", self.install())
        done = self.run_it("run", "03")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("python ran", done.stdout)
        self.assertIn("run 03", done.stdout)
        self.assertIn("apt-get -q install -y --no-install-recommends python3", self.logged())

    def test_only_verbs_that_install_do_so(self) -> None:
        self.fake("id", "echo 0")
        self.fake("apt-get", self.install())
        for words in (["list"], ["doctor"], ["lesson", "1"], []):
            done = self.run_it(*words)
            self.assertEqual(done.returncode, 2)
            self.assertIn("apt-get install python3", done.stderr)
        self.assertEqual(self.logged(), "")

    def test_sudo_that_wants_a_password_is_not_waited_for(self) -> None:
        self.fake("id", "echo 1000")
        self.fake("apt-get", "exit 0")
        self.fake("sudo", "exit 1")
        done = self.run_it("test")
        self.assertEqual(done.returncode, 2)
        self.assertIn("Run: sudo env DEBIAN_FRONTEND=noninteractive apt-get", done.stderr)
        self.assertNotIn("sudo env", self.logged())

    def test_neither_root_nor_sudo_is_said(self) -> None:
        self.fake("id", "echo 1000")
        self.fake("apt-get", "exit 0")
        done = self.run_it("doctor", "--fix")
        self.assertEqual(done.returncode, 2)
        self.assertIn("neither root nor sudo", done.stderr)


class Totals(WithFolder):
    def test_skipped_tests_are_told_from_passed_and_failed_ones(self) -> None:
        report = self.write("report.xml", """<testsuite>
            <testcase name="a" status="run"/><testcase name="b" status="fail"><failure message="x"/></testcase>
            <testcase name="c" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase></testsuite>""")
        result = totals(report)
        self.assertEqual((result.passed, result.failed, result.skipped), (1, ["b"], ["c"]))


if __name__ == "__main__":
    unittest.main()
