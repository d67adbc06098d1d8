"""How cost grows with the number of workers, connections, receivers and keys: ours alone, point by point."""
from __future__ import annotations

import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Callable, Iterator

from .commands import Command
from .servers import Served, Server, request
from .table import Peers


@dataclass
class Curve:
    """Points with the same x axis; each holds "x" and its metrics."""

    id: str
    title: str
    x: str
    names: dict[str, str]  # of the metrics, with units
    points: list[dict[str, float]] = field(default_factory=list)


def accepted(peers: Peers, server: Server, seconds: float) -> dict[str, float]:
    """What a connection costs: one request for each."""
    load = Served("ours", server, peers.wrk, keep=False)
    load.measure(1)
    told = load.measure(seconds)
    return {"primary_us": told["primary_us"], "all_us": told["cpu_us"], "rate": told["rate"]}


COSTS = {"primary_us": "primary's cpu µs a connection", "all_us": "all cpu µs a connection",
         "rate": "connections a second"}


def by_workers(peers: Peers, counts: list[int], seconds: float) -> Curve:
    curve = Curve("workers", "One request per connection, round robin, by workers", "workers", COSTS)
    for count in counts:
        with peers.http_cluster(workers=count) as server:
            server.until_said(" listens on ", count)
            curve.points.append({"x": count, **accepted(peers, server, seconds)})
    return curve


@contextmanager
def held(port: int, count: int) -> Iterator[None]:
    """So many connections that are open and silent, each after one request."""
    open_ones = []
    try:
        for n in range(count):
            # Source addresses of their own, for there are only so many ports.
            one = socket.create_connection(("127.0.0.1", port), 10, (f"127.0.1.{n % 200 + 1}", 0))
            one.sendall(request(keep=True))
            one.recv(4096)
            open_ones.append(one)
        yield
    finally:
        for one in open_ones:
            one.close()


def by_connections(peers: Peers, counts: list[int], seconds: float) -> Curve:
    curve = Curve("connections", "One request per connection, round robin, beside connections that are kept open",
                  "open connections", COSTS)
    with peers.http_cluster() as server:
        server.until_said(" listens on ", 2)
        for count in counts:
            with held(server.port, count):
                curve.points.append({"x": count, **accepted(peers, server, seconds)})
    return curve


def by_program(id: str, title: str, x: str, names: dict[str, str], command: Callable[[int], list[str]],
               counts: list[int], seconds: float) -> Curve:
    curve = Curve(id, title, x, names)
    for count in counts:
        sample = Command(id, command(count)).measure(seconds)
        curve.points.append({"x": count, **{metric: sample[metric] for metric in names}})
    return curve


def all_curves(peers: Peers, quick: bool) -> list[Callable[[], Curve]]:
    """Each to be called when it is its turn."""
    seconds = 1 if quick else 2
    workers = [1, 4, 16] if quick else [1, 2, 4, 8, 16, 32, 64]
    connections = [1, 100, 1000] if quick else [1, 10, 100, 1000, 10000]
    keys = [10, 1000, 10000] if quick else [10, 100, 1000, 10000, 100000, 1000000]

    def store(operation: str) -> Callable[[], Curve]:
        return lambda: by_program(
            f"keys-{operation}", f"lmdb_store, {operation}, by keys", "keys", {"cpu_us": f"cpu µs a {operation}"},
            lambda count: [peers.bench("store_rate"), "--store", "lmdb", "--operation", operation, "--durability",
                           "process", "--processes", "1", "--keys", str(count)], keys, seconds)

    return [
        lambda: by_workers(peers, workers, seconds),
        lambda: by_connections(peers, connections, seconds),
        lambda: by_program("broadcast", "A message to all of n children, by n", "children",
                           {"cpu_us": "cpu µs a broadcast, all processes"},
                           lambda count: [peers.bench("broadcast_rate"), "--children", str(count)], workers, seconds),
        store("get"), store("put"),
    ]
