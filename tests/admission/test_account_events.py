"""What happens to accounts reaches connections and the timeline."""

from __future__ import annotations

import asyncio

import pytest

from authws_desktop.accounts.errors import AccountsError
from authws_desktop.admission import account_events
from authws_desktop.server.service import Service
from tests.own_clients import WAIT_S, Join


async def test_what_is_used_is_noted_while_the_server_runs(
    service: Service, join: Join, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session's last use follows its connection; one that has not logged in has no session."""
    monkeypatch.setattr(account_events, "USE_INTERVAL_S", 0.0)
    noted: list[str] = []
    seen = asyncio.Event()

    def note(token_id: str, _at: float) -> None:
        noted.append(token_id)
        seen.set()

    ana = await join("ana")
    await join()
    monkeypatch.setattr(service.accounts.sessions, "note_use", note)
    async with asyncio.timeout(WAIT_S):
        await seen.wait()
    assert set(noted) == {service.hub.clients[ana.client_id].identity.token_id}


async def test_accounts_that_cannot_be_read_are_told_once(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Looked at twice a second; a line for each reason, and again once it was readable in between."""
    answers = iter(["locked", "locked", "", "locked", "damaged"])
    asked = asyncio.Event()

    async def poll() -> None:
        reason = next(answers, None)
        if reason is None:
            asked.set()
        elif reason:
            raise AccountsError(reason)

    monkeypatch.setattr(service.accounts, "poll_changes", poll)
    async with asyncio.timeout(WAIT_S):
        watch = asyncio.ensure_future(service._storage._account_events.watch(0.0))
        await asked.wait()
        watch.cancel()
        await asyncio.wait([watch])
    told = [each.getMessage() for each in caplog.records if "cannot be read" in each.getMessage()]
    assert [line.rpartition(" ")[2] for line in told] == ["locked", "locked", "damaged"]
