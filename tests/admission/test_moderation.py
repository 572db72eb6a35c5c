"""Bans on a real server: who is closed, who is refused, and with which words."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
import websockets

from authws_desktop.accounts.errors import StoreError, StoreFailure
from authws_desktop.admission.bans import BanError, BanList
from authws_desktop.admission.moderation import Moderation
from authws_desktop.server.service import Service
from authws_desktop.server.storage import POLL_INTERVAL_S
from authws_desktop.traffic.record import Kind, Record
from tests.own_clients import PASSWORD, WAIT_S, HttpClient, Join, ws_client


@pytest.fixture
def from_elsewhere(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take this computer for another one: only then can 127.0.0.1 be banned."""
    monkeypatch.setattr(service.bans, "is_own", lambda _address: False)


def refusals(service: Service) -> list[Record]:
    """Return the refused handshakes and requests."""
    return [record for record in service.traffic.after(0) if record.kind is Kind.REFUSED]


async def test_banning_a_user_closes_every_connection(service: Service, join: Join) -> None:
    """4006 and the reason; others stay."""
    first, second, ben = await join("ana"), await join("ana"), await join("ben")
    ana = service.accounts.find("ana")
    assert ana is not None
    assert len(service.moderation.reached_by_user(ana.id)) == 2
    await service.moderation.ban_user(ana.id, None, "spam")
    for client in (first, second):
        assert await client.expect_close() == (4006, "banned by the host: spam")
    await ben.expect_users("ben")
    assert service.hub.user_count == 1


async def test_a_banned_user_cannot_authenticate(service: Service, http: HttpClient) -> None:
    """An error that says why, then 4006; the record has the verdict."""
    token = (await http.register("ana"))["token"]
    ana = service.accounts.find("ana")
    assert ana is not None
    await service.moderation.ban_user(ana.id, None, "spam")
    async with ws_client(service) as client:
        await client.send({"type": "authenticate", "token": token})
        error = await client.expect("error")
        assert (error["code"], error["reason"]) == ("AUTH_ERROR", "banned")
        assert error["message"] == "The host has banned this account: spam."
        assert (await client.expect_close())[0] == 4006
    refused = next(each for each in service.traffic.after(0) if each.kind is Kind.AUTHENTICATE)
    assert refused.outcome == "AUTH_ERROR/banned"
    assert {
        "claim": "sub",
        "is_good": False,
        "text": "The host has banned this account: spam.",
    } in json.loads(refused.claims)


async def test_a_banned_users_login_and_tokens(service: Service, http: HttpClient) -> None:
    """403 BANNED only to a right password, so that nobody learns who is banned; tokens are refused too."""
    token = (await http.register("ana"))["token"]
    ana = service.accounts.find("ana")
    assert ana is not None
    sessions = len(service.accounts.sessions.of(ana.id))
    ban = await service.moderation.ban_user(ana.id)
    status, answer = await http.post("/auth/login", {"username": "ana", "password": "wrong horse"})
    assert (status, answer["code"]) == (401, "INVALID_CREDENTIALS")
    status, answer = await http.post("/auth/login", {"username": "ana", "password": PASSWORD})
    assert (status, answer["code"]) == (403, "BANNED")
    for call in (http.get("/auth/me", token), http.post("/auth/refresh", token=token)):
        status, answer = await call
        assert (status, answer["code"]) == (403, "BANNED")
    assert len(service.accounts.sessions.of(ana.id)) == sessions
    await service.moderation.lift(ban.id)
    assert (await http.get("/auth/me", token))[0] == 200


@pytest.mark.usefixtures("from_elsewhere")
async def test_a_banned_address_is_refused_everywhere(service: Service, http: HttpClient, join: Join) -> None:
    """Open connections close, logged in or not; handshake and HTTP answer 403 BANNED; all on the timeline."""
    ana, stranger = await join("ana"), await join()
    assert len(service.moderation.reached_by_address("::ffff:127.0.0.1")) == 2
    ban = await service.moderation.ban_address("127.0.0.1", None, "scan")
    for client in (ana, stranger):
        assert await client.expect_close() == (4006, "banned by the host: scan")
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with websockets.connect(f"ws://127.0.0.1:{service.location.port}", proxy=None):
            raise AssertionError("was let in")
    response = refused.value.response
    body = json.loads(response.body or b"")
    assert response.status_code == 403
    assert response.headers["Content-Type"].startswith("application/json")
    sentence = "The host has banned this address: scan."
    assert body == {"status": "error", "code": "BANNED", "message": sentence}
    for path in ("/healthz", "/", "/auth/me", "/nothing"):
        status, answer = await http.get(path)
        assert (status, answer["code"]) == (403, "BANNED")
    rows = refusals(service)
    assert len(rows) == 5
    assert all(row.outcome == "403" and sentence in row.detail for row in rows)
    assert all(row.identity.address == "127.0.0.1" for row in rows)
    await service.moderation.lift(ban.id)
    assert (await http.get("/healthz"))[0] == 200


async def test_the_host_itself_is_never_refused(service: Service, http: HttpClient, join: Join) -> None:
    """Loopback cannot be banned by asking, and a line in the file does nothing."""
    ana = await join("ana")
    with pytest.raises(BanError):
        await service.moderation.ban_address("127.0.0.1")
    row = {
        "id": "x",
        "subject": "address",
        "value": "127.0.0.1",
        "name": "",
        "createdAt": 1.0,
        "until": None,
        "reason": "",
    }
    service.paths.bans_file.write_text(json.dumps({"version": 1, "bans": [row]}))
    await service.moderation.follow()
    assert len(service.bans.current()) == 1
    assert (await http.get("/healthz"))[0] == 200
    await ana.send({"type": "message", "content": 1})
    await ana.expect("message")


async def test_a_ban_lifts_by_itself(
    service: Service, http: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to do anything."""
    token = (await http.register("ana"))["token"]
    ana = service.accounts.find("ana")
    assert ana is not None
    await service.moderation.ban_user(ana.id, time.time() + 3600)
    assert (await http.get("/auth/me", token))[0] == 403
    monkeypatch.setattr(service.bans, "_now", lambda: time.time() + 3601)
    assert (await http.get("/auth/me", token))[0] == 200


async def test_a_ban_from_another_process_acts_within_a_second(service: Service, join: Join) -> None:
    """The command line writes the same file."""
    ana = await join("ana")
    account = service.accounts.find("ana")
    assert account is not None
    await asyncio.to_thread(
        BanList(service.paths.bans_file).add_user, account.id, "ana", None, "from outside"
    )
    assert await ana.expect_close() == (4006, "banned by the host: from outside")
    assert POLL_INTERVAL_S < 1


async def test_an_account_that_is_gone_cannot_be_banned(service: Service) -> None:
    """With words."""
    with pytest.raises(BanError, match="no longer exists"):
        await service.moderation.ban_user("nobody")


async def test_bans_are_in_the_audit(service: Service) -> None:
    """Made and lifted, once each; lifting what is over is no act."""
    ban = await service.moderation.ban_address("192.0.2.1")
    await service.moderation.lift(ban.id)
    await service.moderation.lift(ban.id)
    entries = [each for each in await service.accounts.audit.all() if each.act != "start server"]
    assert [(each.actor, each.act, each.target) for each in entries] == [
        ("window", "ban", ban.shown),
        ("window", "lift ban", ban.shown),
    ]


async def test_a_ban_holds_although_the_audit_cannot_tell(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Who is kept out matters more than the list of acts; the log says what is missing there."""

    async def refuse(_act: str, _target: str) -> None:
        raise StoreError(StoreFailure.OTHER, "the disk is full")

    monkeypatch.setattr(service.accounts.audit, "write", refuse)
    ban = await service.moderation.ban_address("192.0.2.1")
    assert service.bans.current() == [ban]
    assert "The audit does not tell of the act 'ban': the disk is full" in caplog.text


async def test_only_who_is_connected_is_disconnected(service: Service, join: Join) -> None:
    """4005 with its text; an id of somebody who has left is no act."""
    ana = await join("ana")
    assert service.moderation.disconnect(["gone"]) == 0
    assert service.moderation.disconnect([ana.client_id, "gone"]) == 1
    assert await ana.expect_close() == (4005, "disconnected by the host")
    acts: list[str] = []

    async def read() -> None:
        while not acts:
            acts.extend({each.act for each in await service.accounts.audit.all()} - {"start server"})

    async with asyncio.timeout(WAIT_S):
        await read()
    assert acts == ["close connections"]


async def test_a_lone_server_has_nobody_elsewhere(service: Service) -> None:
    """Without other nodes a connection that is not here is nowhere."""
    assert Moderation(service.bans, service.hub, service.accounts).disconnect(["gone"]) == 0
