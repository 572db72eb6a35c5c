"""Accounts as CSV: what a host may hand on, without hashes and without formulas."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable

from authws_desktop.accounts.records import Account
from authws_desktop.panels.accounts.login_cards import LoginCard

HEADER = ("username", "role", "status", "created", "last_login", "id")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def accounts_csv(accounts: Iterable[Account]) -> bytes:
    """Return accounts as CSV (RFC 4180) in UTF-8 with the mark that spreadsheets look for.

    Times are ISO 8601 in UTC. A cell that a spreadsheet would run as a formula gets an apostrophe in
    front (OWASP, "CSV Injection").
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for account in accounts:
        writer.writerow([_harmless(cell) for cell in _cells(account)])
    return text.getvalue().encode("utf-8-sig")


def credentials_csv(credentials: Iterable[LoginCard]) -> bytes:
    """Return names and passwords as CSV, exactly: an apostrophe in front would make another password.

    Names cannot hold a formula, and a password is generated or the host's own.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("username", "password"))
    for each in credentials:
        writer.writerow([each.name, each.password])
    return text.getvalue().encode("utf-8-sig")


def _cells(account: Account) -> tuple[str, ...]:
    return (
        account.username,
        str(account.role),
        "disabled" if account.is_disabled else "active",
        _iso(account.created_at),
        "" if account.last_login_at is None else _iso(account.last_login_at),
        account.id,
    )


def _iso(epoch_s: float) -> str:
    moment = datetime.datetime.fromtimestamp(epoch_s, datetime.UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
