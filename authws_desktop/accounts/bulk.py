"""Many accounts at once: a list as text, CSV or JSON, looked at line by line before anything is done.

A list is UTF-8 (with or without a byte-order mark) or UTF-16 with one; cells are separated by commas,
semicolons or tabs and may be quoted (RFC 4180). Spaces around names do not count, in passwords they do.
A first line that names the columns may put them in any order; without one they are name, password, role.
`json_lists` says what a list in JSON is.

A missing password is generated, a missing role is member. Instead of a password there may be the bcrypt hash
that another server made of it, in a column of its own or in that of the password: then the person goes on
with the password they have. Names follow the rules of registration: those that are reserved for the server
are made one by one.
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
from authws_desktop.accounts.json_lists import is_json, json_rows
from authws_desktop.accounts.models import Role
from authws_desktop.accounts.password_strength import generate_password
from authws_desktop.accounts.passwords import foreign_problem, looks_foreign
from authws_desktop.protocol.limits import PASSWORD_MIN_CHARS
from authws_desktop.text import UTF16_MARKS, TextError, read_text

MAX_LINES = 100_000
MAX_BYTES = 64 * 1024 * 1024
"""More is imported in parts: a preview is held in memory, and its import is one transaction."""
MIN_DISTINCT_CHARS = 4
"""Of a password: `aaaaaaaa` is long and no secret."""
_SEPARATORS = (",", ";", "\t")
_PROGRESS_LINES = 500
"""Between two reports of progress, and two looks whether it was called off."""
_SNIFFED_CHARS = 64 * 1024
_NO_TEXT = "The list is not text in UTF-8. Save it as 'CSV UTF-8' and try again."
_COLUMNS = {
    "username": ("username", "user", "user name", "login", "name", "email", "e-mail"),
    "password": ("password",),
    "hash": (
        "hash",
        "password hash",
        "password_hash",
        "passwordhash",
        "password_digest",
        "encrypted_password",
    ),
    "role": ("role",),
}
"""By field: what its column may be called, the better name first."""

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
        password_hash: The hash of a password that nobody here knows; empty where there is a password.
        problems: Why the line cannot be imported, as sentences; empty for a good one.
    """

    line: int
    username: str
    password: str = field(repr=False)
    role: str = Role.MEMBER
    is_generated: bool = False
    problems: tuple[str, ...] = ()
    password_hash: str = field(default="", repr=False)

    @property
    def is_good(self) -> bool:
        """Whether the line can be imported."""
        return not self.problems


@dataclass(frozen=True)
class ImportPreview:
    """A list of accounts as it was read, before anything is done.

    Attributes:
        rows: Its lines, but for empty ones and the one that names the columns.
        separator: The character between cells; a comma for JSON.
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
    least_chars: int = PASSWORD_MIN_CHARS,
    progress: Progress = lambda done, total: None,
    cancel: threading.Event | None = None,
) -> ImportPreview:
    """Look at a list of accounts; changes nothing.

    Args:
        data: The file's content, or what was pasted.
        is_taken: Tells whether an account has a name with this key already.
        least_chars: Shortest password, characters.
        progress: Called now and then with the lines done and all.
        cancel: Looked at now and then.

    Raises:
        ImportRefused: It is no text, has no lines or too many.
        ImportCancelled: `cancel` was set.
    """
    text = _text_of(data)
    separator, has_header = ",", True
    if is_json(text):
        lines = [(number, _by_column(fields)) for number, fields in json_rows(text)]
    else:
        separator = _separator_of(text)
        has_header, lines = _csv_lines(text, separator)
    if not lines:
        raise ImportRefused("The list has no names. Put one name on each line.")
    if len(lines) > MAX_LINES:
        raise ImportRefused(f"The list has more than {MAX_LINES:,} names. Import it in parts.")
    seen: dict[str, int] = {}
    rows = []
    for number, (line, fields) in enumerate(lines):
        if number % _PROGRESS_LINES == 0:
            progress(number, len(lines))
            if cancel is not None and cancel.is_set():
                raise ImportCancelled
        rows.append(_row_of(line, fields, seen, is_taken, least_chars))
    progress(len(lines), len(lines))
    return ImportPreview(rows, separator, has_header)


def _text_of(data: bytes | str) -> str:
    if len(data) > MAX_BYTES:
        raise ImportRefused("The list is over 64 MiB. Import it in parts.")
    if isinstance(data, bytes):
        try:
            # Some spreadsheets save text in UTF-16, and say so at its beginning.
            is_utf16 = data.startswith(UTF16_MARKS)
            advice = "Save it as 'CSV UTF-8' and try again."
            data = data.decode("utf-16") if is_utf16 else read_text(data, "The list", advice)
        except UnicodeDecodeError:
            raise ImportRefused(_NO_TEXT) from None
        except TextError as error:
            raise ImportRefused(str(error)) from None
    # UTF-16 without a mark is valid UTF-8 full of NULs, where it is ASCII.
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


def _csv_lines(text: str, separator: str) -> tuple[bool, list[tuple[int, dict[str, str]]]]:
    """Return whether the first line names the columns, and the fields of the others."""
    lines = list(_cells_of(text, separator))
    head = [cell.strip().casefold() for cell in lines[0][1]] if lines else []
    # Only a column of names tells: the first line of a bare list may well be called "password".
    has_header = any(name in head for name in _COLUMNS["username"])
    if not has_header:
        head = ["username", "password", "role"]
    named = [(line, dict(zip(head, cells, strict=False))) for line, cells in lines[has_header:]]
    return has_header, [(line, _by_column(fields)) for line, fields in named]


def _by_column(fields: dict[str, str]) -> dict[str, str]:
    """Return the fields that count by our own names; of several columns the better named one counts."""
    found = {}
    for column, called in _COLUMNS.items():
        found[column] = next((fields[name] for name in called if fields.get(name)), "")
    return found


def _row_of(
    line: int,
    fields: dict[str, str],
    seen: dict[str, int],
    is_taken: Callable[[str], bool],
    least_chars: int,
) -> ImportRow:
    username = fields["username"].strip()
    role = fields["role"].strip().casefold() or str(Role.MEMBER)
    password, password_hash = fields["password"], fields["hash"].strip()
    # Nobody's password looks like this by chance; taken for one, it would lock its owner out.
    if not password_hash and looks_foreign(password.strip()):
        password, password_hash = "", password.strip()
    password = "" if password_hash or not password.strip() else password
    problems = [*_name_problems(username, line, seen, is_taken)]
    if password:
        problems += _password_problems(password, username, least_chars)
    if password_hash and (problem := foreign_problem(password_hash)):
        problems.append(problem)
    if role not in {str(each) for each in Role}:
        problems.append(f"The role '{role[:32]}' is unknown. Roles are 'host' and 'member'.")
    is_generated = not password and not password_hash
    password = generate_password() if is_generated else password
    return ImportRow(line, username, password, role, is_generated, tuple(problems), password_hash)


def _name_problems(
    username: str, line: int, seen: dict[str, int], is_taken: Callable[[str], bool]
) -> Iterable[str]:
    try:
        key = names.check_username(username)
    except InvalidField as error:
        return [error.message]
    # By key: "Ana" and "ana" are one user.
    first = seen.setdefault(key, line)
    if first != line:
        return [f"The name stands in line {first:,} already."]
    return [f"The username '{username}' is taken."] if is_taken(key) else []


@cache
def _common_passwords() -> frozenset[str]:
    # Here: the word lists are large, and no window needs them at its start.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


def _password_problems(password: str, username: str, least_chars: int) -> Iterable[str]:
    try:
        names.check_password(password, least_chars=least_chars)
    except InvalidField as error:
        return [error.message]
    # Only what everybody tries, by a look into a list: there may be 100,000 lines, and a full estimate is
    # slow.
    folded = password.casefold()
    if folded in _common_passwords():
        return ["The password is one of the most common ones."]
    if username and folded in (username.casefold(), username.casefold()[::-1]):
        return ["The password is the name."]
    if len(set(password)) < MIN_DISTINCT_CHARS:
        return ["The password repeats a few characters."]
    return []
