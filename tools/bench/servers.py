"""Contenders that are HTTP servers: started once for a row, put under load by wrk round after round."""
from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Mapping, Sequence

from workshop.problem import WORK_FAILS, Problem

from . import processes
from .rounds import Contender, Sample

PATIENCE = 30


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Server:
    """A server's processes. Words of its commands may contain {port} and {folder}, a directory that goes with it.
    More than one command: they share the port."""

    def __init__(self, *commands: Sequence[str], environment: Mapping[str, str] | None = None,
                 files: Mapping[str, str] | None = None) -> None:
        self.commands = commands
        self.environment = dict(environment or {})
        self.files = dict(files or {})
        self.port = 0
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self.port = free_port()
        self.home = tempfile.TemporaryDirectory(prefix="bench-")
        self.output = Path(self.home.name, "output")
        for name, text in self.files.items():
            Path(self.home.name, name).write_text(self.filled(text))
        with self.output.open("wb") as output:
            for command in self.commands:
                self.running.append(subprocess.Popen(
                    [self.filled(word) for word in command], stdin=subprocess.DEVNULL, stdout=output,
                    stderr=subprocess.STDOUT, env={**os.environ, **self.environment}))

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def filled(self, text: str) -> str:
        return text.replace("{port}", str(self.port)).replace("{folder}", self.home.name)

    def until_said(self, text: str, times: int) -> None:
        """Waits for a line in the output."""
        self.wait(lambda: self.output.read_text(errors="replace").count(text) >= times, f'it says "{text}"')

    def until_answers(self, path: str) -> None:
        self.wait(lambda: answers(self.port, path), "it answers")

    def wait(self, condition, what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > end or any(one.poll() is not None for one in self.running):
                raise Problem(f"waited in vain until {what}: {' '.join(self.commands[0])}\n"
                              + self.output.read_text(errors="replace")[-1000:], WORK_FAILS)
            time.sleep(0.0005)

    @property
    def first(self) -> int:
        """The primary, or the only process."""
        return self.running[0].pid

    def workers(self) -> list[int]:
        return [pid for one in self.running for pid in processes.descendants(one.pid)]

    def family(self) -> list[int]:
        return [one.pid for one in self.running] + self.workers()

    def stop(self) -> None:
        for one in self.running:
            one.send_signal(signal.SIGTERM)
        for one in self.running:
            try:
                one.wait(10)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
        self.running.clear()
        self.home.cleanup()


def request(path: str = "/", keep: bool = False) -> bytes:
    close = "" if keep else "Connection: close\r\n"
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{close}\r\n".encode()


def answers(port: int, path: str = "/", timeout: float = 5) -> bool:
    """Whether a request is answered with 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as one:
            one.sendall(request(path))
            return one.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


class Served(Contender):
    """A server under the load of wrk: `connections` at a time, each kept for all its requests, or new for each."""

    def __init__(self, name: str, server: Server, wrk: Path, path: str = "/", connections: int = 64,
                 keep: bool = True) -> None:
        super().__init__(name)
        self.server = server
        self.path = path
        self.load = ["wrk", "-t1", f"-c{connections}", "-s", str(wrk)]
        if not keep:
            self.load += ["-H", "Connection: close"]

    def start(self) -> None:
        self.server.start()
        self.server.until_answers(self.path)
        self.measure(0)  # warm: Node compiles what is hot, the rest finds its buffers

    def measure(self, seconds: float) -> Sample:
        before = {pid: processes.cpu_us(pid) for pid in self.server.family()}
        told = run_wrk(self.load, seconds, f"http://127.0.0.1:{self.server.port}{self.path}")
        spent = {pid: processes.cpu_us(pid) - cpu for pid, cpu in before.items()}
        requests = told["requests"]
        workers = self.server.workers()
        sample = {"rate": told["rate"], "cpu_us": sum(spent.values()) / requests, "p50_us": told["p50_us"],
                  "p99_us": told["p99_us"], "p999_us": told["p999_us"], "failed": told["failed"]}
        if workers:
            sample["primary_us"] = spent[self.server.first] / requests
        parts = [spent[pid] for pid in workers or spent]
        sample["busiest"] = max(parts) / max(1.0, sum(parts))
        return sample

    def stop(self) -> None:
        self.server.stop()


def run_wrk(load: Sequence[str], seconds: float, url: str) -> dict[str, float]:
    done = subprocess.run([*load, f"-d{max(1, round(seconds))}", url], text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise Problem(f"{' '.join(load)} {url}: {done.stdout[-300:]}{done.stderr[-300:]}", WORK_FAILS)
    return json.loads(done.stdout.strip().splitlines()[-1])
