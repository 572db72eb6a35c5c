"""Traffic as a file: JSON Lines, which can be opened again, or CSV for a spreadsheet.

Records were redacted when they were made, so a file holds no token or password either.
"""

from __future__ import annotations

import base64
import contextlib
import csv
import io
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from authws_desktop.hub.redaction import redact, redact_text
from authws_desktop.hub.traffic import Delivery, Direction, Identity, Kind, Record, TrafficRing
from authws_desktop.protocol.timestamps import format_timestamp

FORMAT = "authws-traffic"
VERSION = 1
SLICE = 500
MAX_OPENED = 1_000_000
"""Records read from a file at most; the newest are kept."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class FileFormat(StrEnum):
    """How records are written; the value is the file's suffix."""

    JSON_LINES = "jsonl"
    CSV = "csv"


class ExportError(Exception):
    """A file cannot be written or read; says why."""


class _Header(msgspec.Struct):
    format: str
    version: int


class Job:
    """Work on a file that can be watched and called off from another thread.

    Attributes:
        done: Records so far.
        total: Of so many.
    """

    def __init__(self, total: int = 0) -> None:
        self.done = 0
        self.total = total
        self._is_cancelled = threading.Event()

    def cancel(self) -> None:
        """Stop soon and leave no file."""
        self._is_cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether it was called off."""
        return self._is_cancelled.is_set()

    @property
    def percent(self) -> int:
        """How far it has come."""
        return min(100, self.done * 100 // self.total) if self.total else 0


def export(
    file: Path, records: Sequence[Record] | Iterable[Record], file_format: FileFormat, job: Job
) -> None:
    """Write records to a file, whole or not at all. For a worker thread.

    Args:
        file: The target; replaced once everything is written.
        records: Oldest first.
        file_format: Which.
        job: Counts, and may be cancelled: then the target is as it was.

    Raises:
        ExportError: It cannot be written.
    """
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as stream:
            write = _json_lines if file_format is FileFormat.JSON_LINES else _csv_lines
            for lines in write(records, job):
                stream.write(lines)
        if not job.is_cancelled:
            partial.replace(file)
    except OSError as error:
        raise ExportError(f"The traffic cannot be written to {file} ({error.strerror}).") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _slices(records: Iterable[Record], job: Job) -> Iterator[list[Record]]:
    rest = iter(records)
    while not job.is_cancelled and (found := list(islice(rest, SLICE))):
        yield found
        job.done += len(found)


def _json_lines(records: Iterable[Record], job: Job) -> Iterator[str]:
    yield msgspec.json.encode(_Header(FORMAT, VERSION)).decode() + "\n"
    for found in _slices(records, job):
        yield "".join(f"{msgspec.json.encode(as_row(record)).decode()}\n" for record in found)


# JSON Lines


def as_row(record: Record) -> dict[str, Any]:
    """Return a record as what JSON can hold; nothing of it is lost."""
    row = msgspec.to_builtins(msgspec.structs.replace(record, payload=b"", claims=b""))
    for name, value in (("payload", record.payload), ("claims", record.claims)):
        try:
            row[name] = value.decode()
        except UnicodeDecodeError:
            row[name] = ""
            row[f"{name}_base64"] = base64.b64encode(value).decode()
    return {name: value for name, value in row.items() if value not in ("", None, False)}


class _Row(msgspec.Struct, kw_only=True):
    number: int = 0
    time_s: float
    direction: Direction
    kind: Kind
    identity: Identity
    payload: str = ""
    payload_base64: str = ""
    size_bytes: int = 0
    to: str = ""
    recipients: int = 0
    outcome: str = ""
    detail: str = ""
    is_binary: bool = False
    is_from_host: bool = False
    delivery: Delivery | None = None
    claims: str = ""
    claims_base64: str = ""


_row_decoder = msgspec.json.Decoder(_Row)
_header_decoder = msgspec.json.Decoder(_Header)


def from_row(line: bytes, number: int) -> Record:
    """Return the record of a line.

    Args:
        line: As written by `as_row`; from outside, so it is redacted again.
        number: What it is numbered.

    Raises:
        msgspec.DecodeError, ValueError: It is none.
    """
    row = _row_decoder.decode(line)
    payload = base64.b64decode(row.payload_base64) if row.payload_base64 else row.payload.encode()
    claims = base64.b64decode(row.claims_base64) if row.claims_base64 else row.claims.encode()
    return Record(
        number,
        row.time_s,
        row.direction,
        row.kind,
        row.identity,
        redact(payload),
        row.size_bytes,
        redact_text(row.to),
        row.recipients,
        row.outcome,
        redact_text(row.detail),
        row.is_binary,
        row.is_from_host,
        row.delivery,
        redact(claims),
    )


def open_file(file: Path, job: Job) -> TrafficRing:
    """Read an exported JSON Lines file. For a worker thread.

    Args:
        file: One written by `export`.
        job: Counts bytes, and may be cancelled: what was read so far is returned.

    Raises:
        ExportError: It cannot be read or is no such file; names the line.
    """
    ring = TrafficRing(MAX_OPENED, 2**31)
    try:
        job.total = file.stat().st_size
        with file.open("rb") as stream:
            _read_header(file, stream.readline(1000))
            for number, line in enumerate(stream, 2):
                if job.is_cancelled:
                    break
                _read_line(file, ring, number, line)
                job.done += len(line)
    except OSError as error:
        raise ExportError(f"{file} cannot be read ({error.strerror}).") from None
    return ring


def _read_header(file: Path, line: bytes) -> None:
    try:
        header = _header_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        header = _Header("", 0)
    if header.format != FORMAT:
        raise ExportError(f"{file.name} is no traffic exported by this program as JSON Lines.")
    if header.version != VERSION:
        raise ExportError(f"{file.name} was written by a newer version of this program.")


def _read_line(file: Path, ring: TrafficRing, number: int, line: bytes) -> None:
    if not line.strip():
        return
    try:
        ring.append(from_row(line, ring.next_number))
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise ExportError(f"{file.name} is damaged at line {number}.") from None


# CSV

_COLUMNS: tuple[tuple[str, Callable[[Record], object]], ...] = (
    ("number", lambda record: record.number),
    ("time", lambda record: format_timestamp(record.time_s)),
    ("direction", lambda record: record.direction),
    ("type", lambda record: record.kind),
    ("user", lambda record: record.identity.username),
    ("user id", lambda record: record.identity.user_id),
    ("connection", lambda record: record.identity.number or ""),
    ("client id", lambda record: record.identity.client_id),
    ("address", lambda record: record.identity.address),
    ("app", lambda record: record.identity.app),
    ("token id", lambda record: record.identity.token_id),
    ("to", lambda record: record.to),
    ("recipients", lambda record: record.recipients),
    ("size bytes", lambda record: record.size_bytes),
    ("outcome", lambda record: record.outcome),
    ("detail", lambda record: record.detail),
    ("host", lambda record: "yes" if record.is_from_host else ""),
    ("payload", lambda record: record.payload.decode("utf-8", "backslashreplace")),
)


def _csv_lines(records: Iterable[Record], job: Job) -> Iterator[str]:
    yield "\ufeff" + _csv([[name for name, _ in _COLUMNS]])  # the mark lets spreadsheets see UTF-8
    for found in _slices(records, job):
        yield _csv([[cell(read(record)) for _, read in _COLUMNS] for record in found])


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def cell(value: object) -> str:
    """Return a cell's text; one that a spreadsheet might run as a formula becomes plain (OWASP).

    NUL is left out: it ends a file for some readers.
    """
    text = str(value).replace("\0", "")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text
