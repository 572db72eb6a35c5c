"""Following many accounts costs a bounded share of the time."""

from __future__ import annotations

import time

import pytest

from authws_desktop.accounts.models import Account
from authws_desktop.panels.accounts.accounts_follower import AccountsFollower
from authws_desktop.panels.accounts.accounts_table import AccountRow, account_columns, row_key
from authws_desktop.panels.kit.table_model import TableModel
from authws_desktop.server.service import Service
from tests.panels.accounts.support import create


async def test_a_change_is_shown_and_no_change_is_not_read(service: Service, ana: Account) -> None:
    """The first look reads, the second one sees that nothing changed."""
    model = TableModel[AccountRow](account_columns(), row_key)
    follower = AccountsFollower(service, model)
    assert follower.follow()
    assert [row.account.id for row in model.rows()] == [ana.id]
    assert not follower.follow()


async def test_slow_looks_are_spaced_out(
    service: Service, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a look that took a second, nine belong to the server; what the person did is shown at once."""
    model = TableModel[AccountRow](account_columns(), row_key)
    follower = AccountsFollower(service, model)
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    show = model.set_rows

    def slowly(rows: list[AccountRow]) -> None:
        clock[0] += 1
        show(rows)

    monkeypatch.setattr(model, "set_rows", slowly)
    assert follower.follow()
    await service.accounts.administration.set_disabled(ana.id, True)
    clock[0] += 5
    assert not follower.follow()
    assert not model.rows()[0].account.is_disabled
    assert follower.follow(is_urgent=True)
    assert model.rows()[0].account.is_disabled
    await service.accounts.administration.set_disabled(ana.id, False)
    clock[0] += 9.1
    assert follower.follow()
    assert not model.rows()[0].account.is_disabled


async def test_many_accounts_are_read_in_slices(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five accounts, two a call: the third call shows them; who just did something is not kept waiting."""
    monkeypatch.setattr("authws_desktop.panels.accounts.accounts_follower.SLICE_ROWS", 2)
    await create(service, "ana", "ben", "cyn", "dan", "eve")
    model = TableModel[AccountRow](account_columns(), row_key)
    follower = AccountsFollower(service, model)
    assert [follower.follow() for _ in range(3)] == [False, False, True]
    assert len(model.rows()) == 5
    before = list(model.rows())
    account = (await create(service, "fay"))[0]
    assert follower.follow(is_urgent=True)
    assert [row.account for row in model.rows()][5:] == [account]
    assert all(new is old for new, old in zip(model.rows(), before, strict=False)), "known rows are kept"


async def test_a_hurry_ends_the_rest(service: Service, ana: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an import the next refresh looks, however long the look before took."""
    model, clock = TableModel[AccountRow](account_columns(), row_key), [100.0]
    follower = AccountsFollower(service, model)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(model, "set_rows", lambda _rows: clock.append(clock.pop() + 1))
    assert follower.follow()
    await create(service, "ben")
    assert not follower.follow()
    follower.hurry()
    assert follower.follow()
