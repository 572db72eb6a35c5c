"""Text for spreadsheets: CSV (RFC 4180) that no program takes for formulas.

A cell that begins like a formula is run by the spreadsheet that opens the file (OWASP, "CSV Injection"), and
most of what is exported here was typed by strangers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

MARK = "\ufeff"
"""In front of a file it lets spreadsheets see that it is UTF-8."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class Exact(str):
    """A cell that must be handed on as it is, such as a password: nothing is put in front of it."""

    __slots__ = ()


def csv_lines(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as lines of CSV.

    Args:
        rows: Cells; each is written as text, those of type `Exact` untouched.
    """
    out = io.StringIO(newline="")
    csv.writer(out).writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> str:
    if isinstance(value, Exact):
        return value
    text = str(value).replace("\0", "")  # NUL ends a file for some readers
    # Spreadsheets skip blanks in front, and take full-width signs for the plain ones.
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text
