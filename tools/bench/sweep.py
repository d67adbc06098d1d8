"""The articles' concurrency sweep: the same load with 1, 2, 4 … users, for Node and for ours on one sheet."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Callable

from . import plots
from .servers import Served, Server
from .table import Peers


def sweep(peers: Peers, folder: Path, quick: bool, say: Callable[[str], None]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    highest = 6 if quick else 10
    seconds = 1 if quick else 3
    servers = {"ours": (peers.full_cluster, "/live"), "node": (peers.node_cluster, "/")}
    named: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
    for connections in (2**n for n in range(highest + 1)):
        for name, (make, path) in servers.items():
            point = measured(peers, name, make(), path, connections, seconds)
            named[name].append(point)
            say(f"{connections:5} connections, {name}: {point['rate']:9,.0f} requests/s, "
                f"p50 {point['p50_us'] / 1000:.2f} ms, p99 {point['p99_us'] / 1000:.2f} ms")
    (folder / "sweep.json").write_text(json.dumps(named, indent=1) + "\n")
    return plots.sweep(named, folder / "sweep.svg")


def measured(peers: Peers, name: str, server: Server, path: str, connections: int, seconds: float) -> dict[str, float]:
    contender = Served(name, server, peers.wrk, path, connections)
    contender.start()
    try:
        return {"connections": connections, **contender.measure(seconds)}
    finally:
        contender.stop()
