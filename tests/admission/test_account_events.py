"""What happens to accounts reaches connections and the timeline."""

from __future__ import annotations

import asyncio

import pytest

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
