"""WebSocket connections to a real server, by the websockets library's client and by raw bytes."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import websockets

from authws_desktop.accounts import tokens
from authws_desktop.accounts.models import Examination, Role
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind, is_login
from tests.dialogues import (
    CLOSE,
    FIN,
    HANDSHAKE,
    TEXT,
    close,
    connections_of,
    frame,
    message,
    new_endpoint,
    opened,
)
from tests.own_clients import PASSWORD, WAIT_S, HttpClient, Join, WsClient, eventually, ws_client
from tests.work import nothing_left


async def test_the_first_frame_is_connection(service: Service) -> None:
    """With every field of the contract, and nothing before it."""
    async with websockets.connect(f"ws://127.0.0.1:{service.location.port}/ws", proxy=None) as socket:
        got = json.loads(await socket.recv())
    assert got["type"] == "connection"
    assert (got["status"], got["authenticated"], got["protocol"]) == ("connected", False, 2)
    assert got["features"] == ["presence", "pinned"]
    assert got["authDeadlineMs"] == 30_000
    assert got["server"].startswith("authws-desktop/")
    assert got["timestamp"].endswith("Z")
    assert len(got["clientId"]) >= 16


async def test_frames_leave_without_delay(service: Service, join: Join) -> None:
    """Else a small frame waits until the one before it is acknowledged, which a client puts off for 40 ms."""
    await join("ana")
    (connection,) = connections_of(service._endpoint)
    assert connection._transport is not None
    sending = connection._transport.get_extra_info("socket")
    assert sending.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_two_users_talk(join: Join) -> None:
    """Broadcast, direct, receipt and presence: the whole main job."""
    ana, ben = await join("ana"), await join("ben")
    await ana.expect_users("ana", "ben")
    await ben.expect_users("ana", "ben")
    await ana.send({"type": "message", "content": {"text": "héllo"}})
    for client in (ana, ben):
        got = await client.expect("message")
        assert (got["from"], got["username"], got["content"]) == (ana.client_id, "ana", {"text": "héllo"})
    await ben.send({"type": "direct", "to": ana.client_id, "content": [1], "messageId": 7})
    got = await ana.expect("direct")
    assert (got["from"], got["to"], got["content"]) == (ben.client_id, ana.client_id, [1])
    assert (await ben.expect("message_delivered"))["messageId"] == 7
    await ben.socket.close()
    await ana.expect_users("ana")


async def test_presence_as_asked(service: Service, http: HttpClient, join: Join) -> None:
    """Changes for who wants those, with the role that the account has now; a wrong wish is named."""
    await service.accounts.administration.create("boss", PASSWORD, Role.HOST)
    host = await http.login("boss")
    async with ws_client(service) as small:
        await small.send(
            {"type": "authenticate", "token": host["token"], "presence": "sometimes", "messageId": 1}
        )
        error = await small.expect("error")
        assert (error["code"], error["messageId"]) == ("INVALID_MESSAGE", 1)
        assert error["message"] == "Field 'presence' must be 'full', 'delta' or 'none'."
        await small.send({"type": "authenticate", "token": host["token"], "presence": "delta"})
        (me,) = (await small.expect("user_list"))["users"]
        assert me["role"] == "host"
        ana = await join("ana")
        (entry,) = (await small.expect("presence"))["joined"]
        assert (entry["username"], entry["role"]) == ("ana", "member")
        assert all("role" not in user for user in (await ana.expect("user_list"))["users"])
        await ana.socket.close()
        assert (await small.expect("presence"))["left"] == [ana.client_id]


async def test_a_client_that_takes_no_large_frame_is_explained(service: Service, join: Join) -> None:
    """The row of its end says how large the frame before it was; libraries have limits of their own."""
    small = await join("small", max_size=2048)
    ana = await join("ana")
    await small.expect_users("ana", "small")
    await ana.send({"type": "message", "content": "x" * 5000})
    await eventually(lambda: len(service.hub.clients) == 1)
    (end,) = [each for each in service.traffic.after(0) if each.kind is Kind.DISCONNECT]
    assert end.outcome == "1009"
    found = re.search(r"The frame before it had (\d),(\d+) bytes", end.detail)
    assert found is not None
    assert int(found[1] + found[2]) > 5000


async def test_a_binary_frame_is_read_like_text(join: Join) -> None:
    """UTF-8 JSON in a binary frame."""
    ana = await join("ana")
    await ana.send(b'{"type":"message","content":1}')
    assert (await ana.expect("message"))["content"] == 1


async def test_fragments_are_joined(join: Join) -> None:
    """Cut anywhere, a multi-byte character included."""
    ana = await join("ana")
    whole = '{"type":"message","content":"grüße"}'.encode()
    cut = whole.index("ü".encode()) + 1
    await ana.socket.send([whole[:cut], whole[cut : cut + 1], whole[cut + 1 :]])
    assert (await ana.expect("message"))["content"] == "grüße"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("nonsense", "INVALID_MESSAGE"),
        ("[]", "INVALID_MESSAGE"),
        ('{"type":"message"}', "INVALID_MESSAGE"),
        ('{"type":"message","content":NaN}', "INVALID_MESSAGE"),
        (b"\xff\xfe", "INVALID_MESSAGE"),
        (b'{"type":"message","content":"\xff"}', "INVALID_MESSAGE"),
        ('{"type":"shout","content":1}', "INVALID_MESSAGE_TYPE"),
        ('{"type":"direct","content":1}', "MISSING_RECIPIENT"),
        ('{"type":"direct","to":null,"content":1}', "MISSING_RECIPIENT"),
        ('{"type":"direct","to":"nobody","content":1}', "INVALID_RECIPIENT"),
        ('{"type":"direct","to":"\\u0000","content":1}', "INVALID_RECIPIENT"),
        ('{"type":"direct","to":"' + "x" * 10_000 + '","content":1}', "INVALID_RECIPIENT"),
        ('{"type":"authenticate","token":"nonsense"}', "AUTH_ERROR"),
    ],
)
async def test_errors_keep_the_connection(join: Join, frame: str | bytes, code: str) -> None:
    """The error names what is wrong, the connection goes on."""
    ana = await join("ana")
    await ana.send(frame)
    error = await ana.expect("error")
    assert error["code"] == code
    assert error["message"]
    assert error["timestamp"]
    await ana.send({"type": "message", "content": "still here"})
    assert (await ana.expect("message"))["content"] == "still here"


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ('{"type":"message","content":1}', "UNAUTHORIZED"),
        ('{"type":"message"}', "UNAUTHORIZED"),
        ('{"type":"direct","to":"x","content":1,"messageId":"m"}', "UNAUTHORIZED"),
        ('{"type":"shout"}', "UNAUTHORIZED"),
        ("nonsense", "INVALID_MESSAGE"),
        ('{"type":"authenticate"}', "INVALID_MESSAGE"),
    ],
)
async def test_before_authentication_only_authenticate_counts(join: Join, frame: str, code: str) -> None:
    """And strangers hear nothing of the others."""
    stranger, ana = await join(), await join("ana")
    await stranger.send(frame)
    error = await stranger.receive()
    assert (error["type"], error["code"]) == ("error", code)
    assert error.get("messageId") == ("m" if "messageId" in frame else None)
    await ana.send({"type": "message", "content": 1})
    await ana.expect("message")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await stranger.socket.recv()


async def test_authenticating_again_renews_the_login(join: Join, http: HttpClient, service: Service) -> None:
    """A new token on the same connection moves its expiry; a bad one changes nothing."""
    ana = await join("ana")
    first = service.hub.clients[ana.client_id].identity.token_id
    answer = await ana.log_in((await http.login("ana"))["token"], app="phone")
    assert answer["clientId"] == ana.client_id
    client = service.hub.clients[ana.client_id]
    assert client.identity.token_id != first
    assert client.identity.app == "phone"
    await ana.send({"type": "authenticate", "token": "bad"})
    assert (await ana.expect("error"))["reason"] == "malformed"
    assert client.is_authenticated


NewRaw = Callable[[], "RawClient"]


@pytest.fixture
async def new_raw(service: Service) -> AsyncIterator[NewRaw]:
    """Return a function that makes raw clients, which are ended with the test."""
    made: list[RawClient] = []

    def new_raw() -> RawClient:
        made.append(RawClient(service.location.port))
        return made[-1]

    yield new_raw
    for each in made:
        await each.end()


class TestDeadline:
    """Connections that do not authenticate."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"auth_deadline_s": 2}

    async def test_silence_is_closed_with_4001(self, join: Join, service: Service) -> None:
        """And recorded with its reason."""
        stranger, ana = await join(), await join("ana")
        assert (await stranger.expect_close())[0] == 4001
        assert service.traffic.after(0)[-1].kind is Kind.DISCONNECT
        await ana.send({"type": "message", "content": 1})
        await ana.expect("message")


class TestExpiry:
    """Tokens that end while connected."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"token_life_s": 10}

    async def test_an_expired_token_closes_with_4003(self, join: Join, service: Service) -> None:
        """After an error that says so."""
        ana = await join("ana")
        service.hub.clients[ana.client_id].expires_at = 1.0  # as if ten seconds had passed
        error = await ana.expect("error")
        assert (error["code"], error["reason"]) == ("AUTH_ERROR", "expired")
        assert (await ana.expect_close())[0] == 4003


class TestRate:
    """The message rate."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"message_rate": 20, "message_burst": 5}

    async def test_over_the_rate_frames_are_dropped_and_then_the_connection(self, join: Join) -> None:
        """`retryAfterMs` and `messageId` come with the error; flooding ends with 4009."""
        ana = await join("ana")
        for number in range(200):
            await ana.send({"type": "message", "content": number, "messageId": number})
        error = await ana.expect("error")
        assert error["code"] == "RATE_LIMIT_EXCEEDED"
        assert error["retryAfterMs"] > 0
        assert error["messageId"] > 0
        assert (await ana.expect_close())[0] == 4009

    async def test_waiting_as_told_helps(self, join: Join) -> None:
        """After `retryAfterMs` the next message passes."""
        ana = await join("ana")
        for number in range(8):
            await ana.send({"type": "message", "content": number})
        error = await ana.expect("error")
        await asyncio.sleep(error["retryAfterMs"] / 1000 * 3)
        await ana.send({"type": "message", "content": "later"})
        await ana.expect("message", lambda got: got["content"] == "later")


class TestSize:
    """Large frames."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"max_message_bytes": 2048}

    async def test_a_frame_over_the_limit_closes_with_1009(self, join: Join) -> None:
        """The others are not touched."""
        ana, ben = await join("ana"), await join("ben")
        await ana.send({"type": "message", "content": "x" * 3000})
        assert (await ana.expect_close())[0] == 1009
        await ben.send({"type": "message", "content": "x" * 1900})
        await ben.expect("message")

    async def test_fragments_count_together(self, join: Join) -> None:
        """Many small fragments are one message."""
        ana = await join("ana")
        await ana.socket.send(["x" * 900, "x" * 900, "x" * 900])
        assert (await ana.expect_close())[0] == 1009


class TestSlowReader:
    """A client that does not read."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"max_buffer_bytes": 256 * 1024, "message_rate": 0}

    async def test_a_slow_reader_is_closed_and_slows_nobody(
        self, join: Join, service: Service, http: HttpClient, new_raw: NewRaw
    ) -> None:
        """Its buffer passes the limit: 4008 in the record, everyone else got every message in order."""
        ana = await join("ana")
        token = (await http.register("slow"))["token"]
        raw = new_raw()
        await raw.open(limit=1024)
        await raw.send_text(json.dumps({"type": "authenticate", "token": token}))
        await eventually(lambda: service.hub.authenticated_count == 2)
        text = "x" * 60_000
        for number in range(120):
            await ana.send({"type": "message", "content": [number, text]})
            assert (await ana.expect("message"))["content"][0] == number
        await eventually(lambda: service.hub.authenticated_count == 1)
        ends = [record for record in service.traffic.after(0) if record.kind is Kind.DISCONNECT]
        assert [(end.identity.username, end.outcome) for end in ends] == [("slow", "4008")]

    async def test_a_reader_that_ends_its_sending_side_delays_nobody(
        self, join: Join, service: Service, http: HttpClient, new_raw: NewRaw
    ) -> None:
        """It is gone with 1006 at once, and every message leaves in the turn of the loop that it came in."""
        ana = await join("ana")
        token = (await http.register("half"))["token"]
        raw = new_raw()
        await raw.open(limit=1024)
        await raw.send_text(json.dumps({"type": "authenticate", "token": token}))
        await eventually(lambda: service.hub.authenticated_count == 2)
        (half,) = [
            each
            for each in connections_of(service._endpoint)
            if each.client is not service.hub.clients[ana.client_id]
        ]
        flood = "x" * 8192
        while not half.outbox._is_paused:
            service.host_messages.to_everyone(json.dumps(flood))
            await asyncio.sleep(0)
        raw.writer.write_eof()
        await eventually(lambda: service.hub.authenticated_count == 1)
        (end,) = [record for record in service.traffic.after(0) if record.kind is Kind.DISCONNECT]
        assert (end.identity.username, end.outcome) == ("half", "1006")
        for number in range(10):
            service.host_messages.to_everyone(str(number))
            await asyncio.sleep(0)
            assert all(each.outbox._unsent is None for each in connections_of(service._endpoint))
            while (got := await ana.expect("message"))["content"] == flood:
                pass
            assert got["content"] == number

    async def test_pings_cannot_fill_the_memory(self, service: Service, new_raw: NewRaw) -> None:
        """Who asks for pongs and does not read them is closed, too."""
        raw = new_raw()
        await raw.open(limit=1024)
        pings = b"\x89\xfd\0\0\0\0" + b"p" * 125
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):  # 65 MB at most: the system's own buffers must be full first
                raw.writer.write(pings * 500)
                await raw.writer.drain()
                if not service.hub.clients:
                    break
        record = service.traffic.after(0)[-1]
        assert (record.kind, record.outcome) == (Kind.DISCONNECT, "4008")

    async def test_pings_behind_the_close_are_not_answered(self, service: Service, new_raw: NewRaw) -> None:
        """A client that is being closed for reading nothing gets nothing more to read."""
        raw = new_raw()
        await raw.open()
        (connection,) = connections_of(service._endpoint)
        connection.close(CloseCode.TOO_SLOW)
        await raw.send_frame(0x89, b"p" * 125)
        await raw.send_frame(0x88, b"\x03\xe8")
        assert await raw.close_code() == 4008
        assert await raw.reader.read() == b""


@pytest.mark.parametrize(("first", "announced"), [(FIN | TEXT, 200_000), (TEXT, None)])
async def test_unfinished_messages_share_a_limit(
    service: Service, new_raw: NewRaw, first: int, announced: int | None
) -> None:
    """Frames without their end, or messages without their last fragment: the longest is ended (1009)."""
    receiving = service._endpoint.receiving
    receiving.limit_bytes = 100_000
    raws = [new_raw() for _ in range(3)]
    for raw, size in zip(raws, (20_000, 60_000, 19_000), strict=True):
        await raw.open()
        expected_bytes = receiving.total_bytes + size
        raw.writer.write(frame(first, b" " * size, size=announced))
        while receiving.total_bytes < expected_bytes:
            await asyncio.sleep(0.01)
    raws[2].writer.write(b" " * 2000 if announced else frame(0, b" " * 2000))
    assert await raws[1].close_code() == 1009
    await eventually(lambda: len(service.hub.clients) == 2)
    assert receiving.total_bytes < 50_000
    await asyncio.gather(*(raw.end() for raw in raws))
    await eventually(lambda: receiving.total_bytes == 0)


async def test_a_finished_message_is_no_longer_counted(service: Service, join: Join) -> None:
    """It was unfinished while it came, in many reads."""
    ana = await join("ana")
    await ana.send({"type": "message", "content": "x" * 200_000})
    await ana.expect("message")
    assert service._endpoint.receiving.total_bytes == 0


class TestKeepAlive:
    """Pings that are answered."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"ping_interval_s": 1}

    async def test_a_client_that_answers_stays_and_has_a_round_trip(
        self, join: Join, service: Service
    ) -> None:
        """The library's client answers pings by itself."""
        ana = await join("ana")
        await eventually(lambda: service.hub.clients[ana.client_id].rtt_s is not None)
        await eventually(lambda: service.hub.clients[ana.client_id].bytes_out > 0)
        assert ana.client_id in service.hub.clients


class TestNoAnswer:
    """Pings that are not."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"ping_interval_s": 1, "ping_timeout_s": 1}

    async def test_a_client_that_does_not_answer_is_ended(self, service: Service, new_raw: NewRaw) -> None:
        """A phone that fell asleep does not stay in the list for ever."""
        raw = new_raw()
        await raw.open()
        await eventually(lambda: len(service.hub.clients) == 1)
        await eventually(lambda: not service.hub.clients)


class RawClient:
    """A WebSocket client that does just what it is told, byte by byte."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def open(self, path: str = "/", headers: str = "", limit: int = 2**16) -> bytes:
        """Connect and shake hands; return the response's head."""
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port, limit=limit)
        key = base64.b64encode(os.urandom(16)).decode()
        self.writer.write(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{headers}\r\n".encode()
        )
        return await self.reader.readuntil(b"\r\n\r\n")

    async def end(self) -> None:
        """Break the connection."""
        self.writer.transport.abort()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()

    async def send_text(self, text: str) -> None:
        await self.send_frame(0x81, text.encode())

    async def send_frame(self, first: int, payload: bytes, mask: bytes = b"\1\2\3\4") -> None:
        """Send a frame with any first byte."""
        size = len(payload)
        if size < 126:
            head = struct.pack("!BB", first, 0x80 | size)
        else:
            head = struct.pack("!BBH", first, 0x80 | 126, size)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self.writer.write(head + mask + masked)
        await self.writer.drain()

    async def close_code(self) -> int:
        """Return the code of the server's close frame, skipping what comes before."""
        while True:
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack("!H", await self.reader.readexactly(2))[0]
            payload = await self.reader.readexactly(size)
            if first == 0x88:
                return int(struct.unpack("!H", payload[:2])[0])


@pytest.mark.parametrize(
    ("first", "payload", "code"),
    [
        (0x81, b"\xff", 1007),
        (0x81, b"\xed\xa0\x80", 1007),
        (0x83, b"", 1002),
        (0xC1, b"x", 1002),
        (0x80, b"x", 1002),
        (0x09, b"x", 1002),
        (0x89, b"x" * 126, 1002),
        (0x88, struct.pack("!H", 1000), 1000),
        (0x88, b"\x03", 1002),
        (0x88, struct.pack("!H", 999), 1002),
        (0x88, struct.pack("!H", 1000) + b"\xff", 1007),
    ],
)
async def test_protocol_errors_close_with_their_code(
    service: Service, first: int, payload: bytes, code: int, new_raw: NewRaw
) -> None:
    """As RFC 6455 and the Autobahn suite have it; the server goes on."""
    raw = new_raw()
    assert b" 101 " in await raw.open()
    await raw.send_frame(first, payload)
    assert await raw.close_code() == code
    await eventually(lambda: not service.hub.clients)
    async with ws_client(service) as client:
        assert client.client_id


async def test_an_unmasked_frame_is_a_protocol_error(service: Service, new_raw: NewRaw) -> None:
    """Clients must mask (RFC 6455 section 5.1)."""
    raw = new_raw()
    await raw.open()
    raw.writer.write(b"\x81\x01x")
    assert await raw.close_code() == 1002


async def test_a_ping_between_fragments_is_answered(service: Service, new_raw: NewRaw) -> None:
    """Control frames may come between the fragments of a message (RFC 6455 section 5.4)."""
    raw = new_raw()
    await raw.open()
    await raw.send_frame(0x01, b'{"type":')
    await raw.send_frame(0x89, b"are you there")
    await raw.send_frame(0x80, b'"x"}')
    received = b""
    async with asyncio.timeout(WAIT_S):
        while b"UNAUTHORIZED" not in received or b"\x8a\x0d" not in received:
            received += await raw.reader.read(1000)
    assert b"\x8a\x0dare you there" in received  # the pong echoes the payload


async def test_a_message_with_a_close_right_behind_it_counts(
    join: Join, service: Service, http: HttpClient, new_raw: NewRaw
) -> None:
    """Clients say their last word and leave; the network delivers both at once."""
    ana = await join("ana")
    raw = new_raw()
    await raw.open()
    token = (await http.register("ben"))["token"]
    await raw.send_text(json.dumps({"type": "authenticate", "token": token}))
    await ana.expect_users("ana", "ben")
    raw.writer.write(
        frame(FIN | TEXT, b'{"type":"message","content":"bye"}') + frame(FIN | CLOSE, b"\x03\xe8")
    )
    assert (await ana.expect("message"))["content"] == "bye"
    assert await raw.close_code() == 1000
    await ana.expect_users("ana")


async def test_a_frame_that_comes_byte_by_byte_is_read(service: Service, new_raw: NewRaw) -> None:
    """Slow networks cut anywhere."""
    raw = new_raw()
    await raw.open()
    frame = b"\x81\x82\0\0\0\0{}"
    for index in range(len(frame)):
        raw.writer.write(frame[index : index + 1])
        await raw.writer.drain()
        await asyncio.sleep(0)
    async with asyncio.timeout(WAIT_S):
        received = b""
        while b"INVALID_MESSAGE" not in received:
            received += await raw.reader.read(1000)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", "", b"101"),
        ("/ws", "", b"101"),
        ("/ws?x=1", "", b"101"),
        ("/other", "", b"101"),
        ("/", "Origin: http://evil.example\r\n", b"403"),
        ("/", "Origin: null\r\n", b"403"),
        ("/", "Origin: http://localhost:3000\r\n", b"101"),
        ("/", "Origin: http://127.0.0.1:5173\r\n", b"101"),
        ("/", "Origin: http://[::1]:5173\r\n", b"101"),
        ("/", "Origin: http://localhost\r\n", b"101"),
        ("/", "Origin: http://localhost.evil.example\r\n", b"403"),
    ],
)
async def test_who_may_connect(
    service: Service, path: str, headers: str, status: bytes, new_raw: NewRaw
) -> None:
    """Paths and origins at the handshake; a refusal is recorded."""
    raw = new_raw()
    head = await raw.open(path, headers)
    assert head.split(b" ")[1] == status
    if status != b"101":
        record = service.traffic.after(0)[-1]
        assert (record.kind, record.outcome) == (Kind.REFUSED, status.decode())


async def test_a_foreign_host_name_is_refused_with_421(service: Service) -> None:
    """DNS rebinding ends here."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    assert (await reader.readuntil(b"\r\n")).split(b" ")[1] == b"421"
    writer.close()
    await writer.wait_closed()


class TestFull:
    """The limit of connections."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"max_clients": 2}

    async def test_one_too_many_is_refused_with_503(self, join: Join, service: Service) -> None:
        """And there is room again once one leaves."""
        first, _ = await join(), await join()
        with pytest.raises(websockets.InvalidStatus) as caught:
            await join()
        assert caught.value.response.status_code == 503
        await first.socket.close()
        await eventually(lambda: len(service.hub.clients) == 1)
        third: WsClient = await join()
        assert third.client_id


async def test_a_token_is_judged_once_a_login(
    service: Service, join: Join, http: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good, refused or of somebody who is banned: what was found is kept for the record and the answer."""
    token = (await http.register("ana"))["token"]
    judged: list[str] = []
    real = tokens.read

    def counted(token: str, result: Examination) -> bytes | None:
        judged.append(token)
        return real(token, result)

    monkeypatch.setattr(tokens, "read", counted)
    client = await join()
    await client.send({"type": "authenticate", "token": token[:-4] + "AAAA"})
    await client.expect("error")
    assert len(judged) == 1
    await client.log_in(token)
    assert len(judged) == 2
    ana = service.accounts.find("ana")
    assert ana is not None
    await service.moderation.ban_user(ana.id)
    other = await join()
    await other.send({"type": "authenticate", "token": token})
    await other.expect("error")
    assert len(judged) == 3
    claims = [row.claims for row in service.traffic.after(0) if row.kind is Kind.AUTHENTICATE]
    assert [b'"signature","is_good":false' in each for each in claims] == [True, False, False]


async def test_the_same_token_again_is_no_login(service: Service, join: Join, http: HttpClient) -> None:
    """A page asks so whether its connection lives; a new token is a login."""
    client = await join()
    for token in [(await http.register("ana"))["token"]] * 2 + [(await http.login("ana"))["token"]]:
        await client.log_in(token)
    rows = [row for row in service.traffic.after(0) if row.kind is Kind.AUTHENTICATE]
    assert [is_login(row) for row in rows] == [True, False, True]


async def test_a_connection_that_ends_leaves_nothing_to_search_for(tmp_path: Path) -> None:
    """It goes with all that it held; a search for garbage would find it much later."""
    endpoint = new_endpoint(tmp_path)
    for chunks in ([HANDSHAKE, message(1)], [HANDSHAKE, close(1000)], [HANDSHAKE, message(1)[:4]]):
        with nothing_left():
            wire = opened(endpoint)
            for chunk in chunks:
                wire.deliver(chunk)
                await asyncio.sleep(0)
            wire.lose()
            del wire
