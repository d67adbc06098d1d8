"""What stands still is said with its cause, and what would have gone on is never called stuck."""
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

from context import WithFolder

from kit import peers, picture, procfs, stall, syscalls

# Every subject imports the same, so a test shows only what matters.
HEAD = "import ctypes, fcntl, os, select, signal, socket, subprocess, sys, threading, time\n"


class Subjects(WithFolder):
    """Starts small Python programs, each the leader of a session."""

    def start(self, text: str, *words: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen([sys.executable, "-c", HEAD + text, *words], start_new_session=True,
                                   stdin=subprocess.DEVNULL, cwd=self.folder)
        self.addCleanup(self.end, process)
        return process

    def end(self, process: "subprocess.Popen[bytes]") -> None:
        for pid in stall.session(process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait()

    def setUp(self) -> None:
        super().setUp()
        # A shorter stillness makes it stricter than in earnest.
        for name, seconds in (("STILL", 0.6), ("UNSURE", 4.0)):
            patch = mock.patch.object(stall, name, seconds)
            patch.start()
            self.addCleanup(patch.stop)

    def waited(self, text: str, limit: float = 30) -> str:
        """What `wait` says of a program."""
        return stall.wait(self.start(text).pid, limit)


# Each of these ends by itself after two seconds, however quiet it is meanwhile.
QUIET = {
    "a sleep longer than the stillness": "time.sleep(2)",
    "poll with a timeout": "select.poll().poll(2000)",
    "select with a timeout": "select.select([], [], [], 2)",
    "epoll with a timeout": "select.epoll().poll(2)",
    "a lock with a timeout": "threading.Event().wait(2)",
    "another thread": "t = threading.Thread(target=time.sleep, args=(2,)); t.start(); t.join()",
    "a timer as Asio has it": "libc = ctypes.CDLL(None); fd = libc.timerfd_create(1, 0)\n"
                              "libc.timerfd_settime(fd, 0, (ctypes.c_long * 4)(0, 0, 2, 0), None)\n"
                              "e = select.epoll(); e.register(fd, select.EPOLLIN); e.poll()",
    "an alarm that is caught": "signal.signal(signal.SIGALRM, lambda *_: None); signal.alarm(2); signal.pause()",
    "a child that sleeps": "subprocess.run(['sleep', '2'])",
    "a child in a session of its own": "subprocess.run(['sleep', '2'], start_new_session=True)",
    "a busy one": "end = time.time() + 2\nwhile time.time() < end: pass",
    "a slow one": "for _ in range(20): time.sleep(0.1)",
    "two that talk at long intervals": "a, b = socket.socketpair()\nif os.fork() == 0:\n"
                                       "    time.sleep(1); b.send(b'x'); b.recv(1); os._exit(0)\n"
                                       "a.recv(1); time.sleep(1); a.send(b'x'); os.wait()",
}


class GoesOn(Subjects):
    def test_what_would_have_gone_on_is_never_called_stuck(self) -> None:
        with ThreadPoolExecutor(len(QUIET)) as several:
            said = dict(zip(QUIET, several.map(self.waited, QUIET.values())))
        self.assertEqual(said, {name: "" for name in QUIET})


class Stands(Subjects):
    """Each of these would wait for ever; the sentence names the cause."""

    def test_its_own_write_end(self) -> None:
        said = self.waited("r, w = os.pipe(); os.set_inheritable(w, False); os.read(r, 1)")
        self.assertRegex(said, r"the end of the pipe at descriptor \d+ of python.* can never come: this process itself "
                               r"still holds the write end as descriptor \d+")

    def test_a_write_end_that_a_child_has_inherited(self) -> None:
        said = self.waited("r, w = os.pipe(); os.set_inheritable(w, True)\n"
                           "subprocess.Popen(['cat', '/dev/stdin'], stdin=subprocess.PIPE, close_fds=False)\n"
                           "os.close(w); os.read(r, 1)")
        self.assertRegex(said, r"can never come: cat \(\d+\) still holds the write end as descriptor \d+")

    def test_a_lock_of_another_process_and_of_itself(self) -> None:
        lock = "f = open('lock', 'w'); fcntl.flock(f, fcntl.LOCK_EX)\n"
        said = self.waited(lock + "g = open('lock'); fcntl.flock(g, fcntl.LOCK_EX)")
        self.assertRegex(said, r"waits for a WRITE lock on .*/lock that is held by itself, through descriptor \d+")
        said = self.waited(lock + "if os.fork() == 0:\n    g = open('lock'); fcntl.flock(g, fcntl.LOCK_EX)\nos.wait()")
        self.assertRegex(said, r"python\S* \(\d+\) waits for a WRITE lock on .*/lock that is held by")

    def test_two_that_wait_for_each_other(self) -> None:
        said = self.waited("a, b = socket.socketpair()\nif os.fork() == 0:\n    a.close(); b.recv(1)\nb.close(); a.recv(1)")
        self.assertRegex(said, r"wait for each other: one for data at descriptor \d+ \(socket\)")

    def test_a_pipe_that_nobody_reads(self) -> None:
        said = self.waited("r, w = os.pipe(); os.write(w, b'x' * 200000)")
        self.assertRegex(said, r"cannot go on writing to the full pipe at descriptor \d+: the process itself")

    def test_a_child_that_does_not_end(self) -> None:
        said = self.waited("r, w = os.pipe()\nif os.fork() == 0: signal.pause()\nos.wait()")
        self.assertRegex(said, r"waits for python\S* \(\d+\) to end, which waits in pause")

    def test_a_stopped_child(self) -> None:
        said = self.waited("if os.fork() == 0: os.kill(os.getpid(), signal.SIGSTOP)\nos.wait()")
        self.assertIn("to end", said)

    def test_the_patience_of_the_test_itself_is_not_waited_for(self) -> None:
        said = self.waited(
            "libc = ctypes.CDLL(None)\nfd = libc.timerfd_create(1, 0)\n"
            "libc.timerfd_settime(fd, 0, (ctypes.c_long * 4)(0, 0, 30, 0), None)\n"
            "a, b = socket.socketpair()\n"
            "e = select.epoll(); e.register(fd, select.EPOLLIN); e.register(a, select.EPOLLIN); e.poll()")
        self.assertRegex(said, r"nothing happens any more.*epoll_wait at descriptor \d+ \(socket, whose other end is its own")

    def test_who_only_waits_for_the_test_is_not_mentioned(self) -> None:
        program = shutil.copy("/bin/cat", self.folder / "kit_02")
        said = self.waited(f"subprocess.run(['{program}'], stdin=os.pipe()[0])")
        self.assertNotIn("python", said.partition("still")[0])
        self.assertIn("kit_02", said)

    def test_a_pipe_by_which_a_process_wakes_itself_is_not_blamed(self) -> None:
        said = self.waited("r, w = os.pipe2(os.O_NONBLOCK)\ne = select.epoll(); e.register(r, select.EPOLLIN); e.poll()")
        self.assertRegex(said, r"nothing happens any more.*epoll_wait$")

    def test_a_child_that_nobody_has_waited_for(self) -> None:
        said = self.waited("if os.fork() == 0: os._exit(0)\ntime.sleep(0.2); signal.pause()")
        self.assertRegex(said, r"its child python\S* \(\d+\) has ended, and python\S* \(\d+\) has not waited for it")

    def test_work_without_an_end_runs_into_the_limit(self) -> None:
        self.assertRegex(self.waited("while True: pass", limit=1), r"not done after 1 s: .*loop without an end")

    def test_where_calls_cannot_be_seen_it_takes_longer(self) -> None:
        begun = time.monotonic()
        with mock.patch.object(syscalls, "BY_NUMBER", {}):
            self.assertIn("nothing happens", self.waited("signal.pause()"))
        self.assertGreater(time.monotonic() - begun, 3.9)


class Calls(unittest.TestCase):
    def test_timeouts_are_read_from_the_arguments(self) -> None:
        if not syscalls.BY_NUMBER:
            self.skipTest("SKIPPED: the calls of this kind of machine are not known")
        poll = syscalls.CALLS["ppoll"][syscalls.COLUMN]
        self.assertEqual(syscalls.parse(f"{poll} 0x1 0x1 0x0 0x0 0x0 0x0 0x7f 0x7f").lasts, syscalls.FOREVER)
        self.assertEqual(syscalls.parse(f"{poll} 0x1 0x1 0x7fff0 0x0 0x0 0x0 0x7f 0x7f").lasts, syscalls.AWHILE)
        wait = syscalls.CALLS["epoll_pwait"][syscalls.COLUMN]
        self.assertEqual(syscalls.parse(f"{wait} 0x3 0x1 0x8 0xffffffff 0x0 0x0 0x7f 0x7f").lasts, syscalls.FOREVER)
        self.assertEqual(syscalls.parse(f"{wait} 0x3 0x1 0x8 0x64 0x0 0x0 0x7f 0x7f").lasts, syscalls.AWHILE)

    def test_what_cannot_be_read_is_unknown(self) -> None:
        for line in ("", "-1 0x7f 0x7f", "999 0x0 0x0 0x0 0x0 0x0 0x0 0x0 0x0"):
            self.assertEqual(syscalls.parse(line).lasts, syscalls.UNKNOWN)
        self.assertEqual(syscalls.parse("running").lasts, syscalls.RUNNING)


class Picture(Subjects):
    def drawn(self, text: str, until: str) -> str:
        """The picture of a program, as soon as it shows `until`."""
        process = self.start(text)
        for _ in range(200):
            lines = "\n".join(picture.draw([process.pid], picture.everyone()))
            if until in lines:
                return lines
            time.sleep(0.05)
        self.fail(f"never seen: {until}, but\n{lines}")

    def test_pipes_sockets_and_locks(self) -> None:
        lines = self.drawn(
            "a, b = socket.socketpair(); s = socket.create_server(('127.0.0.1', 0))\n"
            "f = open('lock', 'w'); fcntl.flock(f, fcntl.LOCK_EX)\n"
            "subprocess.Popen(['cat'], stdin=subprocess.PIPE)\n"
            "if os.fork() == 0: g = open('lock'); fcntl.flock(g, fcntl.LOCK_EX)\nsignal.pause()", "waits for a WRITE")
        self.assertRegex(lines, r"socket +<-> this process itself: \d+")
        self.assertRegex(lines, r"listens on port \d+, shared with python")
        self.assertRegex(lines, r"pipe, write end  -> cat \(\d+\): 0")
        self.assertRegex(lines, r"cat \(\d+\), waits in read\n +0  pipe, read end   <- python")
        self.assertRegex(lines, r"holds a WRITE lock \(flock\) on .*/lock")

    def test_an_end_without_another(self) -> None:
        lines = self.drawn("r, w = os.pipe(); os.close(w)\na, b = socket.socketpair(); b.close(); signal.pause()",
                           "nobody can write any more")
        self.assertRegex(lines, "socket +<-> nobody: the other end is closed")

    def test_peers_over_tcp(self) -> None:
        lines = self.drawn("s = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection(s.getsockname())\n"
                           "d = s.accept(); signal.pause()", "connection, port")
        self.assertRegex(lines, r"connection, port \d+  <-> this process itself: \d+")

    def test_who_has_gone_is_not_drawn(self) -> None:
        self.assertEqual(picture.draw([2 ** 22 + 1], picture.everyone()), [])


class Reading(unittest.TestCase):
    def test_peers_of_a_socket_pair(self) -> None:
        import socket
        one, two = socket.socketpair()
        with one, two:
            inodes = [os.fstat(each.fileno()).st_ino for each in (one, two)]
            peer = peers.unix_peers()
        if not peer:
            self.skipTest("SKIPPED: this kernel does not answer sock_diag")
        self.assertEqual((peer[inodes[0]], peer[inodes[1]]), (inodes[1], inodes[0]))

    def test_lines_of_proc_locks(self) -> None:
        lines = ("1: FLOCK  ADVISORY  WRITE 12 08:01:99 0 EOF\n1: -> FLOCK  ADVISORY  READ  13 08:01:99 0 EOF\n"
                 "2: OFDLCK ADVISORY  WRITE -1 08:01:98 0 EOF\n")
        with mock.patch.object(procfs, "read", lambda path: lines):
            found = [(lock.id, lock.access, lock.pid, lock.inode, lock.waits) for lock in procfs.locks()]
        self.assertEqual(found, [("1", "WRITE", 12, 99, False), ("1", "READ", 13, 99, True), ("2", "WRITE", -1, 98, False)])


if __name__ == "__main__":
    unittest.main()
