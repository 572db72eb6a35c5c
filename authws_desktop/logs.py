"""The program's own log: a file that rotates, and the newest lines in memory for the window.

Secrets have no business in a log; should one get there all the same, it is hidden here.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path

from authws_desktop.paths import DataPaths
from authws_desktop.settings import Settings
from authws_desktop.traffic.redaction import redact_text

MAX_FILE_BYTES = 1024 * 1024
FILES_KEPT = 3
LINES_KEPT = 5000
_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


class RedactingFormatter(logging.Formatter):
    """Formats like its base, then hides tokens and passwords, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        return redact_text(super().format(record))


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry of the log.

    Attributes:
        number: Running number from 1.
        time_s: Seconds since the epoch.
        level: `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`.
        logger: Name of the logger, which is the module's.
        text: The message and, where there is one, its traceback.
    """

    number: int
    time_s: float
    level: str
    logger: str
    text: str


class LogRing(logging.Handler):
    """Keeps the newest lines.

    Attributes:
        last_number: Number of the newest line, 0 if there was none.
    """

    def __init__(self, max_lines: int = LINES_KEPT) -> None:
        super().__init__()
        self.setFormatter(RedactingFormatter("%(message)s"))
        self.last_number = 0
        self._lines: deque[LogLine] = deque(maxlen=max_lines)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record; called in whichever thread logs, under the handler's lock."""
        self.last_number += 1
        text = self.format(record)
        self._lines.append(LogLine(self.last_number, record.created, record.levelname, record.name, text))

    def after(self, number: int) -> list[LogLine]:
        """Return the lines that follow a number, oldest first."""
        missing = self.last_number - number
        if missing <= 0:
            return []
        return list(islice(self._lines, max(0, len(self._lines) - missing), None))


class PrivateFileHandler(logging.handlers.RotatingFileHandler):
    """Rotates like its base, in files that only their owner can read: names and addresses stand in them."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        # Versions up to 0.1.0 made it readable for everyone. What is not ours cannot be changed, only used.
        with contextlib.suppress(PermissionError):
            Path(self.baseFilename).chmod(0o600)
        return os.fdopen(handle, "a", encoding=self.encoding)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as its base
        """Lose the line when the disk is full; a traceback for each would hide what is said of it."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def close(self) -> None:
        """Close the file, also where what is left cannot be written."""
        with contextlib.suppress(OSError):
            super().close()


def set_up_logging(
    settings: Settings,
    paths: DataPaths,
    *,
    ring: LogRing | None = None,
    to_stderr: bool = False,
    warnings: Iterable[str] = (),
) -> None:
    """Send the program's log to its file, and to the window or the terminal.

    A folder that cannot be written costs the file, not the program.

    Args:
        settings: Decide the level.
        paths: Names the log file.
        ring: The window's lines.
        to_stderr: Whether to print as well.
        warnings: What was found before there was a log; it comes first.
    """
    root = logging.getLogger()
    close_logging()
    root.setLevel(level_of(settings))
    # SQLAlchemy and asyncio say at debug level what would hold passwords' hashes and drown the rest.
    for name in ("asyncio", "sqlalchemy", "aiohttp", "websockets"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Port scanners send aiohttp broken requests; they are no errors of ours.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    if ring is not None:
        root.addHandler(ring)
    if to_stderr:
        _add(logging.StreamHandler(sys.stderr))
    try:
        paths.log_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(PermissionError):
            paths.log_dir.chmod(0o700)
        _add(
            PrivateFileHandler(
                paths.log_file, maxBytes=MAX_FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
            )
        )
    except OSError as error:
        logging.getLogger(__name__).warning("No log file can be written (%s).", error)
    for warning in warnings:
        logging.getLogger(__name__).warning("%s", warning)


def close_logging() -> None:
    """Take this program's handlers away and close their files."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, LogRing) or isinstance(handler.formatter, RedactingFormatter):
            root.removeHandler(handler)
            handler.close()


def level_of(settings: Settings) -> int:
    """Return the level that the settings ask for."""
    name = settings.log_level or ("debug" if settings.environment == "development" else "info")
    return logging.getLevelNamesMapping()[name.upper()]


def _add(handler: logging.Handler) -> None:
    handler.setFormatter(RedactingFormatter(_FORMAT))
    logging.getLogger().addHandler(handler)
