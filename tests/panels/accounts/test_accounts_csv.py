"""The CSV export."""

import csv
import io

from authws_desktop.accounts.models import Account, Role
from authws_desktop.panels.accounts.accounts_csv import HEADER, accounts_csv


def read(data: bytes) -> list[list[str]]:
    """Read the CSV as a spreadsheet would."""
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def account(name: str, *, is_disabled: bool = False, last_login_at: float | None = None) -> Account:
    """Return an account."""
    return Account(f"id-{name}", name, Role.MEMBER, 1_700_000_000.0, last_login_at, is_disabled)


def test_every_account_is_a_line_with_times_in_utc() -> None:
    """Name, role, status, created, last login, id; nothing of the password."""
    rows = read(accounts_csv([account("ana"), account("ben", is_disabled=True, last_login_at=1_700_000_060)]))
    assert rows == [
        list(HEADER),
        ["ana", "member", "active", "2023-11-14T22:13:20Z", "", "id-ana"],
        ["ben", "member", "disabled", "2023-11-14T22:13:20Z", "2023-11-14T22:14:20Z", "id-ben"],
    ]
    assert not any("password" in each or "hash" in each for each in HEADER)


def test_no_cell_is_a_formula() -> None:
    """A name that starts like a formula is marked as text."""
    for name in ("-cmd", "=1+1", "+1", "@sum", "\t=1"):
        cells = read(accounts_csv([account(name)]))[1]
        assert cells[0] == f"'{name}"
    assert read(accounts_csv([account("a-b")]))[1][0] == "a-b"


def test_every_script_survives() -> None:
    """Spreadsheets find the byte-order mark and read UTF-8."""
    data = accounts_csv([account("Łukasz"), account("Анна"), account("山田")])
    assert data.startswith(b"\xef\xbb\xbf")
    assert [row[0] for row in read(data)[1:]] == ["Łukasz", "Анна", "山田"]


def test_quotes_and_separators_stay_in_their_cell() -> None:
    """A hostile name cannot add cells or lines."""
    assert read(accounts_csv([account('a,"b\r\nc')]))[1][0] == 'a,"b\r\nc'
