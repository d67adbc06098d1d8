"""Contenders that are measured by their beginning, their end and their size, not under load."""
from __future__ import annotations

import os
import signal
import socket
import statistics
import time
from typing import Callable

from . import processes
from .rounds import Contender, Sample
from .servers import Server, request


class Started(Contender):
    """From the command to the moment when all its workers listen, each said by a line with `line`."""

    def __init__(self, name: str, server: Callable[[], Server], line: str, workers: int) -> None:
        super().__init__(name)
        self.server = server
        self.line = line
        self.workers = workers

    def measure(self, seconds: float) -> Sample:
        took = []
        for _ in range(5):
            began = time.monotonic()
            with self.server() as server:
                server.until_said(self.line, self.workers)
                took.append((time.monotonic() - began) * 1000)
        return {"ms": statistics.median(took)}


class Replaced(Contender):
    """From SIGKILL of the only worker to the answer of the one that replaces it, asked for all the time meanwhile."""

    def __init__(self, name: str, server: Callable[[], Server]) -> None:
        super().__init__(name)
        self.server = server

    def measure(self, seconds: float) -> Sample:
        took, refused, cut = [], 0, 0
        for _ in range(5):  # anew each time: who crashes often is replaced slower and slower, which is right
            with self.server() as server:
                server.until_answers("/")
                time.sleep(0.1)  # what the start still does is none of this
                (worker,) = server.workers()
                began = time.monotonic()
                os.kill(worker, signal.SIGKILL)
                more_refused, more_cut = until_answered(server.port)
                took.append((time.monotonic() - began) * 1000)
                refused += more_refused
                cut += more_cut
        return {"ms": statistics.median(took), "worst_ms": max(took), "refused": refused, "cut": cut}


def until_answered(port: int) -> tuple[int, int]:
    """How many connections were refused, and how many were accepted and got no answer (within a second: then they
    hang), before one was answered."""
    refused = cut = 0
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as one:
                one.sendall(request())
                if one.recv(4096).startswith(b"HTTP/1.1 200"):
                    return refused, cut
                cut += 1
        except ConnectionRefusedError:
            refused += 1
        except (ConnectionError, TimeoutError):
            cut += 1


class Sized(Contender):
    """The memory of a worker that has nothing to do."""

    def __init__(self, name: str, server: Callable[[], Server]) -> None:
        super().__init__(name)
        self.server = server

    def measure(self, seconds: float) -> Sample:
        with self.server() as server:
            server.until_answers("/")
            time.sleep(1)
            return {"kib": statistics.mean(processes.pss_kib(pid) for pid in server.workers())}
