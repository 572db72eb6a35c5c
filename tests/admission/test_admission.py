"""One question, asked by requests and handshakes alike, and what the host learns of a refusal."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

import pytest
from websockets.asyncio.client import connect

from authws_desktop.admission import admission
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind, Record
from tests.own_clients import PASSWORD, WAIT_S, HttpClient

PROXY = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}


async def shake_hands(service: Service, **headers: str) -> tuple[int, dict[str, Any]]:
    """Open a WebSocket with these headers; return the status, and the body of a refusal."""
    lines = {
        "Host": "localhost",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(f"GET /ws HTTP/1.1\r\n{head}\r\n".encode())
    async with asyncio.timeout(WAIT_S):
        status = int((await reader.readuntil(b"\r\n\r\n")).split()[1])
        body = {} if status == 101 else json.loads(await reader.read())
    writer.transport.abort()
    return status, body


def refusals(service: Service) -> list[Record]:
    """Return the rows of refusals."""
    return [row for row in service.traffic.after(0) if row.kind is Kind.REFUSED]


@pytest.mark.parametrize(
    ("header", "value", "status", "code", "remedy"),
    [
        ("Origin", "https://app.example.org", 403, "FORBIDDEN_ORIGIN", "AUTHWS_ALLOWED_ORIGINS=https://a.example,https://app.example.org "),
        ("Origin", "null", 403, "FORBIDDEN_ORIGIN", "AUTHWS_ALLOWED_ORIGINS=https://a.example,null "),
        ("Host", "hub.example.org:4000", 421, "MISDIRECTED_HOST", "AUTHWS_ALLOWED_HOSTS=hub.example.org "),
        ("Host", "localhost:4000.evil", 421, "MISDIRECTED_HOST", ""),
    ],
)  # fmt: skip
@pytest.mark.parametrize("changes", [{"allowed_origins": ["https://a.example"]}])
async def test_a_refusal_comes_with_the_setting_that_would_allow_it(
    service: Service,
    http: HttpClient,
    caplog: pytest.LogCaptureFixture,
    header: str,
    value: str,
    status: int,
    code: str,
    remedy: str,
) -> None:
    """In the log once, in the traffic each time, for handshakes and requests alike; the client gets JSON."""
    caplog.set_level(logging.WARNING)
    for _ in range(2):
        got, body = await shake_hands(service, **{header: value})
        assert (got, body["status"], body["code"]) == (status, "error", code)
    async with http.session.get(f"{http.base}/healthz", headers={header: value}) as answer:
        assert answer.status == (421 if header == "Host" else 200)
        assert "Access-Control-Allow-Origin" not in answer.headers
    rows = refusals(service)
    assert len(rows) == 3
    assert all(remedy in row.detail for row in rows)
    lines = [record.getMessage() for record in caplog.records if "Refused 127.0.0.1" in record.getMessage()]
    assert len(lines) == 1
    assert remedy in lines[0]


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:5173", 101),
        ("http://dev.localhost:3000", 101),
        ("http://192.168.1.20:5173", 101),
        ("capacitor://localhost", 101),
        ("file://", 101),
        ("", 101),
        ("https://one.example.org", 101),
        ("https://evil.example", 403),
        ("http://127.0.0.1:80.evil", 403),
        ("http://8.8.8.8", 403),
    ],
)
@pytest.mark.parametrize("changes", [{"allowed_origins": ["https://*.example.org"]}])
async def test_pages_by_handshake(service: Service, origin: str, status: int) -> None:
    """The same rule as for requests."""
    assert (await shake_hands(service, Origin=origin))[0] == status


class TestBehindAProxy:
    """This computer is a trusted proxy."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"trusted_proxies": ["127.0.0.0/8"], "allowed_hosts": ["hub.example.org"], "register_rate": 2}

    async def test_rows_and_sessions_have_the_client_s_address(
        self, service: Service, http: HttpClient
    ) -> None:
        """Of requests and of connections."""
        ana = {"username": "ana", "password": PASSWORD}
        status, answer = await http.post("/auth/register", ana, headers=PROXY)
        assert status == 201
        async with connect(
            f"ws://127.0.0.1:{service.location.port}", proxy=None, additional_headers=PROXY
        ) as client:
            await client.recv()
            (connected,) = service.hub.clients.values()
            assert connected.identity.address == "203.0.113.9"
            assert not connected.is_loopback
        (session,) = service.accounts.sessions.of(answer["user"]["id"])
        assert session.address == "203.0.113.9"
        assert {row.identity.address for row in service.traffic.after(0)} >= {"203.0.113.9"}

    async def test_bans_and_throttle_reach_the_client_and_not_the_proxy(
        self, service: Service, http: HttpClient
    ) -> None:
        """One guest behind it is kept out, the next comes in."""
        service.bans.add_address("203.0.113.9", time.time() + 600)
        status, body = await http.get("/healthz", headers=PROXY)
        assert (status, body["code"]) == (403, "BANNED")
        assert (await shake_hands(service, **PROXY))[0] == 403
        other = {"X-Forwarded-For": "203.0.113.10"}
        assert (await http.get("/healthz", headers=other))[0] == 200
        assert (await shake_hands(service, **other))[0] == 101
        third = {"X-Forwarded-For": "203.0.113.11"}
        for name, headers, expected in (
            ("ana", other, 201),
            ("ben", other, 201),
            ("cem", other, 429),
            ("cem", third, 201),
        ):
            new = {"username": name, "password": PASSWORD}
            assert (await http.post("/auth/register", new, headers=headers))[0] == expected

    async def test_the_host_is_the_one_that_the_client_named(
        self, service: Service, http: HttpClient
    ) -> None:
        """Known or not, by what the proxy says; a page of it may connect."""
        named = {**PROXY, "X-Forwarded-Host": "hub.example.org"}
        assert (await http.get("/healthz", headers=named))[0] == 200
        page = "https://hub.example.org"
        assert (await shake_hands(service, **named, Origin=page))[0] == 101
        foreign = {**PROXY, "X-Forwarded-Host": "evil.example"}
        assert (await http.get("/healthz", headers=foreign))[0] == 421


async def test_such_headers_from_elsewhere_change_nothing(service: Service, http: HttpClient) -> None:
    """Nobody speaks for another address unasked."""
    headers = {**PROXY, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert (await http.get("/healthz", headers=headers))[0] == 200
    await http.post("/auth/register", {"username": "ana", "password": PASSWORD}, headers=headers)
    async with connect(f"ws://127.0.0.1:{service.location.port}", proxy=None, additional_headers=headers):
        (connected,) = service.hub.clients.values()
        assert connected.identity.address == "127.0.0.1"
    assert {row.identity.address for row in service.traffic.after(0)} <= {"127.0.0.1", ""}


async def test_a_banned_user_is_refused_with_the_reason(service: Service, http: HttpClient) -> None:
    """By login and by token."""
    made = await http.register("ana")
    await service.moderation.ban_user(made["user"]["id"], reason="spam")
    status, body = await http.post("/auth/login", {"username": "ana", "password": PASSWORD})
    assert (status, body["code"]) == (403, "BANNED")
    assert "spam" in body["message"]
    assert (await http.get("/auth/me", made["token"]))[0] == 403


async def test_what_was_told_is_forgotten_after_a_while(
    service: Service, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strangers choose what the log tells: it remembers the latest only, so the first may be told again."""
    monkeypatch.setattr(admission, "_TOLD_AT_MOST", 2)
    for name in ("a.example", "b.example", "c.example", "c.example", "a.example"):
        assert (await shake_hands(service, Host=name))[0] == 421
    told = [each.getMessage() for each in caplog.records if "is not known as" in each.getMessage()]
    assert ["'a.example'" in line for line in told] == [True, False, False, True]


async def test_a_long_name_is_cut_in_what_is_told(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """A line of the log stays a line."""
    assert (await shake_hands(service, Host="x" * 300))[0] == 421
    assert f"'{'x' * 120}…'" in caplog.text
