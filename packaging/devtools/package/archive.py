"""Archives of which the same files always make the same bytes."""

import gzip
import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Archive:
    """A .tar.gz that is written; who built it, and when, is not in it."""

    def __init__(self, tar: tarfile.TarFile, moment_s: int) -> None:
        self._tar = tar
        self._moment_s = moment_s

    def _anonymous(self, member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = self._moment_s
        return member

    def add_folder(self, folder: Path, name: str) -> None:
        """Add a folder with all that is in it, in the order of the names."""
        self._tar.add(folder, name, filter=self._anonymous)

    def add_file(self, name: str, content: bytes, mode: int = 0o644) -> None:
        """Add one file."""
        member = self._anonymous(tarfile.TarInfo(name))
        member.size, member.mode = len(content), mode
        self._tar.addfile(member, io.BytesIO(content))


@contextmanager
def packed(file: Path, moment_s: int) -> Iterator[Archive]:
    """Write a .tar.gz.

    Args:
        file: Where it goes.
        moment_s: The time of all members, in seconds since 1970.
    """
    # gzip has a time and a name of its own; tarfile would take the time from the clock.
    with (
        file.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=moment_s) as stream,
        tarfile.open(fileobj=stream, mode="w") as tar,
    ):
        yield Archive(tar, moment_s)
