"""How many times a minute one byte goes to another process and back: over a socket pair, and over TCP on this machine."""
import os
import socket
import time

ROUNDS = 20000


def socket_pair():
    return socket.socketpair()


def tcp():
    with socket.create_server(("127.0.0.1", 0)) as server:
        first = socket.create_connection(server.getsockname())
        second, _ = server.accept()
    for end in (first, second):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return first, second


def measure(name, make):
    parent, child = make()
    if os.fork() == 0:
        for _ in range(ROUNDS):
            child.send(child.recv(1))
        os._exit(0)
    start = time.monotonic()
    for _ in range(ROUNDS):
        parent.send(b"x")
        parent.recv(1)
    print(f"{name}: {60 * ROUNDS / (time.monotonic() - start):.0f} round trips a minute", flush=True)
    os.wait()


measure("socket pair", socket_pair)
measure("TCP", tcp)
