"""Following many accounts costs a bounded share of the time."""

from __future__ import annotations

import time

import pytest

from authws_desktop.accounts.records import Account
from authws_desktop.panels.accounts.accounts_follower import AccountsFollower
from authws_desktop.panels.accounts.accounts_model import AccountsModel
from authws_desktop.server.service import Service


async def test_a_change_is_shown_and_no_change_is_not_read(service: Service, ana: Account) -> None:
    """The first look reads, the second one sees that nothing changed."""
    model = AccountsModel()
    follower = AccountsFollower(service, model)
    assert follower.follow()
    assert [row.account.id for row in model.rows()] == [ana.id]
    assert not follower.follow()


async def test_slow_looks_are_spaced_out(
    service: Service, ana: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a look that took a second, nine belong to the server; what the person did is shown at once."""
    model = AccountsModel()
    follower = AccountsFollower(service, model)
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    show = model.set_rows

    def slowly(rows: list[object]) -> None:
        clock[0] += 1
        show(rows)  # type: ignore[arg-type]

    monkeypatch.setattr(model, "set_rows", slowly)
    assert follower.follow()
    await service.accounts.set_disabled(ana.id, True)
    clock[0] += 5
    assert not follower.follow()
    assert not model.rows()[0].account.is_disabled
    assert follower.follow(is_urgent=True)
    assert model.rows()[0].account.is_disabled
    await service.accounts.set_disabled(ana.id, False)
    clock[0] += 9.1
    assert follower.follow()
    assert not model.rows()[0].account.is_disabled
