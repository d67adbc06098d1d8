"""Archives: reads a student's without ever unpacking it to the disk, and packs one's own."""
from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Callable, Mapping, Sequence

from .submissions import ENTRIES, MOST, Refused, choose, decoded, printable

UNPACKED = 64 * 1024 * 1024  # bytes


class Bounded(io.RawIOBase):
    """What an archive unpacks to, up to a limit."""

    def __init__(self, inner: IO[bytes]) -> None:
        super().__init__()
        self.inner = inner
        self.left = UNPACKED

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray") -> int:  # type: ignore[override]
        data = self.inner.read(len(buffer))
        self.left -= len(data)
        if self.left < 0:
            raise Refused("the archive unpacks to more than 64 MiB")
        buffer[:len(data)] = data
        return len(data)


def take(path: Path, wanted: Sequence[str], number: str) -> "dict[str, str]":
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise Refused(f"{path.name} is no plain file")
    if found.st_size > UNPACKED:
        raise Refused("the archive has more than 64 MiB")
    try:
        reader: "Callable[..., dict[str, str]]" = from_zip if path.name.endswith(".zip") else from_tar
        return reader(path, wanted, number)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, gzip.BadGzipFile, RuntimeError, ValueError,
            NotImplementedError) as error:
        raise Refused(f"the archive cannot be read: {printable(str(error))[:120]}") from None


def checked(name: str, count: int) -> str:
    if count >= ENTRIES:
        raise Refused(f"the archive holds more than {ENTRIES} files")
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
        raise Refused(f"the archive holds a path that leads out of it: {printable(name)[:120]}")
    return "/".join(part for part in parts if part != ".")


def is_wanted(name: str, wanted: Sequence[str]) -> bool:
    return any(name == file or name.endswith("/" + file) for file in wanted)


def from_tar(path: Path, wanted: Sequence[str], number: str) -> "dict[str, str]":
    """Nothing is unpacked to the disk: the wanted members are read where they come by."""
    files: "dict[str, bytes]" = {}
    links: "set[str]" = set()
    with gzip.open(path, "rb") as unzipped:
        stream = io.BufferedReader(Bounded(unzipped))  # type: ignore[arg-type]
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for count, member in enumerate(archive):
                name = checked(member.name, count)
                if member.isdev():
                    raise Refused(f"the archive holds a device file: {printable(name)[:120]}")
                if not is_wanted(name, wanted):
                    continue
                if member.issym() or member.islnk():
                    files[name] = b""
                    links.add(name)
                elif member.isfile():
                    content = archive.extractfile(member)
                    files[name] = content.read(MOST + 1) if content else b""
                    links.discard(name)  # of two with one name the later one counts
    return picked(files, links, wanted, number)


def from_zip(path: Path, wanted: Sequence[str], number: str) -> "dict[str, str]":
    files: "dict[str, bytes]" = {}
    links: "set[str]" = set()
    with zipfile.ZipFile(path) as archive:
        for count, member in enumerate(archive.infolist()):
            name = checked(member.filename, count)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
                raise Refused(f"the archive holds a device file: {printable(name)[:120]}")
            if member.is_dir() or not is_wanted(name, wanted):
                continue
            if name in files:
                raise Refused(f"{printable(name)} is there twice; hand in one")
            if kind == stat.S_IFLNK:
                links.add(name)
            with archive.open(member) as content:
                files[name] = content.read(MOST + 1)
    return picked(files, links, wanted, number)


def picked(files: "dict[str, bytes]", links: "set[str]", wanted: Sequence[str], number: str) -> "dict[str, str]":
    chosen = choose(files, wanted, number)
    for file, path in chosen.items():
        if path in links:
            raise Refused(f"{file} is a link; hand in the file itself")
    return {file: decoded(file, files[path]) for file, path in chosen.items()}


def pack(texts: Mapping[str, str], prefix: str, made: Path) -> None:
    """A .tar.gz of those files: the same bytes for the same texts."""
    with made.open("wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as zipped:
        with tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name in sorted(texts):
                data = texts[name].encode()
                member = tarfile.TarInfo(f"{prefix}/{name}")
                member.size, member.mode = len(data), 0o644
                archive.addfile(member, io.BytesIO(data))
