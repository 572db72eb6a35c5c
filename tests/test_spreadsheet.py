"""CSV that no spreadsheet runs, whoever writes it."""

from __future__ import annotations

import csv
import io

import pytest

from authws_desktop.accounts.audit import AuditEntry, as_csv
from authws_desktop.accounts.models import Account, Role
from authws_desktop.panels.accounts.accounts_csv import accounts_csv, credentials_csv
from authws_desktop.panels.accounts.login_cards import LoginCard
from authws_desktop.spreadsheet import Exact, csv_lines

FORMULAS = [
    "=1+1",
    " =1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
    "\uff201",
    "\0=1",
]


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_becomes_plain(text: str) -> None:
    """It begins with an apostrophe, whatever stood in front of it."""
    assert read(csv_lines([[text, "plain = text", 5]])) == [
        [f"'{text}".replace("\0", ""), "plain = text", "5"]
    ]


@pytest.mark.parametrize("text", FORMULAS)
def test_every_export_of_accounts_is_guarded(text: str) -> None:
    """Acts, accounts and the names on login cards have one guard."""
    acts = read(as_csv([AuditEntry(1, 1.5, text, text, text, text, text)]))[1]
    assert all(cell.startswith("'") for cell in acts[1:])
    account = Account("id", text, Role.MEMBER, 0.0, None, False)
    assert read(accounts_csv([account]).decode("utf-8-sig"))[1][0].startswith("'")
    cards = credentials_csv([LoginCard(text, text)]).decode("utf-8-sig")
    assert read(cards)[1] == [f"'{text}".replace("\0", ""), text]


def test_what_must_be_exact_is_untouched() -> None:
    """An apostrophe in front of a password would make another password."""
    assert read(csv_lines([[Exact("=1+1")]])) == [["=1+1"]]
