"""A screen that nobody sees: Xvfb with its pixels in a file, to look at and to time with."""

import mmap
import os
import struct
import subprocess
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from devtools.processes import DevError

WIDTH, HEIGHT = 1366, 900
POLL_INTERVAL_S = 0.002


class Picture(NamedTuple):
    """What is on a screen.

    Attributes:
        width, height: In pixels.
        rows: Each row as red, green and blue bytes.
    """

    width: int
    height: int
    rows: list[bytes]

    def count_colours(self) -> int:
        """Return how many colours there are."""
        return len({row[at : at + 3] for row in self.rows for at in range(0, len(row), 3)})

    def png(self) -> bytes:
        """Return it as a PNG file."""
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        body = zlib.compress(b"".join(b"\0" + row for row in self.rows), 9)
        chunks = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def read_xwd(content: bytes) -> Picture:
    """Read a screen of 24 bits a pixel in the form that Xvfb writes (XWDFile.h of X11).

    Args:
        content: The file.
    """
    fields = struct.unpack(">25I", content[:100])
    header_size, version, width, height = fields[0], fields[1], fields[4], fields[5]
    byte_order, bits, row_bytes, colours = fields[7], fields[11], fields[12], fields[19]
    if (version, bits, byte_order) != (7, 32, 0):
        raise ValueError(f"not a screen of 32 bits a pixel: {fields}")
    at = header_size + colours * 12
    rows = []
    for number in range(height):
        row = content[at + number * row_bytes :][: width * 4]
        pixels = bytearray(width * 3)
        pixels[0::3], pixels[1::3], pixels[2::3] = row[2::4], row[1::4], row[0::4]
        rows.append(bytes(pixels))
    return Picture(width, height, rows)


class Screen:
    """A running Xvfb.

    Attributes:
        display: For the environment variable DISPLAY.

    Args:
        folder: Where it keeps its pixels.
        display: Its name.
    """

    def __init__(self, folder: Path, display: str) -> None:
        self.display = display
        self._file = folder / "Xvfb_screen0"

    def picture(self) -> Picture:
        """Return what can be seen now."""
        return read_xwd(self._file.read_bytes())

    def seconds_until_drawn(self, start: Callable[[], object], timeout_s: float = 60) -> float:
        """Start something and return how long it took until it had drawn most of a window.

        "Most" means: at least half of the points in the middle third are no longer as they were.

        Raises:
            DevError: Nothing was drawn in time.
        """
        with self._file.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pixels:
            points = range(len(pixels) // 3, len(pixels) // 3 * 2, 40_004)
            before = [pixels[at : at + 3] for at in points]
            started = time.monotonic()
            start()
            while time.monotonic() - started < timeout_s:
                changed = sum(pixels[at : at + 3] != old for at, old in zip(points, before, strict=True))
                if changed >= len(before) * 0.5:
                    return time.monotonic() - started
                time.sleep(POLL_INTERVAL_S)
        raise DevError(f"No window was drawn within {timeout_s:.0f} s.")


@contextmanager
def open_screen() -> Iterator[Screen]:
    """Run Xvfb on a free display."""
    with tempfile.TemporaryDirectory(prefix="authws-screen-") as folder:
        read_end, write_end = os.pipe()
        command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{WIDTH}x{HEIGHT}x24"]
        process = subprocess.Popen(
            [*command, "-fbdir", folder, "-nolisten", "tcp"], pass_fds=[write_end], stderr=subprocess.DEVNULL
        )
        os.close(write_end)
        try:
            with os.fdopen(read_end) as answer:
                number = answer.readline().strip()
            if not number:
                raise DevError("Xvfb does not start.")
            yield Screen(Path(folder), f":{number}")
        finally:
            process.terminate()
            process.wait(10)
