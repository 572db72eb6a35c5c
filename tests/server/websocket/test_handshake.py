"""The door: which requests for WebSocket are accepted, how they are answered, and what the host sees of them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from websockets.typing import Subprotocol

from authws_desktop.protocol.limits import MAX_HEAD_BYTES
from authws_desktop.server.service import Service
from authws_desktop.server.websocket.handshake import shake_hands
from authws_desktop.traffic.record import Kind, Record
from tests.dialogues import FIN, TEXT, frame, new_endpoint
from tests.own_clients import WAIT_S, HttpClient, Join, WsClient, eventually, ws_client
from tests.work import nothing_left

FIELDS = {
    "Host": "localhost",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def head(
    changes: Mapping[str, str | None] | None = None,
    *,
    path: str = "/",
    more: str = "",
    method: str = "GET",
    version: str = "HTTP/1.1",
) -> bytes:
    """Return a request head; a field that is `None` is left out."""
    fields = {**FIELDS, **(changes or {})}
    lines = [f"{name}: {value}\r\n" for name, value in fields.items() if value is not None]
    return f"{method} {path} {version}\r\n{''.join(lines)}{more}\r\n".encode("latin-1")


class Raw:
    """A connection that sends bytes and reads answers."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def open(self) -> Raw:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._service.location.port)
        return self

    async def answer(self, data: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send something; return status, headers (small letters) and body of the answer."""
        self.writer.write(data)
        async with asyncio.timeout(WAIT_S):
            first, *lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
            }
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(first.split()[1]), headers, body


async def ask(service: Service, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send a request on a connection of its own, and end that."""
    raw = await Raw(service).open()
    try:
        return await raw.answer(data)
    finally:
        raw.writer.transport.abort()


def last_row(service: Service, kind: Kind) -> Record:
    """Return the newest row of a kind."""
    return [each for each in service.traffic.after(0) if each.kind is kind][-1]


class TestPaths:
    """An upgrade is accepted wherever HTTP has nothing of its own."""

    @pytest.mark.parametrize(
        "path",
        ["/", "/ws", "/ws/", "/WS", "/socket", "/api/ws", "//", "/?x=y", "?x=y", "/no/such?token=", "*"],
    )
    async def test_any_path(self, service: Service, path: str) -> None:
        """And the host sees which it was, without its query."""
        assert (await ask(service, head(path=path)))[0] == 101
        shown = path.partition("?")[0] or "no path"
        assert last_row(service, Kind.CONNECT).detail.startswith(f"{shown} · ")

    @pytest.mark.parametrize("path", ["/healthz", "/auth/login", "/Auth/Login/", "/openapi.json"])
    async def test_a_route_of_http_stays_http(self, service: Service, path: str) -> None:
        """A server may pass over an Upgrade that it does not want (RFC 9110, 7.8)."""
        status, _, body = await ask(service, head(path=path))
        assert status in (200, 405)
        assert body.startswith(b"{")
        assert not service.hub.clients

    async def test_a_plain_request_for_the_websocket_s_path(self, service: Service) -> None:
        """426 says what to ask for."""
        status, headers, _ = await ask(service, b"GET /ws HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (status, headers["upgrade"]) == (426, "websocket")


class TestSubprotocols:
    """The first one that is offered is selected, as the replaced server did."""

    @pytest.mark.parametrize(
        ("offered", "selected"),
        [(["json"], "json"), (["chat", "json"], "chat"), (["v1.Chat-x", "b"], "v1.Chat-x")],
    )
    async def test_the_first_is_echoed(self, service: Service, offered: list[str], selected: str) -> None:
        """As written; clients close if none comes back. The row names them all."""
        names = [Subprotocol(each) for each in offered]
        async with ws_client(service, subprotocols=names) as client:
            assert client.socket.subprotocol == selected
        assert f"subprotocol {selected} of those offered ({', '.join(offered)})" in (
            last_row(service, Kind.CONNECT).detail
        )

    async def test_in_several_headers(self, service: Service) -> None:
        """A list may be spread over them (RFC 6455, 11.3.4)."""
        more = "Sec-WebSocket-Protocol: one\r\nSec-WebSocket-Protocol: two\r\n"
        assert (await ask(service, head(more=more)))[1]["sec-websocket-protocol"] == "one"

    async def test_none_is_none(self, service: Service) -> None:
        """Who offers none gets none."""
        assert "sec-websocket-protocol" not in (await ask(service, head()))[1]

    async def test_a_header_that_names_none_is_refused(self, service: Service) -> None:
        """It is no list of tokens; the replaced server refused it, too."""
        status, _, body = await ask(service, head(more="Sec-WebSocket-Protocol: \r\n"))
        assert status == 400
        assert "'Sec-WebSocket-Protocol'" in json.loads(body)["message"]


class TestTokenAtTheDoor:
    """A token that comes with the request logs in as if `authenticate` had come first."""

    @pytest.mark.parametrize("place", ["header", "subprotocol", "query token", "query access_token"])
    async def test_it_logs_in(
        self, service: Service, http: HttpClient, place: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """`connection`, then `authentication`; the token is in no row and no line of the log."""
        caplog.set_level(logging.DEBUG)
        token = (await http.register("ana"))["token"]
        choices: dict[str, dict[str, Any]] = {
            "header": {"additional_headers": {"Authorization": f"Bearer {token}"}},
            "subprotocol": {"subprotocols": [Subprotocol("access_token"), Subprotocol(token)]},
            "query token": {"path": f"/?x=1&token={token}"},
            "query access_token": {"path": f"/ws?access_token={token}"},
        }
        async with ws_client(service, **choices[place]) as client:
            got = await client.receive()
            assert (got["type"], got["user"]["username"]) == ("authentication", "ana")
            expected = "access_token" if place == "subprotocol" else None
            assert client.socket.subprotocol == expected
        row = last_row(service, Kind.AUTHENTICATE)
        assert place.split()[0] in row.detail
        assert row.claims
        assert f"token in the {place.split()[0]}" in last_row(service, Kind.CONNECT).detail
        lines = [each.getMessage() for each in caplog.records if each.name.startswith("authws_desktop")]
        seen = [*map(str, service.traffic.after(0)), *lines]
        parts = token.split(".")
        assert not [text for text in seen if token in text or parts[1] in text or parts[2] in text]

    @pytest.mark.parametrize("query", ["token=nonsense", "access_token=a.b.c"])
    async def test_a_wrong_one_is_answered_and_the_connection_stays(
        self, service: Service, http: HttpClient, query: str
    ) -> None:
        """`connection`, then `error AUTH_ERROR`; `authenticate` may follow."""
        token = (await http.register("ana"))["token"]
        async with ws_client(service, path=f"/?{query}") as client:
            got = await client.receive()
            assert (got["type"], got["code"]) == ("error", "AUTH_ERROR")
            assert "messageId" not in got
            await client.log_in(token)

    async def test_none_or_an_empty_one_asks_for_nothing(self, service: Service) -> None:
        """The client is a stranger, as before."""
        for path in ("/", "/?token=", "/?tokens=x"):
            async with ws_client(service, path=path) as client:
                await client.send({"type": "message", "content": 1})
                assert (await client.receive())["code"] == "UNAUTHORIZED"

    async def test_other_schemes_are_no_token(self, service: Service) -> None:
        """Basic belongs to a proxy."""
        async with ws_client(service, additional_headers={"Authorization": "Basic eDp5"}) as client:
            await client.send("nonsense")
            assert (await client.receive())["code"] == "INVALID_MESSAGE"


REFUSED: list[tuple[str, bytes, int, dict[str, str]]] = [
    ("two hosts", head(more="Host: localhost\r\n"), 400, {}),
    ("no host", head({"Host": None}), 400, {}),
    ("a foreign host", head({"Host": "evil.example"}), 421, {}),
    ("a foreign page", head(more="Origin: http://evil.example\r\n"), 403, {}),
    ("a body", head(more="Content-Length: 5\r\n") + b"hello", 400, {}),
    ("a body in chunks", head(more="Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n", 400, {}),
    ("a folded header", head(more="X: a\r\n b\r\n"), 400, {}),
    ("no colon", head(more="nonsense\r\n"), 400, {}),
    ("a blank before the colon", head(more="X : a\r\n"), 400, {}),
    ("a control character", head(more="X: a\x00b\r\n"), 400, {}),
    ("a bare line feed", head(more="X: a\nY: b\r\n"), 400, {}),
    ("too many headers", head(more="".join(f"X{n}: y\r\n" for n in range(200))), 431, {}),
    ("an old version", head({"Sec-WebSocket-Version": "8"}), 426, {"sec-websocket-version": "13"}),
    ("no version", head({"Sec-WebSocket-Version": None}), 426, {"sec-websocket-version": "13"}),
    ("two versions", head(more="Sec-WebSocket-Version: 13\r\n"), 426, {"sec-websocket-version": "13"}),
    ("no key", head({"Sec-WebSocket-Key": None}), 400, {}),
    ("a short key", head({"Sec-WebSocket-Key": "c2VjcmV0"}), 400, {}),
    ("no connection header", head({"Connection": "keep-alive"}), 426, {"upgrade": "websocket"}),
    ("another method", head(method="POST"), 405, {"allow": "GET"}),
    ("HTTP/1.0", head(version="HTTP/1.0"), 400, {}),
    ("HTTP/3", head(version="HTTP/3.0"), 400, {}),
    ("a request line of two words", head(version="").replace(b"/ ", b"/"), 400, {}),
]


@pytest.mark.parametrize(
    ("request_", "status", "headers"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
async def test_every_refusal_is_json(
    service: Service, request_: bytes, status: int, headers: dict[str, str]
) -> None:
    """With status, code and a sentence, behind which the connection ends; it is a row."""
    secret = "Cookie: session=hunter2\r\nX-Key: c2VjcmV0LWtleQ==\r\n"
    request_ = request_.replace(b"\r\n", b"\r\n" + secret.encode(), 1)
    got, answered, body = await ask(service, request_)
    error = json.loads(body)
    assert got == status
    assert answered["content-type"].startswith("application/json")
    assert answered["connection"] == "close"
    assert error.keys() == {"status", "code", "message"}
    assert error["status"] == "error"
    assert error["message"].endswith(".")
    assert headers.items() <= answered.items()
    assert b"hunter2" not in body
    assert b"c2VjcmV0" not in body
    row = last_row(service, Kind.REFUSED)
    assert row.outcome == str(status)
    assert "hunter2" not in row.detail
    assert not service.hub.clients


async def test_the_answer_can_be_read_whatever_the_client_goes_on_sending(service: Service) -> None:
    """The connection is ended from our side only; else the system would reset it."""
    raw = await Raw(service).open()
    status, _, _ = await raw.answer(head(more="Content-Length: 100000\r\n") + b"x" * 100_000)
    assert status == 400
    assert await raw.reader.read() == b""
    raw.writer.close()


@pytest.mark.parametrize("path", ["/", "/healthz"])
async def test_a_line_may_be_as_long_as_the_head(service: Service, path: str) -> None:
    """Cookies and tokens are long; both sides take 16 KiB in all."""
    base = len(head(path=path))
    fits = head(path=path, more="X: " + "x" * (MAX_HEAD_BYTES - base - 5 - 4) + "\r\n")
    assert (await ask(service, fits))[0] in (101, 200)
    status, _, body = await ask(service, head(path=path, more="X: " + "x" * MAX_HEAD_BYTES + "\r\n"))
    assert status == 431
    assert json.loads(body)["code"] == "INVALID_REQUEST"


class TestLaterRequests:
    """Each request of a kept connection decides anew: proxies keep theirs."""

    PLAIN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

    async def test_an_upgrade_behind_other_requests(self, service: Service, http: HttpClient) -> None:
        """It opens a connection that logs in, talks, and leaves as any other."""
        token = (await http.register("ana"))["token"]
        raw = await Raw(service).open()
        for _ in range(2):
            assert (await raw.answer(self.PLAIN))[0] == 200
        status, headers, _ = await raw.answer(head(path=f"/?token={token}", more="X-Request: later\r\n"))
        assert (status, headers["upgrade"]) == (101, "websocket")
        await eventually(lambda: service.hub.authenticated_count == 1)
        raw.writer.write(frame(FIN | TEXT, b'{"type":"message","content":"from behind a proxy"}'))
        async with asyncio.timeout(WAIT_S):
            await raw.reader.readuntil(b"from behind a proxy")
        assert service._endpoint.places.taken == 2
        raw.writer.transport.abort()
        await eventually(lambda: service._endpoint.places.taken == 1)
        assert not service.hub.clients

    async def test_all_at_once(self, service: Service) -> None:
        """A request, the upgrade and the first frame in one piece: answered in order, nothing is lost."""
        raw = await Raw(service).open()
        raw.writer.write(self.PLAIN + head() + frame(FIN | TEXT, b"{}"))
        async with asyncio.timeout(WAIT_S):
            answer = await raw.reader.readuntil(b"INVALID_MESSAGE")
        assert answer.index(b" 200 ") < answer.index(b" 101 ") < answer.index(b'"connection"')
        raw.writer.transport.abort()

    async def test_a_refused_one_ends_the_connection(self, service: Service) -> None:
        """In JSON, as at the beginning of a connection."""
        raw = await Raw(service).open()
        await raw.answer(self.PLAIN)
        status, _, body = await raw.answer(head({"Sec-WebSocket-Version": "8"}))
        assert (status, json.loads(body)["code"]) == (426, "UPGRADE_REQUIRED")
        assert await raw.reader.read() == b""
        raw.writer.close()

    async def test_stopping_ends_it_as_any_other(self, service: Service) -> None:
        """With 1001."""
        raw = await Raw(service).open()
        await raw.answer(self.PLAIN)
        await raw.answer(head())
        await eventually(lambda: service.hub.clients)
        await service.stop()
        assert b"\x03\xe9" in await raw.reader.read()
        raw.writer.close()


async def test_a_large_frame_may_follow_the_handshake(join: Join) -> None:
    """What goes out of a message that is accepted fits the 1 MiB that many clients take."""
    ana: WsClient = await join("ana", max_size=2**20)
    await ana.send('{"type":"message","content":"' + "x" * (1_000_000 - 31) + '"}')
    assert len((await ana.expect("message"))["content"]) == 1_000_000 - 31
    await ana.send('{"type":"message","content":"' + "x" * (1_000_000 - 30) + '"}')
    assert (await ana.expect_close())[0] == 1009


@pytest.mark.parametrize(
    "changes", [{}, {"Sec-WebSocket-Key": None}, {"Upgrade": None}, {"Sec-WebSocket-Version": "8"}]
)
def test_a_handshake_leaves_nothing_to_search_for(tmp_path: Path, changes: dict[str, str | None]) -> None:
    """What refers to itself would stay in memory until the next search for garbage."""
    endpoint = new_endpoint(tmp_path)
    with nothing_left():
        shake_hands(endpoint, head(changes), "127.0.0.1", is_secure=False)
