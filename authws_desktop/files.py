"""Files that a crash leaves whole, and that others may change while the program runs."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_RANDOM = r"[a-z0-9_]{8}"  # what `tempfile` appends


def write_atomically(file: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a file's content in one step, making its folder where needed.

    Args:
        file: The target.
        content: All of its bytes.
        mode: Permissions of the new file.

    Raises:
        OSError: The folder or file cannot be written; the old file is as it was.
    """
    with _draft(file, content, mode) as draft:
        draft.replace(file)


def create_atomically(file: Path, content: bytes) -> None:
    """Make a file that only this user may read, in one step; one that is there already stays.

    Args:
        file: The target.
        content: All of its bytes.

    Raises:
        OSError: The folder or file cannot be written.
    """
    with _draft(file, content, 0o600) as draft:
        try:
            # A link fails where the name exists, a rename replaces it: of two processes that make the file at
            # once, the second must not win.
            os.link(draft, file)
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            if not file.exists():
                draft.replace(file)


@contextlib.contextmanager
def _draft(file: Path, content: bytes, mode: int) -> Iterator[Path]:
    """Write a file beside the target; what is still there at the end goes.

    Its name holds this process's id, so that `remove_leftovers` of another process leaves it alone.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target: only within one file system is a rename one step.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.{os.getpid()}.")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            # Before the rename: some file systems write names before contents, and a power failure between
            # the two would leave an empty file.
            os.fsync(stream.fileno())
        # `mkstemp` makes it 0600; it is opened to others only when it is whole.
        draft.chmod(mode)
        yield draft
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def remove_leftovers(file: Path) -> None:
    """Remove what processes that were killed while they wrote a file left beside it; never raises.

    Args:
        file: The file they wrote. Only names that `write_atomically` gives are removed (those of version
            0.1.0 have no process id), and none of a process that still runs.
    """
    name = re.compile(rf"\.{re.escape(file.name)}\.(?:(\d+)\.)?{_RANDOM}")
    with contextlib.suppress(OSError):
        for each in list(file.parent.iterdir()):
            found = name.fullmatch(each.name)
            if found is not None and not (found[1] and psutil.pid_exists(int(found[1]))):
                with contextlib.suppress(OSError):
                    each.unlink()


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells one content of a file from another without reading it.

    Attributes:
        modified_ns: Time of the last write, nanoseconds since the epoch.
        size_bytes: Its length.
        inode, device: Which file it is; a file that was replaced is another one.
    """

    modified_ns: int
    size_bytes: int
    inode: int
    device: int

    def is_same_file(self, other: FileStamp) -> bool:
        """Tell whether both are of the same file, whatever was written to it in between."""
        return (self.inode, self.device) == (other.inode, other.device)


def stamp_of(file: Path) -> FileStamp | None:
    """Return a file's stamp; `None` if there is no such file.

    Raises:
        OSError: The file cannot be looked at.
    """
    try:
        found = file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return FileStamp(found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev)


class WatchedFile:
    """A file whose content this program holds in memory, while others may change it.

    Looking costs one system call. Whoever reads the file looks first and notes what was seen afterwards:
    what is written in between is then seen as a change.

    Attributes:
        file: Its path.
        noted: The stamp of the content in memory; `None` while there was no file.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.noted: FileStamp | None = None

    def look(self) -> FileStamp | None:
        """Return the stamp now; `None` if there is no file.

        Raises:
            OSError: It cannot be looked at.
        """
        return stamp_of(self.file)

    def note(self, stamp: FileStamp | None) -> None:
        """Take the content with this stamp for the one in memory."""
        self.noted = stamp

    def write(self, content: bytes) -> None:
        """Replace the content in one step, and note it.

        Raises:
            OSError: It cannot be written; the old file is as it was.
        """
        write_atomically(self.file, content)
        self.note(self.look())


def is_disk_full(error: OSError) -> bool:
    """Tell whether a write failed for want of room, be it the disk's or what this user may have of it."""
    return error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def advice_on(error: OSError, otherwise: str) -> str:
    """Return what a person can do about a file that cannot be written.

    Args:
        error: Why it cannot.
        otherwise: The advice where the disk is not full.
    """
    return "The disk is full: make room, then try again." if is_disk_full(error) else otherwise
