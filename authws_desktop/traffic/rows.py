"""Traffic as a file: JSON Lines, which can be opened again, CSV for a spreadsheet, or HAR for a browser.

Records were redacted when they were made, so a file holds no token or password either.
"""

from __future__ import annotations

import base64
import contextlib
import os
import threading
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec import structs

from authws_desktop.errors import ProductError
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.spreadsheet import MARK, csv_lines
from authws_desktop.traffic.har import har_of
from authws_desktop.traffic.json_path import value_at, value_text
from authws_desktop.traffic.record import Record
from authws_desktop.traffic.recorder import redact_exchange
from authws_desktop.traffic.redaction import redact, redact_text
from authws_desktop.traffic.ring import TrafficRing

FORMAT = "authws-traffic"
VERSION = 1
SLICE = 500
MAX_OPENED = 1_000_000
"""Records read from a file at most; the newest are kept."""


class FileFormat(StrEnum):
    """How records are written; the value is the file's suffix."""

    JSON_LINES = "jsonl"
    CSV = "csv"
    HAR = "har"


class ExportError(ProductError):
    """A file cannot be written or read; says why."""


class _Header(msgspec.Struct):
    format: str
    version: int


_header_decoder = msgspec.json.Decoder(_Header)
_row_decoder = msgspec.json.Decoder(dict[str, Any])
_BYTES_FIELDS = ("payload", "claims")
_TEXT_FIELDS = ("payload", "claims", "payload_base64", "claims_base64", "to", "detail")
# A header is one short line; without a bound, a large foreign file without line ends would be read whole.
_LONGEST_HEADER = 1000
_FOREIGN = "{} is no traffic exported by this program as JSON Lines."


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
        """Ask the work to stop; it does so within some hundred rows and leaves no file. Any thread."""
        self._is_cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._is_cancelled.is_set()

    @property
    def percent(self) -> int:
        """How far the work has come, 0 to 100."""
        return min(100, self.done * 100 // self.total) if self.total else 0


def export(
    file: Path,
    records: Sequence[Record] | Iterable[Record],
    file_format: FileFormat,
    job: Job,
    paths: Sequence[str] = (),
) -> None:
    """Write records to a file, whole or not at all. For a worker thread.

    Args:
        file: The target; replaced once everything is written.
        records: Oldest first.
        file_format: JSON Lines or CSV.
        job: Counts, and may be cancelled: then the target is as it was.
        paths: Into the JSON (`content.text`); of each, CSV has a column behind the others.

    Raises:
        ExportError: It cannot be written.
    """
    # Beside the target, as only a rename within one file system is atomic; with the process's number, as two
    # windows may export to the same name.
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        # Without translation of line ends: CSV brings its own (RFC 4180).
        with partial.open("w", encoding="utf-8", newline="") as stream:
            for lines in as_text(records, file_format, job, paths):
                stream.write(lines)
        if not job.is_cancelled:
            partial.replace(file)
    except OSError as error:
        raise ExportError(f"The traffic cannot be written to {file} ({error.strerror}).") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def as_text(
    records: Iterable[Record], file_format: FileFormat, job: Job, paths: Sequence[str] = ()
) -> Iterator[str]:
    """Yield records as the text of a file, some hundred at a time.

    Args: See `export`.
    """
    if file_format is FileFormat.CSV:
        return _csv_lines(records, job, paths)
    return (_har if file_format is FileFormat.HAR else _json_lines)(records, job)


def _har(records: Iterable[Record], job: Job) -> Iterator[str]:
    rows = (record for found in _slices(records, job) for record in found)
    yield msgspec.json.encode(har_of(rows)).decode() + "\n"


def _slices(records: Iterable[Record], job: Job) -> Iterator[list[Record]]:
    rest = iter(records)
    while not job.is_cancelled and (found := list(islice(rest, SLICE))):
        yield found
        job.done += len(found)


def _json_lines(records: Iterable[Record], job: Job) -> Iterator[str]:
    yield msgspec.json.encode(_Header(FORMAT, VERSION)).decode() + "\n"
    for found in _slices(records, job):
        yield "".join(f"{json_line(record)}\n" for record in found)


# JSON Lines


def as_row(record: Record) -> dict[str, Any]:
    """Return a record as what JSON can hold, under the names of its fields; nothing of it is lost.

    Bytes that are no UTF-8 stand in base64 under the field's name with `_base64` behind it; fields that say
    nothing are left out.
    """
    row = msgspec.to_builtins(record, builtin_types=(bytes,))
    for name in _BYTES_FIELDS:
        value: bytes = row[name]
        try:
            row[name] = value.decode()
        except UnicodeDecodeError:
            row[name] = ""
            row[f"{name}_base64"] = base64.b64encode(value).decode()
    return {name: value for name, value in row.items() if value not in ("", None, False)}


def json_line(record: Record) -> str:
    """Return a record as one JSON object on one line, as a file and the clipboard hold it."""
    return msgspec.json.encode(as_row(record)).decode()


def from_row(line: bytes, number: int) -> Record:
    """Return the record of a line.

    Args:
        line: As written by `json_line`; from outside, so it is redacted again.
        number: The number that the record gets.

    Raises:
        msgspec.DecodeError, ValueError: It is none.
    """
    row = _row_decoder.decode(line)
    if not all(isinstance(row.get(name, ""), str) for name in _TEXT_FIELDS):
        raise ValueError("a text is none")
    for name in _BYTES_FIELDS:
        encoded, text = row.pop(f"{name}_base64", ""), row.get(name, "")
        # Anybody may have written the file: what is shown obeys the same rule as what is recorded here.
        row[name] = redact(base64.b64decode(encoded) if encoded else text.encode())
    for name in ("to", "detail"):
        row[name] = redact_text(row.get(name, ""))
    record = msgspec.convert({**row, "number": number}, Record, builtin_types=(bytes,))
    return record if record.http is None else structs.replace(record, http=redact_exchange(record.http))


def open_file(file: Path, job: Job) -> TrafficRing:
    """Read an exported JSON Lines file. For a worker thread.

    Args:
        file: One written by `export`.
        job: Counts bytes, and may be cancelled: what was read so far is returned.

    Raises:
        ExportError: It cannot be read or is no such file; names the line.
    """
    # Bounded by memory, too: the file's rows may each hold a megabyte.
    ring = TrafficRing(MAX_OPENED, 2**31)
    try:
        job.total = file.stat().st_size
        with file.open("rb") as stream:
            # Editors of Windows put a byte-order mark before what was pasted into them.
            start = len(BOM_UTF8) if stream.read(len(BOM_UTF8)) == BOM_UTF8 else 0
            stream.seek(start)
            has_header = _has_header(file, stream.readline(_LONGEST_HEADER))
            if not has_header:
                stream.seek(start)  # rows that were copied and pasted have none
            for number, line in enumerate(stream, 2 if has_header else 1):
                if job.is_cancelled:
                    break
                _read_line(file, ring, number, line)
                job.done += len(line)
    except OSError as error:
        raise ExportError(f"{file} cannot be read ({error.strerror}).") from None
    return ring


def _has_header(file: Path, line: bytes) -> bool:
    if not line:
        raise ExportError(_FOREIGN.format(file.name))
    try:
        header = _header_decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    if header.format != FORMAT:
        raise ExportError(_FOREIGN.format(file.name))
    if header.version != VERSION:
        raise ExportError(f"{file.name} was written by a newer version of this program.")
    return True


def _read_line(file: Path, ring: TrafficRing, number: int, line: bytes) -> None:
    if not line.strip():
        return
    try:
        ring.append(from_row(line, ring.next_number))
    except (msgspec.DecodeError, ValueError, RecursionError):
        damaged = f"{file.name} is damaged at line {number}."
        # A first line that is no row says that the file is another kind; a later one, that it broke off.
        raise ExportError(_FOREIGN.format(file.name) if number == 1 else damaged) from None


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


def _csv_lines(records: Iterable[Record], job: Job, paths: Sequence[str]) -> Iterator[str]:
    columns: list[tuple[str, Callable[[Record], object]]] = [*_COLUMNS]
    columns += [(path, partial(_at, path)) for path in paths]
    yield MARK + csv_lines([[name for name, _ in columns]])
    for found in _slices(records, job):
        yield csv_lines([read(record) for _, read in columns] for record in found)


def _at(path: str, record: Record) -> str:
    found = value_at(record.payload, path.split("."))
    return "" if found is None else value_text(found[0])
