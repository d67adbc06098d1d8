"""The cage: whatever runs in it ends, and takes nothing with it."""
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from context import REPOSITORY, WithFolder
from kit_case import BOMB

from kit import cage, supervise
from kit.cage import Cage, Ended

STRONGEST = cage.best([REPOSITORY], [])
WEAKEST = Cage(drop=os.getuid() == 0)
FULL = unittest.skipUnless(STRONGEST.files, "this kernel refuses namespaces here")


class Caged(WithFolder):
    level = STRONGEST

    def run_in(self, script: str, **more: object) -> Ended:
        with tempfile.TemporaryDirectory() as name:
            return self.level.run(["sh", "-c", script], Path(name), **more)  # type: ignore[arg-type]


class Limits(Caged):
    """Hold at every level; here at the lowest, which gets no help from the kernel."""

    level = WEAKEST

    def test_the_end_of_a_program_is_told_as_it_was(self) -> None:
        self.assertEqual(self.run_in("echo one; echo two >&2; exit 7"), Ended(7, "", "one\ntwo\n", ""))
        self.assertEqual(self.run_in("kill -9 $$").code, -9)
        self.assertIn("cannot start", self.level.run(["/no/such"], self.folder).output)

    def test_one_that_waits_for_nothing_is_ended_with_a_reason(self) -> None:
        ended = self.run_in("echo begun; exec python3 -c 'import signal; signal.pause()'")
        self.assertIn("nothing happens any more", ended.stuck)
        self.assertEqual(ended.output, "begun\n")

    def test_an_endless_loop_is_ended(self) -> None:
        self.assertIn("not done after 1 s", self.run_in("while :; do :; done", seconds=1).stuck)

    def test_a_fork_bomb_is_ended_and_nothing_of_it_is_left(self) -> None:
        if os.getuid() == 0 and not cage.open_to_all(REPOSITORY):
            self.skipTest("root has no limit of processes")
        ended = self.run_in(BOMB, seconds=20)
        self.assertIn("more than 200 processes", ended.stuck)

    def test_what_left_the_session_is_ended_too(self) -> None:
        self.assertEqual(self.run_in("setsid sleep 999432 & setsid setsid sleep 999432 & sleep 0.2; echo ok").code, 0)
        time.sleep(0.1)
        done = subprocess.run(["ps", "ax", "-o", "args"], stdout=subprocess.PIPE, text=True, check=False)
        self.assertNotIn("999432", done.stdout)

    def test_memory_is_bounded(self) -> None:
        ended = self.run_in("exec python3 -c 'a = []\nwhile True: a.append(b\"x\" * 10 ** 7)'", memory=200)
        self.assertIn("more than 200 MB", ended.stuck)

    def test_of_much_output_the_beginning_and_the_end_are_kept(self) -> None:
        ended = self.run_in("echo first; head -c 50000000 /dev/zero | tr '\\0' x; echo; echo last")
        self.assertEqual(ended.code, 0)
        self.assertLess(len(ended.output), 70000)
        self.assertTrue(ended.output.startswith("first\nxxx") and ended.output.endswith("x\nlast\n"))
        self.assertIn(" bytes ...", ended.output)

    def test_a_report_that_is_no_file_is_no_report(self) -> None:
        for script in ("ln -s /etc/passwd r", "mkfifo r", "mkdir r", "true"):
            self.assertEqual(self.run_in(script, report="r").report, "", script)
        self.assertEqual(self.run_in("echo hi > r", report="r").report, "hi\n")

    def test_our_environment_is_not_shown(self) -> None:
        os.environ["A_SECRET"] = "999"
        self.addCleanup(os.environ.pop, "A_SECRET")
        self.assertNotIn("A_SECRET", self.run_in("env").output)


@FULL
class Walls(Caged):
    def test_it_is_alone(self) -> None:
        self.assertEqual(self.run_in("kill -9 -1; echo alive").output.splitlines()[-1], "alive")
        self.assertEqual(self.run_in("set -- /proc/[0-9]*; echo $#").output, "2\n")  # the shell, and who watches

    def test_a_fork_bomb_is_ended(self) -> None:
        self.assertIn("200 processes", self.run_in(BOMB).stuck)

    def test_there_is_loopback_and_no_other_network(self) -> None:
        listen = "import socket; s = socket.create_server((\"127.0.0.1\", 80 + 8000)); print(s.getsockname()[1])"
        self.assertEqual(self.run_in(f"python3 -c '{listen}'").output, "8080\n")
        out = self.run_in("exec python3 -c 'import socket; socket.create_connection((\"192.0.2.1\", 80))'").output
        self.assertIn("unreachable", out)

    def test_the_disk_is_small_and_goes_with_it(self) -> None:
        ended = self.run_in("for n in 1 2 3 4; do head -c 100000000 /dev/zero > f$n; done; ls; rm f1; echo x > y")
        self.assertIn("No space left", ended.output)
        self.assertFalse(Path("/tmp/f2").exists())

    def test_what_is_hidden_is_not_there_and_what_is_kept_cannot_be_written(self) -> None:
        self.write("all/ann/outbox.cpp", "ann's")
        self.write("all/bob/outbox.cpp", "bob's")
        self.folder.chmod(0o755)
        bob = self.folder / "all/bob"
        ours = cage.best([REPOSITORY, bob], [self.folder / "all"])
        script = f"cat {self.folder}/all/*/outbox.cpp; echo x > {bob}/outbox.cpp; ls {self.folder}/all"
        out = ours.run(["sh", "-c", script], self.folder).output
        self.assertIn("bob's", out)
        self.assertNotIn("ann's", out)
        self.assertEqual((bob / "outbox.cpp").read_text(), "bob's")

    def test_a_compiler_sees_the_kit_and_its_own_folder(self) -> None:
        self.write("ann.cpp", "int secret = 1;")
        mine = self.folder / "one" / "build"
        mine.mkdir(parents=True)
        (self.folder / "one").chmod(0o755)
        mine.chmod(0o777)
        for text, code in (("int x = 1;", 0), (f'#include "{self.folder}/ann.cpp"', 1)):
            (mine / "a.cpp").write_text(text)
            ours = cage.best([REPOSITORY, self.folder / "one"], [self.folder])
            words = ours.command(["c++", "-c", str(mine / "a.cpp"), "-o", str(mine / "a.o")], self.folder / "one",
                                 seconds=60, memory=1000, writable=[mine])
            done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            self.assertEqual(done.returncode, code, done.stdout)
        self.assertTrue((mine / "a.o").is_file())
        self.assertNotIn("secret", done.stdout)


class Parts(unittest.TestCase):
    def test_output_keeps_both_ends(self) -> None:
        output = supervise.Output()
        for number in range(20000):
            output.take(f"{number}\n".encode())
        text = output.text()
        self.assertTrue(text.startswith("0\n1\n") and text.endswith("19999\n"))
        small = supervise.Output()
        small.take(b"x" * 40000)
        self.assertEqual(small.text(), "x" * 40000)

    def test_what_the_kernel_refused_is_said(self) -> None:
        self.assertEqual(cage.weakness(Cage(True, True)), "")
        self.assertIn("network", cage.weakness(Cage()))
        self.assertNotIn("a network", cage.weakness(Cage(True, False)))


if __name__ == "__main__":
    unittest.main()
