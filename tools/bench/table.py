"""The rows: what is measured, who does the same work, and what is to be reached."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Callable, Sequence

from workshop.stages import find_stages

from . import processes
from .builds import CleanBuild, Edit
from .commands import Command
from .lifetimes import Replaced, Sized, Started
from .rounds import Contender, Row, Sample, Target
from .servers import Served, Server


class Peers:
    """How everybody is started."""

    def __init__(self, root: Path, tree: Path) -> None:
        self.root = root
        self.tree = tree
        self.wrk = root / "bench/peers/report.lua"

    def program(self, name: str) -> str:
        return str(self.tree / name)

    def bench(self, name: str) -> str:
        return self.program(f"bench/{name}")

    def node(self, name: str) -> list[str]:
        return ["node", str(self.root / "bench/node" / name)]

    def full_cluster(self, workers: int = 2) -> Server:
        return Server([self.program("07-state-sharing/full_cluster"), "--port", "{port}", "--admin-port", "0",
                       "--workers", str(workers), "--policy", "reuseport", "--state", "{folder}/state"])

    def http_cluster(self, policy: str = "round-robin", workers: int = 2) -> Server:
        return Server([self.program("06-cluster-lib/http_cluster"), "--port", "{port}", "--workers", str(workers),
                       "--policy", policy])

    def node_cluster(self, policy: str = "rr", workers: int = 2) -> Server:
        return Server([*self.node("http.js"), "{port}", str(workers)],
                      environment={"NODE_CLUSTER_SCHED_POLICY": policy})

    def nginx(self) -> Server:
        conf = (self.root / "bench/peers/nginx.conf").read_text()
        if os.geteuid() == 0:  # else its workers could not write into the folder
            conf = "user root;\n" + conf
        return Server(["nginx", "-e", "{folder}/error.log", "-p", "{folder}", "-c", "{folder}/nginx.conf"],
                      files={"nginx.conf": conf})

    def epoll(self) -> Server:
        return Server(*[[self.bench("epoll_server"), "--port", "{port}"]] * 2)

    def redis(self, durable: bool) -> Server:
        return Server(["redis-server", "--port", "0", "--unixsocket", "{folder}/redis", "--dir", "{folder}",
                       "--save", "", "--appendonly", "yes" if durable else "no", "--appendfsync", "always"])


def http_rows(peers: Peers) -> list[Row]:
    rows = []
    for connections in (64, 256):
        def served(name: str, server: Server, path: str = "/") -> Served:
            return Served(name, server, peers.wrk, path, connections)  # noqa: B023 - called in this turn

        rows.append(Row(f"keep-alive-{connections}", f"HTTP keep-alive, {connections} connections, 2 workers",
                        (served("full_cluster", peers.full_cluster(), "/live"), served("nginx", peers.nginx()),
                         served("node RR", peers.node_cluster()), served("node NONE", peers.node_cluster("none")),
                         served("raw epoll", peers.epoll())),
                        (Target("rate", "nginx", at_least=1.0), Target("rate", "node RR", at_least=1.65),
                         Target("cpu_us", "raw epoll", at_most=1.15), Target("cpu_us", "node RR", at_most=0.5))))

    def short(name: str, server: Server) -> Served:
        return Served(name, server, peers.wrk, connections=64, keep=False)

    rows.append(Row("one-request", "One request per connection, 2 workers",
                    (short("round robin", peers.http_cluster()), short("shared", peers.http_cluster("shared")),
                     short("reuseport", peers.http_cluster("reuseport")), short("nginx", peers.nginx()),
                     short("node RR", peers.node_cluster()), short("node NONE", peers.node_cluster("none"))),
                    (Target("rate", "node RR", at_least=2.5), Target("rate", "nginx", at_least=0.95),
                     Target("rate", "shared", at_least=1.0), Target("cpu_us", "node RR", at_most=0.25),
                     Target("primary_us", None, at_most=10))))
    return rows


def pair(ours: Sequence[str], peer: Sequence[str]) -> tuple[Contender, Contender]:
    return Command("ours", ours), Command("node", peer)


def message_rows(peers: Peers) -> list[Row]:
    def ipc(id: str, title: str, least: float, *flags: str, prefix: Sequence[str] = ()) -> Row:
        return Row(id, title, pair([*prefix, peers.bench("ipc_rate"), *flags],
                                   [*prefix, *peers.node("ipc_rate.js"), *flags]),
                   (Target("rate", "node", at_least=least),), seconds=2)

    one_core = ("taskset", "-c", "0")
    return [
        ipc("ipc-one-way", "IPC one way, 100-byte JSON", 3, "--mode", "one-way"),
        ipc("ipc-ping-pong", "IPC ping-pong on one core", 1.5, "--mode", "ping-pong", prefix=one_core),
        ipc("ipc-64k", "IPC round trips of 64 KiB strings", 3, "--mode", "strings", "--bytes", "65536"),
        ipc("ipc-10m", "IPC round trips of 10 MB strings", 5, "--mode", "strings", "--bytes", "10000000"),
        Row("handles-node", "Handles towards a Node peer, on one core",
            pair([*one_core, peers.bench("handle_rate"), "--peer", "node", "--script",
                  str(peers.root / "bench/node/handle_child.js")], [*one_core, *peers.node("handle_rate.js")]),
            (Target("rate", "node", at_least=2.8),), seconds=2),
        Row("handles-wire", "Handles between our own, by Node's protocol, on one core",
            pair([*one_core, peers.bench("handle_rate"), "--peer", "channel"],
                 [*one_core, *peers.node("handle_rate.js")]),
            (Target("rate", "node", at_least=2.8),), seconds=2),
        Row("handles-own", "Handles between our own",
            pair([peers.bench("handle_rate"), "--peer", "own"], peers.node("handle_rate.js")),
            (Target("rate", "node", at_least=25),), seconds=2),
    ]


def process_rows(peers: Peers) -> list[Row]:
    def spawn(id: str, title: str, flags: Sequence[str], targets: Sequence[Target]) -> Row:
        return Row(id, title, (*pair([peers.bench("spawn_rate"), *flags], [*peers.node("spawn_rate.js"), *flags]),
                               Command("posix_spawn", [peers.bench("bare_spawn_rate"), *flags])), targets, seconds=2)

    least = [Target("rate", "node", at_least=2), Target("rate", "posix_spawn", at_least=0.9)]
    large = [Target("rate", "node", at_least=50), Target("rate", "posix_spawn", at_least=0.9)]

    def lives(id: str, title: str, make: Callable[[str, Callable[[], Server]], Contender], workers: int,
              targets: Sequence[Target], nginx: bool = False) -> Row:
        contenders = [make("ours", lambda: peers.http_cluster(workers=workers)),
                      make("node", lambda: peers.node_cluster(workers=workers))]
        if nginx:
            contenders.append(make("nginx", peers.nginx))
        return Row(id, title, contenders, targets)

    return [
        spawn("spawn-1", "spawn /bin/true, one at a time", ["--concurrency", "1"], least),
        spawn("spawn-8", "spawn /bin/true, eight at a time", ["--concurrency", "8"], least),
        spawn("spawn-large", "spawn /bin/true from a parent of 1 GiB",
              ["--concurrency", "1", "--parent-mib", "1024"], large),
        lives("replacement", "SIGKILL of a worker to the next answer", Replaced, 1,
              [Target("ms", "node", at_most=1 / 25), Target("refused", None, at_most=0),
               Target("cut", None, at_most=0)]),
        lives("memory", "Memory of an idle worker (PSS)", Sized, 2,
              [Target("kib", "node", at_most=1 / 12), Target("kib", "nginx", at_most=0.5)], nginx=True),
        lives("start", "Command to all workers listening",
              lambda name, server: Started(name, server, " listens on ", 2), 2,
              [Target("ms", "node", at_most=0.1)]),
    ]


class BesideRedis(Command):
    """A client of a Redis server that this starts and ends; the server's cpu time counts, too."""

    def __init__(self, name: str, command: Sequence[str], server: Server) -> None:
        super().__init__(name, command)
        self.server = server
        self.bare = list(command)

    def start(self) -> None:
        self.server.start()
        self.server.until_said("eady to accept connections", 1)  # 6: "Ready to", 7: "now ready to"
        self.command = [self.server.filled(word) for word in self.bare]

    def measure(self, seconds: float) -> Sample:
        before = processes.cpu_us(self.server.first)
        sample = dict(super().measure(seconds))
        sample["cpu_us"] += (processes.cpu_us(self.server.first) - before) / (sample["rate"] * seconds)
        return sample

    def stop(self) -> None:
        self.server.stop()


def store_rows(peers: Peers) -> list[Row]:
    rows = []
    for operation, durability, count, least in (("get", "process", 1, 200), ("get", "process", 2, 200),
                                                    ("put", "process", 1, 20), ("put", "process", 2, 20),
                                                    ("put", "disk", 1, 1.0)):
        flags = ["--operation", operation, "--durability", durability, "--processes", str(count)]

        def store(name: str) -> Command:
            return Command(name, [peers.bench("store_rate"), "--store", name, *flags])  # noqa: B023

        redis = BesideRedis("redis", [peers.bench("store_rate"), "--store", "redis", "--socket", "{folder}/redis",
                                      *flags], peers.redis(durability == "disk"))
        durable = ", durable" if durability == "disk" else ""
        plural = "es" if count > 1 else ""
        rows.append(Row(f"store-{operation}-{count}{'-durable' if durable else ''}",
                        f"Store {operation}{durable}, {count} process{plural}",
                        (store("lmdb"), store("file"), store("json"), store("sqlite"), redis),
                        (Target("rate", "redis", at_least=least),), seconds=2))
    return rows


def build_rows(root: Path) -> list[Row]:
    run = tuple(next(one for one in reversed(find_stages(root)) if one.programs).programs)
    return [
        Row("build", "Clean build", (CleanBuild("everything", root, "all"), CleanBuild("./workshop run", root, *run)),
            (Target("seconds", None, at_most=60),), rounds=1, only_when_named=True),
        Row("edit", "Edit of a program to its verdict",
            (Edit("exec_demo", root, "01-spawn-exec/programs/exec_demo.cpp", "exec_demo shows a result"),),
            (Target("seconds", None, at_most=5),), rounds=1, only_when_named=True),
    ]


def all_rows(peers: Peers) -> list[Row]:
    return (http_rows(peers) + message_rows(peers) + process_rows(peers) + store_rows(peers)
            + build_rows(peers.root))
