"""Accounts as CSV: what a host may hand on, without hashes and without formulas."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from authws_desktop.accounts.models import Account
from authws_desktop.panels.accounts.login_cards import LoginCard
from authws_desktop.spreadsheet import Exact, csv_lines

HEADER = ("username", "role", "status", "created", "last_login", "id")


def accounts_csv(accounts: Iterable[Account]) -> bytes:
    """Return accounts as CSV in UTF-8 with the mark that spreadsheets look for; times are ISO 8601 in UTC."""
    return csv_lines([HEADER, *map(_cells, accounts)]).encode("utf-8-sig")


def credentials_csv(credentials: Iterable[LoginCard]) -> bytes:
    """Return names and passwords as CSV.

    Passwords stay exact, since an apostrophe in front would make another one; they are generated, or the
    host's own.
    """
    rows = ((each.name, Exact(each.password)) for each in credentials)
    return csv_lines([("username", "password"), *rows]).encode("utf-8-sig")


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
