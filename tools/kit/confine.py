"""Takes from this process what a submission's code must not have: the network, other processes, others' files."""
from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import resource
import signal
import socket
import stat
import struct
from typing import Any, Mapping

from .limits import MOST, lower

NEW_MOUNTS, NEW_IPC, NEW_USER, NEW_PIDS, NEW_NET = 0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000
BIND, RECURSIVE, PRIVATE, NO_SUID, NO_DEVICES = 4096, 16384, 1 << 18, 2, 4
MOUNT_SETATTR, HERE, WHOLE_TREE, READ_ONLY = 442, -100, 0x8000, 1
DIES_WITH_PARENT, ADOPTS_ORPHANS, NO_NEW_PRIVILEGES = 1, 36, 38
FIRST_UID = 1_900_000_000  # of users that nobody is
CPU = 120  # seconds that one process may compute

libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: Any) -> int:
    words = [each.encode() if isinstance(each, str) else each for each in arguments]
    result: int = getattr(libc, name)(*words)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, value: int) -> None:
    call("prctl", option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))


def mount(source: str, target: str, kind: "str | None", flags: int, words: "str | None" = None) -> None:
    call("mount", source, target, kind, ctypes.c_ulong(flags), words)


def leave(net: bool, pids_and_files: bool) -> None:
    """Leaves the namespaces that are shared with everybody; who is not root becomes the root of its own for that."""
    if not net:
        return
    user, group = os.getuid(), os.getgid()
    wanted = NEW_NET | (NEW_MOUNTS | NEW_PIDS | NEW_IPC if pids_and_files else 0)
    if user == 0:
        call("unshare", wanted)
    else:
        call("unshare", NEW_USER | wanted)
        for file, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{file}", "w", encoding="ascii") as map_:
                map_.write(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        up = struct.pack("16sh22x", b"lo", 1)
        fcntl.ioctl(any_socket, 0x8914, up)  # SIOCSIFFLAGS


def arrange_files(plan: Mapping[str, Any]) -> None:
    """All is read-only, /tmp is empty and small; `hidden` folders are gone, those that are `kept` stand in them."""
    mount("none", "/", None, RECURSIVE | PRIVATE)
    kept = {path: os.open(path, os.O_PATH) for path in [*plan["kept"], *plan["writable"]]}
    read_only("/", True)
    passing = ["/tmp", "/var/tmp", "/dev/shm"]
    hidden = {*passing, *plan["hidden"]} - {"/"}
    # A folder comes before what it holds, so that what is kept can be put into what was hidden.
    for path in sorted(hidden | set(kept), key=lambda path: (path.count("/"), path)):
        if path in hidden and os.path.isdir(path) and not os.path.islink(path):
            mode = "mode=1777" if path in passing else "mode=0755"
            mount("none", path, "tmpfs", NO_SUID | NO_DEVICES, f"size={plan['disk']}m,nr_inodes=20000,{mode}")
        if path in kept:
            keep(path, kept[path], path in plan["writable"])
    for descriptor in kept.values():
        os.close(descriptor)


def keep(path: str, descriptor: int, writable: bool) -> None:
    visible = os.path.lexists(path) and os.path.samestat(os.stat(path), os.fstat(descriptor))
    if visible and not writable:
        return
    if not visible:
        os.makedirs(path, exist_ok=True)
    mount(f"/proc/self/fd/{descriptor}", path, None, BIND | RECURSIVE)
    if writable:
        read_only(path, False)


def read_only(path: str, on: bool) -> None:
    """Since Linux 5.12; before that, the rights of the user alone keep what is there."""
    attributes = struct.pack("=QQQQ", READ_ONLY if on else 0, 0 if on else READ_ONLY, 0, 0)
    try:
        call("syscall", MOUNT_SETATTR, HERE, path, WHOLE_TREE, attributes, ctypes.c_ulong(len(attributes)))
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise


def fresh_proc() -> None:
    mount("proc", "/proc", "proc", NO_SUID | NO_DEVICES)


def become_nobody(number: int, drop: bool) -> None:
    """Root becomes a user of no rights, one for each cage; others stay who they are and lose what is left of root."""
    prctl(NO_NEW_PRIVILEGES, 1)
    if drop:
        user = FIRST_UID + number % 1_000_000
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def limit(threads: int) -> None:
    """The limits of any check, but for the cpu: a compiler needs more of it."""
    shared = {what: most for what, (_, most) in MOST.items()}
    for what, most in {**shared, resource.RLIMIT_CPU: CPU, resource.RLIMIT_NPROC: threads}.items():
        resource.setrlimit(what, (lower(most, what),) * 2)


def read_bounded(path: str, most: int) -> str:
    """The beginning of a plain file, whatever somebody may have put in its place; "" if it is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return ""
    with open(descriptor, "rb") as file:
        return file.read(most).decode(errors="replace")


def restore_signals() -> None:
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
