"""Who is at the other end: of a pipe by its inode, of a socket by what the kernel tells of its peer."""
from __future__ import annotations

import os
import socket
import struct
from dataclasses import dataclass, field
from typing import Iterator, Sequence

from .procfs import PROC, Descriptor, Process, read

NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, DUMP = 4, 20, 0x301
SHOW_PEER, ATTRIBUTE_PEER = 4, 2
DONE, ERROR = 3, 2
HEADER, MESSAGE, ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=BBBBIII"), struct.Struct("=HH")
LISTENS, CONNECTING, RETRANSMITS = "0A", "02", "01"
MAPPED = "0000000000000000FFFF0000"  # an IPv4 address as IPv6 has it


@dataclass(frozen=True)
class Tcp:
    local: str
    remote: str
    state: str
    timer: str

    @property
    def busy(self) -> bool:
        """Whether the kernel itself will do something: it connects, or sends once more."""
        return self.state == CONNECTING or self.timer == RETRANSMITS

    @property
    def port(self) -> int:
        return int(self.local.rpartition(":")[2], 16)


@dataclass(frozen=True)
class End:
    """One holder of the other end."""

    process: Process
    descriptor: Descriptor


def unix_peers() -> dict[int, int]:
    """The inode of every connected unix socket's peer, asked of the kernel; empty where it does not answer."""
    request = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, 0xffffffff, 0, SHOW_PEER, 0, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as kernel:
            kernel.settimeout(1)
            kernel.send(HEADER.pack(HEADER.size + len(request), SOCK_DIAG_BY_FAMILY, DUMP, 1, 0) + request)
            return dict(answers(kernel))
    except OSError:
        return {}


def answers(kernel: socket.socket) -> Iterator[tuple[int, int]]:
    while True:
        data = kernel.recv(1 << 16)
        while len(data) >= HEADER.size:
            length, kind, *_ = HEADER.unpack_from(data)
            if kind in (DONE, ERROR):
                return
            inode = MESSAGE.unpack_from(data, HEADER.size)[4]
            at = HEADER.size + MESSAGE.size
            while at + ATTRIBUTE.size <= length:
                size, name = ATTRIBUTE.unpack_from(data, at)
                if name == ATTRIBUTE_PEER:
                    yield inode, struct.unpack_from("=I", data, at + ATTRIBUTE.size)[0]
                at += max(ATTRIBUTE.size, (size + 3) & ~3)
            data = data[(length + 3) & ~3:]


def tcp_sockets() -> dict[int, Tcp]:
    """Every TCP socket by its inode."""
    found = {}
    for name in ("tcp", "tcp6"):
        for line in read(PROC / "net" / name).splitlines()[1:]:
            words = line.split()
            found[int(words[9])] = Tcp(words[1].replace(MAPPED, ""), words[2].replace(MAPPED, ""), words[3],
                                       words[5].partition(":")[0])
    return found


@dataclass
class Connections:
    """What connects some processes, at one moment."""

    processes: Sequence[Process]
    peers: dict[int, int] = field(default_factory=unix_peers)
    tcp: dict[int, Tcp] = field(default_factory=tcp_sockets)

    def holders(self, kind: str, inode: int) -> list[End]:
        return [End(process, one) for process in self.processes for one in process.descriptors.values()
                if one.inode == inode and one.kind == kind]

    def known(self, one: Descriptor) -> bool:
        """Whether it is known who is at the other end."""
        return one.kind == "pipe" or (one.kind == "socket" and (one.inode in self.peers or self.tcp_peer(one) != 0))

    def tcp_peer(self, one: Descriptor) -> int:
        mine = self.tcp.get(one.inode)
        if not mine or mine.state == LISTENS:
            return 0
        return next((inode for inode, other in self.tcp.items()
                     if (other.local, other.remote) == (mine.remote, mine.local)), 0)

    def other_ends(self, one: Descriptor) -> list[End]:
        """Who holds the other end of a pipe or socket: whoever could write what is read here, or read what is written."""
        if one.kind == "pipe":
            wanted = os.O_WRONLY if one.mode == os.O_RDONLY else os.O_RDONLY
            return [end for end in self.holders("pipe", one.inode) if end.descriptor.mode in (wanted, os.O_RDWR)]
        peer = self.peers.get(one.inode) or self.tcp_peer(one)
        return self.holders("socket", peer) if one.kind == "socket" and peer else []

    def wakes_itself(self, one: Descriptor, process: Process) -> bool:
        """Whether it is a pipe by which a process wakes itself: Asio has one for signals. Its end is never awaited."""
        return one.kind == "pipe" and all(end.process.pid == process.pid and not end.descriptor.waits
                                          for end in self.holders("pipe", one.inode))

    def kernel_is_busy(self) -> bool:
        """Whether a connection of these processes is being made or sent again, which takes the kernel seconds."""
        return any(self.tcp[one.inode].busy for process in self.processes for one in process.descriptors.values()
                   if one.inode in self.tcp)
