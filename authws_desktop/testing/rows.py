"""Rows of the traffic as programs get them, and files of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .errors import HarnessError

Row = dict[str, Any]
FORMAT, VERSION = "authws-traffic", 1
_SHOWN_CHARS = 200


class RowsError(HarnessError):
    """A file holds no rows that can be read; says why."""


def describe(row: Row) -> str:
    """Return a row on one line, for people."""
    who = row.get("identity", {})
    words = [
        f"#{row.get('number', '?')}",
        str(row.get("direction", "")),
        str(row.get("kind", "")),
        str(who.get("username") or who.get("client_id") or who.get("address") or "-"),
    ]
    words += [f"to {row['to']}"] if row.get("to") else []
    words += [f"[{row['outcome']}]"] if row.get("outcome") else []
    text = str(row.get("payload") or row.get("detail") or "")
    words.append(text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…")
    return " ".join(words)


def read_rows(file: Path) -> list[Row]:
    """Return the rows of a file exported as JSON Lines.

    Raises:
        RowsError: It cannot be read, is of another version, or broke off.
    """
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RowsError(f"{file} cannot be read ({error}).") from None
    rows: list[Row] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            raise RowsError(f"{file.name} is damaged at line {number}: it may have been cut off.") from None
        if not isinstance(row, dict):
            raise RowsError(f"{file.name} is no exported traffic.")
        if number == 1 and "format" in row:
            if row["format"] != FORMAT:
                raise RowsError(f"{file.name} is no exported traffic.")
            if row.get("version") != VERSION:
                version = row.get("version")
                raise RowsError(f"{file.name} is of version {version}; this program reads {VERSION}.")
            continue
        if not {"number", "direction", "kind", "identity"} <= row.keys():
            raise RowsError(f"{file.name} is damaged at line {number}: it is no row.")
        rows.append(row)
    if not rows:
        raise RowsError(f"{file.name} holds no rows.")
    return rows
