"""Archives of which the same files always make the same bytes."""

import datetime
import gzip
import tarfile
from pathlib import Path


def pack(folder: Path, file: Path, top: str, moment: datetime.datetime) -> Path:
    """Write a folder as a .tar.gz and return it; who built it, when, and with what umask is not in it.

    Args:
        folder: What is packed.
        file: Where it goes.
        top: What the folder is called in it.
        moment: The time of all members.
    """
    moment_s = int(moment.timestamp())

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = moment_s
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        return member

    # gzip has a time and a name of its own; tarfile would take the time from the clock.
    with (
        file.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=moment_s) as stream,
        tarfile.open(fileobj=stream, mode="w") as tar,
    ):
        tar.add(folder, top, filter=anonymous)
    return file
