"""How many connections there may be, in all and from one address; and what happens to one too many."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from authws_desktop.server import places
from authws_desktop.server.places import (
    FULL,
    FULL_FOR_ADDRESS,
    OTHERS,
    RESERVED_FILES,
    TURNED_AWAY,
    Places,
    files_needed,
)
from authws_desktop.server.service import Service
from authws_desktop.settings import Settings
from authws_desktop.traffic.record import Kind
from tests.dialogues import HANDSHAKE
from tests.network.tls.test_tls import trusting
from tests.own_clients import WAIT_S, HttpClient, eventually, ws_client

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def new_places(**changes: Any) -> Places:
    """Return the places of such settings."""
    return Places(Settings(**changes))


class TestCounting:
    """Plain values."""

    def test_all_kinds_together_have_more_places_than_clients(self) -> None:
        """Pages and heads must not wait for the last client to leave."""
        assert new_places(max_clients=2).connections == 2 + OTHERS
        assert new_places(max_clients=9000).connections == 12_000

    def test_one_address_cannot_take_them_all(self) -> None:
        """Others still come in; and there is room again when one leaves."""
        few = new_places(max_per_address=2)
        assert [few.take("192.0.2.1") for _ in range(3)] == ["", "", FULL_FOR_ADDRESS]
        assert few.take("192.0.2.2") == ""
        few.leave("192.0.2.1")
        assert few.take("192.0.2.1") == ""
        assert few.taken == 3

    def test_this_computer_may_take_them_all(self) -> None:
        """A proxy, a load test or a browser with many tabs runs here."""
        few = new_places(max_per_address=1)
        assert [few.take(address) for address in ("127.0.0.1", "127.0.0.1", "::1", "::1")] == [""] * 4

    def test_a_trusted_proxy_may_take_them_all(self) -> None:
        """Everybody's connections come from its address; the same address is one among others without trust."""
        trusting = new_places(max_per_address=1, trusted_proxies=["192.0.2.0/28"])
        assert [trusting.take("192.0.2.1") for _ in range(3)] == [""] * 3
        assert [trusting.take("192.0.2.99") for _ in range(2)] == ["", FULL_FOR_ADDRESS]

    def test_a_class_behind_one_address_comes_in(self) -> None:
        """Three hundred people with a browser each, which opens six connections besides the WebSocket."""
        default = new_places()
        assert {default.take("203.0.113.7") for _ in range(300 * 7)} == {""}

    @pytest.mark.parametrize(
        ("first", "second", "is_one"),
        [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::1", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("fe80::1%eth0", "fe80::2%eth0", False),
            ("::ffff:192.0.2.1", "192.0.2.1", True),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
            ("not an address:", "not an address:", True),
        ],
    )
    def test_what_counts_as_one_address(self, first: str, second: str, is_one: bool) -> None:
        """Of IPv6 a household's network, but on the link everybody is one."""
        few = new_places(max_per_address=1)
        assert few.take(first) == ""
        assert (few.take(second) == FULL_FOR_ADDRESS) is is_one

    def test_nothing_is_kept_of_those_who_left(self) -> None:
        """Else a million addresses, one after the other, would fill the memory."""
        all_ = new_places()
        for number in range(1000):
            address = f"2001:db8:{number:x}::1"
            assert all_.take(address) == ""
            all_.leave(address)
        assert (all_.taken, all_._by_network) == (0, {})

    def test_when_all_are_taken(self) -> None:
        """Nobody comes in, from wherever."""
        one = new_places(max_clients=1)
        assert {one.take("127.0.0.1") for _ in range(one.connections)} == {""}
        assert one.take("192.0.2.1") == FULL
        one.leave("127.0.0.1")
        assert one.take("192.0.2.1") == ""

    def test_only_so_many_are_told(self) -> None:
        """Each of them costs a descriptor for a moment."""
        few = new_places()
        told = [few.turn_away() for _ in range(TURNED_AWAY)]
        assert few.turn_away() is None
        assert told[0] is not None
        told[0]()
        assert few.turn_away() is not None

    @pytest.mark.parametrize("open_files", [256, 1024, 4096, 10_000])
    def test_the_system_s_limit_is_kept_with_files_in_reserve(self, open_files: int) -> None:
        """Fewer clients then, and still more connections than those."""
        some = new_places()
        some.apply(Settings(), open_files)
        assert some.connections + TURNED_AWAY + RESERVED_FILES == open_files
        assert some.clients < some.connections < 10_000

    def test_enough_files_change_nothing(self) -> None:
        """What the settings need is what is asked of the system."""
        some = new_places()
        some.apply(Settings(), files_needed(Settings()))
        assert some.clients == Settings().max_clients


class TestFull:
    """A server whose places are taken."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"max_clients": 1}

    @pytest.fixture
    async def taken(self, service: Service) -> AsyncIterator[list[asyncio.StreamWriter]]:
        """All places, taken by connections that say nothing."""
        service._endpoint.places.connections = 4
        opened = [await asyncio.open_connection("127.0.0.1", service.location.port) for _ in range(4)]
        writers = [writer for _, writer in opened]
        await eventually(lambda: service._endpoint.places.taken == 4)
        yield writers
        for writer in writers:
            writer.transport.abort()

    @pytest.mark.parametrize("request_", [REQUEST, HANDSHAKE])
    async def test_one_too_many_is_told_so(
        self,
        service: Service,
        taken: list[asyncio.StreamWriter],
        request_: bytes,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """HTTP or WebSocket, in JSON; it is a row, and one line of the log however many come."""
        for _ in range(2):
            head, body = await ask(service, request_)
            assert head.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nRetry-After: 5\r\n" in head
            assert json.loads(body) == {"status": "error", "code": "BUSY", "message": FULL}
        row = service.traffic.after(0)[-1]
        assert (row.kind, row.outcome, row.detail) == (Kind.REFUSED, "503", FULL)
        assert [each.levelname for each in caplog.records].count("WARNING") == 1

    async def test_there_is_room_again(
        self, service: Service, http: HttpClient, taken: list[asyncio.StreamWriter]
    ) -> None:
        """As soon as one is gone."""
        taken[0].transport.abort()
        await eventually(lambda: service._endpoint.places.taken == 3)
        assert (await http.get("/healthz"))[0] == 200

    async def test_more_than_can_be_told_go_without_a_word(
        self, service: Service, taken: list[asyncio.StreamWriter], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """And take no descriptor."""
        monkeypatch.setattr(places, "TURNED_AWAY", 0)
        reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
        assert await is_broken(reader)
        writer.transport.abort()


async def is_broken(reader: asyncio.StreamReader) -> bool:
    """Wait for the end of a connection; tell whether nothing came before it."""
    async with asyncio.timeout(WAIT_S):
        try:
            return await reader.read() == b""
        except ConnectionError:
            return True


async def ask(service: Service, request: bytes) -> tuple[bytes, bytes]:
    """Send a request; return head and body of the answer, behind which the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(request)
    async with asyncio.timeout(WAIT_S):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return head + b"\r\n", body


async def test_every_kind_of_connection_gives_its_place_back(service: Service, http: HttpClient) -> None:
    """HTTP, WebSocket, and what said nothing or nonsense."""
    count = service._endpoint.places
    async with ws_client(service):
        assert (await http.get("/healthz"))[0] == 200
        assert count.taken == 2
    silent = await asyncio.open_connection("127.0.0.1", service.location.port)
    assert b" 400 " in (await ask(service, b"nonsense\r\n\r\n"))[0]
    silent[1].transport.abort()
    await http.session.close()
    await eventually(lambda: count.taken == 0)
    assert count._by_network == {}


class TestTls:
    """The same over TLS."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"tls": "local"}

    async def test_places_over_tls(self, service: Service) -> None:
        """A finished handshake, a begun one and a plain connection give theirs back; a full server breaks it."""
        count = service._endpoint.places
        hello = b"\x16\x03\x01\x02\x00"
        _, secure = await asyncio.open_connection("127.0.0.1", service.location.port, ssl=trusting(service))
        _, begun = await asyncio.open_connection("127.0.0.1", service.location.port)
        begun.write(hello)
        await eventually(lambda: count.taken == 2)
        count.connections = 2
        reader, late = await asyncio.open_connection("127.0.0.1", service.location.port)
        late.write(hello)
        assert await is_broken(reader)
        for writer in (secure, begun, late):
            writer.close()
            await writer.wait_closed()
        await eventually(lambda: count.taken == 0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
async def test_a_hard_limit_on_files_is_said_and_kept(tmp_path: Path) -> None:
    """A process that may open 300 files tells the log, accepts fewer, and serves pages while it is full."""
    script = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
sys.argv[1:] = ["serve", "--host", "127.0.0.1", "--port", "0", "--json", "--data-dir", {str(tmp_path)!r}]
from authws_desktop.cli.main import main
sys.exit(main())
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    ready = json.loads(await process.stdout.readline())
    connections = 300 - RESERVED_FILES - TURNED_AWAY
    opened = []
    try:
        for _ in range(connections - 1):
            reader, writer = await asyncio.open_connection("127.0.0.1", ready["port"])
            writer.write(HANDSHAKE)
            await reader.readuntil(b"\r\n\r\n")
            opened.append(writer)
        reader, writer = await asyncio.open_connection("127.0.0.1", ready["port"])
        opened.append(writer)
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            assert b" 200 " in head
            (length,) = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
            await reader.readexactly(int(length.partition(b":")[2]))
        reader, late = await asyncio.open_connection("127.0.0.1", ready["port"])
        opened.append(late)
        late.write(REQUEST)
        assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
    finally:
        for writer in opened:
            writer.transport.abort()
        process.terminate()
        _, errors = await process.communicate()
    assert b"lets this program open 300 files" in errors


async def test_the_window_can_tell_that_files_are_short(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names both numbers and the cure; it goes once there are enough."""
    assert service.places_warning == ""
    monkeypatch.setattr("authws_desktop.server.places.raise_open_files", lambda wanted: 1024)
    await service.apply(service.settings.saved)
    assert "1024 files" in service.places_warning
    assert str(files_needed(Settings())) in service.places_warning
    await service.apply(msgspec.structs.replace(service.settings.saved, max_clients=100))
    assert service.places_warning == ""
