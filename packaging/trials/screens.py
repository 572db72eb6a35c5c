"""A screen that nobody sees: Xvfb, to look at and to time with."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PIL import Image, ImageChops, ImageGrab

WIDTH, HEIGHT = 1366, 900
POLL_INTERVAL_S = 0.01


@contextmanager
def open_screen() -> Iterator[str]:
    """Run Xvfb on a free display, whose name (for DISPLAY) is yielded."""
    read_end, write_end = os.pipe()
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", f"{WIDTH}x{HEIGHT}x24"]
    # Each look at the screen is a client that leaves; with the last one, Xvfb would begin anew.
    process = subprocess.Popen(
        [*command, "-noreset", "-nolisten", "tcp"], pass_fds=[write_end], stderr=subprocess.DEVNULL
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb does not start"
        yield f":{number}"
    finally:
        process.terminate()
        process.wait(10)


def picture(display: str) -> Image.Image:
    """Return what can be seen now."""
    return ImageGrab.grab(xdisplay=display)


def seconds_until_drawn(display: str, start: Callable[[], object], timeout_s: float = 60) -> float:
    """Start something and return how long it took until half of the screen's middle third has changed."""
    middle = (0, HEIGHT // 3, WIDTH, HEIGHT * 2 // 3)
    before = picture(display).crop(middle)
    started = time.monotonic()
    start()
    while time.monotonic() - started < timeout_s:
        now = picture(display).crop(middle)
        unchanged = ImageChops.difference(before, now).convert("L").histogram()[0]
        if unchanged <= before.width * before.height // 2:
            return time.monotonic() - started
        time.sleep(POLL_INTERVAL_S)
    raise AssertionError(f"no window was drawn within {timeout_s:.0f} s")
