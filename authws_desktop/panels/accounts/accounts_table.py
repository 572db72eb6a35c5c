"""The accounts as a table: what each column shows of an account, and what it is sorted by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from authws_desktop.accounts.models import Account, Role
from authws_desktop.panels.kit.chips import Chip, ChipShape
from authws_desktop.panels.kit.columns import count_column, moment_column
from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.table import Table
from authws_desktop.panels.kit.table_filter import name_key
from authws_desktop.panels.kit.table_model import Column
from authws_desktop.panels.kit.theme import Theme


class AccountColumn(IntEnum):
    """Columns in the order they stand at first."""

    NAME = 0
    ROLE = 1
    STATUS = 2
    CREATED = 3
    LAST_LOGIN = 4
    CONNECTIONS = 5
    SESSIONS = 6


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account as the table shows it.

    Attributes:
        account: The account.
        connections: Its live connections.
        sessions: Its tokens that count now.
    """

    account: Account
    connections: int
    sessions: int


def row_key(row: AccountRow) -> str:
    """Return what makes two rows the same one."""
    return row.account.id


def role_chip(account: Account) -> Chip:
    """Return the chip of an account's role."""
    if account.role == Role.HOST:
        return Chip(tr("host"), "special", ChipShape.TAG)
    if account.role == Role.GUEST:
        return Chip(tr("guest"), "info", ChipShape.NOTCH)
    return Chip(tr("member"), "neutral", ChipShape.BOX)


def status_chip(account: Account) -> Chip:
    """Return the chip of an account's status."""
    if account.is_disabled:
        return Chip(tr("disabled"), "warn", ChipShape.CUT)
    return Chip(tr("active"), "good", ChipShape.PILL)


def searched_text(row: AccountRow) -> str:
    """Return what a search looks at: name, role and status."""
    account = row.account
    return "\n".join((account.username, role_chip(account).text, status_chip(account).text))


def account_columns() -> list[Column[AccountRow]]:
    """Return the columns, in the order of `AccountColumn`."""
    return [
        Column(
            tr("Name"),
            lambda row: row.account.username,
            lambda row: name_key(row.account.username),
            tip=lambda row: row.account.username,
        ),
        Column(
            tr("Role"),
            lambda row: role_chip(row.account).text,
            chip=lambda row: role_chip(row.account) if row.account.role != Role.MEMBER else None,
            width_px=88,
        ),
        Column(
            tr("Status"),
            lambda row: status_chip(row.account).text,
            lambda row: row.account.is_disabled,
            chip=lambda row: status_chip(row.account) if row.account.is_disabled else None,
            width_px=88,
        ),
        moment_column(tr("Created"), lambda row: row.account.created_at, 152),
        moment_column(tr("Last login"), lambda row: row.account.last_login_at, 152),
        count_column(tr("Connections"), lambda row: row.connections, 104),
        count_column(tr("Sessions"), lambda row: row.sessions, 88),
    ]


def accounts_table(theme: Theme) -> Table[AccountRow]:
    """Return a table for accounts, sorted by name at first."""
    table = Table(
        theme,
        tr("Accounts"),
        account_columns(),
        row_key,
        sorted_by=AccountColumn.NAME,
        text_of=searched_text,
    )
    # The inspector tells them of the chosen account.
    for column in (AccountColumn.CREATED, AccountColumn.SESSIONS):
        table.setColumnHidden(column, True)
    return table
