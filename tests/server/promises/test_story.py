"""The program's log tells the story of an evening: who did what, who was refused and why."""

from __future__ import annotations

import logging

import msgspec
import pytest

from authws_desktop.accounts.growing_waits import Lockout, LockoutKind
from authws_desktop.admission.account_events import tell_lockout
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind
from tests.own_clients import PASSWORD, HttpClient, eventually


async def test_the_log_tells_what_happened(
    service: Service, http: HttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Start, accounts, refused logins, settings old → new, listening anew, bans, stop: a line each, no secret."""
    with caplog.at_level(logging.INFO, "authws_desktop"):
        await http.register("ana")
        await http.post("/auth/login", {"username": "ana", "password": PASSWORD + "x"})
        await service.accounts.administration.create("ben", PASSWORD)
        ban = await service.moderation.ban_address("192.0.2.9")
        saved = service.settings.saved
        await service.apply(msgspec.structs.replace(saved, message_rate=7))
        address = service.location.http_url
        await service.apply(msgspec.structs.replace(saved, host="0.0.0.0"))
        await service.stop()
        await service.start()
        await eventually(lambda: "Start server" in caplog.text)
    told = [each.getMessage() for each in caplog.records]
    for line in (
        "Registered: ana, from 127.0.0.1",
        "Login refused: 'ana', from 127.0.0.1. Username or password is wrong.",
        "Create user: ben, by window",
        f"Ban: {ban.shown}, by window",
        "Settings changed. Message rate: 200/s → 7/s",
        "Server stopped.",
    ):
        assert line in told, told
    assert any(line.startswith("Server listens anew. ") and "0.0.0.0:" in line for line in told)
    assert any(line.startswith("Server running. ") and "(listening at " in line for line in told)
    assert PASSWORD not in caplog.text
    assert address
    rows = [row.detail for row in service.traffic.after(0) if row.kind is Kind.SERVER]
    assert [row.partition(" ")[2].partition(".")[0] for row in rows][1:] == [
        "changed", "changed", "listens anew", "stopped", "running",
    ]  # fmt: skip


def test_a_wait_is_told_with_its_cure(caplog: pytest.LogCaptureFixture) -> None:
    """Whose, how long and why."""
    tell_lockout(Lockout(LockoutKind.ADDRESS, "192.0.2.1", 50, 10.0, 40.0))
    tell_lockout(Lockout(LockoutKind.ACCOUNT, "ana", 10, 10.0, 20.0))
    assert [each.getMessage() for each in caplog.records] == [
        "The address 192.0.2.1 has to wait 30 s after 50 wrong passwords. The log's Lock-outs can lift it.",
        "The account ana has to wait 10 s after 10 wrong passwords. The log's Lock-outs can lift it.",
    ]
