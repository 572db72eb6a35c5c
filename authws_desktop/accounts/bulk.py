"""Many accounts at once: a list as text or CSV, looked at line by line before anything is done.

A list is UTF-8 (with or without a byte-order mark) or UTF-16 with one; cells are separated by commas,
semicolons or tabs and may be quoted (RFC 4180). Spaces around names do not count, in passwords they do.
A first line that names the columns may put them in any order; without one they are name, password, role.
A missing password is generated, a missing role is member. Names follow the rules of registration: those that
are reserved for the server are made one by one.
"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from authws_desktop.accounts import names
from authws_desktop.accounts.errors import ImportCancelled, ImportRefused, InvalidField
from authws_desktop.accounts.password_strength import generate_password
from authws_desktop.accounts.records import Role

MAX_LINES = 100_000
MAX_BYTES = 64 * 1024 * 1024
MIN_DISTINCT_CHARS = 4
_SEPARATORS = (",", ";", "\t")
_PROGRESS_LINES = 500
_SNIFFED_CHARS = 64 * 1024
_NO_TEXT = "The list is not text in UTF-8. Save it as 'CSV UTF-8' and try again."
_COLUMNS = {
    "username": "username",
    "user": "username",
    "user name": "username",
    "name": "username",
    "login": "username",
    "password": "password",
    "role": "role",
}

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One line of a list.

    Attributes:
        line: Its number, from 1.
        username: As written.
        password: As written, or generated. Not part of the repr.
        role: As written, folded; `member` where none was.
        is_generated: Whether the password was generated.
        problems: Why the line cannot be imported, as sentences; empty for a good one.
    """

    line: int
    username: str
    password: str = field(repr=False)
    role: str = Role.MEMBER
    is_generated: bool = False
    problems: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems


@dataclass(frozen=True)
class ImportPreview:
    """A list, looked at.

    Attributes:
        rows: Its lines, but for empty ones and the one that names the columns.
        separator: What stands between cells.
        has_header: Whether the first line names the columns.
    """

    rows: list[ImportRow]
    separator: str
    has_header: bool

    @property
    def good(self) -> list[ImportRow]:
        """The lines that can be imported."""
        return [row for row in self.rows if row.is_good]

    @property
    def bad(self) -> list[ImportRow]:
        """The lines that cannot."""
        return [row for row in self.rows if not row.is_good]


def read_list(
    data: bytes | str,
    is_taken: Callable[[str], bool],
    *,
    progress: Progress = lambda done, total: None,
    cancel: threading.Event | None = None,
) -> ImportPreview:
    """Look at a list of accounts; changes nothing.

    Args:
        data: The file's content, or what was pasted.
        is_taken: Tells whether an account has a name with this key already.
        progress: Called now and then with the lines done and all.
        cancel: Looked at now and then.

    Raises:
        ImportRefused: It is no text, has no lines or too many.
        ImportCancelled: `cancel` was set.
    """
    text = _text_of(data)
    separator = _separator_of(text)
    lines = list(_cells_of(text, separator))
    columns, has_header = _columns_of(lines)
    lines = lines[1:] if has_header else lines
    if not lines:
        raise ImportRefused("The list has no names. Put one name on each line.")
    if len(lines) > MAX_LINES:
        raise ImportRefused(f"The list has more than {MAX_LINES:,} names. Import it in parts.")
    seen: dict[str, int] = {}
    rows = []
    for number, (line, cells) in enumerate(lines):
        if number % _PROGRESS_LINES == 0:
            progress(number, len(lines))
            if cancel is not None and cancel.is_set():
                raise ImportCancelled
        rows.append(_row_of(line, cells, columns, seen, is_taken))
    progress(len(lines), len(lines))
    return ImportPreview(rows, separator, has_header)


def _text_of(data: bytes | str) -> str:
    if len(data) > MAX_BYTES:
        raise ImportRefused("The list is over 64 MiB. Import it in parts.")
    if isinstance(data, bytes):
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        try:
            data = data.decode(encoding)
        except UnicodeDecodeError:
            raise ImportRefused(
                "The list is not text in UTF-8. Save it as 'CSV UTF-8' and try again."
            ) from None
    if "\0" in data:
        raise ImportRefused(_NO_TEXT)
    return data.removeprefix("\ufeff")


def _separator_of(text: str) -> str:
    """Return the separator that the first line with any has most often, outside of quotes."""
    for line in text[:_SNIFFED_CHARS].splitlines():
        plain = "".join(line.split('"')[::2])
        counts = {separator: plain.count(separator) for separator in _SEPARATORS}
        best = max(counts, key=lambda separator: counts[separator])
        if counts[best]:
            return best
    return ","


def _cells_of(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each line that is not empty."""
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error:
        raise ImportRefused(f"Line {line:,} has a quote too many or too few.") from None


def _columns_of(lines: list[tuple[int, list[str]]]) -> tuple[dict[str, int], bool]:
    """Return where username, password and role stand, and whether the first line says so."""
    if lines:
        named = [_COLUMNS.get(cell.strip().casefold()) for cell in lines[0][1]]
        if "username" in named:
            return {name: index for index, name in reversed(list(enumerate(named))) if name}, True
    return {"username": 0, "password": 1, "role": 2}, False


def _row_of(
    line: int,
    cells: list[str],
    columns: dict[str, int],
    seen: dict[str, int],
    is_taken: Callable[[str], bool],
) -> ImportRow:
    username, password, role = (_cell(cells, columns.get(each)) for each in ("username", "password", "role"))
    username, role = username.strip(), role.strip().casefold() or str(Role.MEMBER)
    password = password if password.strip() else ""
    problems = [*_name_problems(username, line, seen, is_taken)]
    if password:
        problems += _password_problems(password, username)
    if role not in {str(each) for each in Role}:
        problems.append(f"The role '{role[:32]}' is unknown. Roles are 'host' and 'member'.")
    return ImportRow(line, username, password or generate_password(), role, not password, tuple(problems))


def _cell(cells: list[str], index: int | None) -> str:
    return cells[index] if index is not None and index < len(cells) else ""


def _name_problems(
    username: str, line: int, seen: dict[str, int], is_taken: Callable[[str], bool]
) -> Iterable[str]:
    try:
        key = names.check_username(username)
    except InvalidField as error:
        return [error.message]
    first = seen.setdefault(key, line)
    if first != line:
        return [f"The name stands in line {first:,} already."]
    return [f"The username '{username}' is taken."] if is_taken(key) else []


@cache
def _common_passwords() -> frozenset[str]:
    # Here: the word lists are large, and no window needs them at its start.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def _password_problems(password: str, username: str) -> Iterable[str]:
    try:
        names.check_password(password)
    except InvalidField as error:
        return [error.message]
    folded = password.casefold()
    if folded in _common_passwords():
        return ["The password is one of the most common ones."]
    if username and folded in (username.casefold(), username.casefold()[::-1]):
        return ["The password is the name."]
    if len(set(password)) < MIN_DISTINCT_CHARS:
        return ["The password repeats a few characters."]
    return []
