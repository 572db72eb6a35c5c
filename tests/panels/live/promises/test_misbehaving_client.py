"""A client under development does everything wrong; each cause can be read off the page alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from authws_desktop.accounts import tokens
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live.detail_panel import CLAIMS, DELIVERY, HEX
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Fate, Kind, Record
from tests.own_clients import WsClient, eventually, http_client, loaded, ws_client
from tests.panels.live.support import choose_number
from tests.panels.pictures import shoot


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A server with tight limits, so that each is met within a second."""
    settings = loaded(
        tmp_path, message_rate=20, message_burst=20, auth_deadline_s=2, max_buffer_bytes=256 * 1024
    )
    made = Service(settings, DataPaths.under(tmp_path), password_cost=4)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def page(real_page: LivePage) -> LivePage:
    """The page of a real server, shown."""
    return real_page


def read_off(page: LivePage, record: Record) -> tuple[str, str]:
    """Choose a row; return its content as shown, and everything its detail says."""
    page.refresh()
    assert choose_number(page.traffic.view, record.number)
    row = page.traffic.model.row_of(record.number)
    assert row is not None
    page.detail.tabs.setCurrentIndex(DELIVERY)
    texts = [page.detail._delivery_note.text()]
    for model in (page.detail.delivery.model(), page.detail.claims.model()):
        texts += [
            str(model.index(line, column).data())
            for line in range(model.rowCount())
            for column in range(model.columnCount())
        ]
    if page.detail.tabs.isTabEnabled(CLAIMS):
        page.detail.tabs.setCurrentIndex(CLAIMS)
        model = page.detail.claims.model()
        texts += [
            " ".join(str(model.index(line, column).data()) for column in range(3))
            for line in range(model.rowCount())
        ]
    return str(page.traffic.model.index(row, TrafficColumn.CONTENT).data()), "\n".join(texts)


async def newest(service: Service, outcome: str) -> Record:
    """Wait for a record with this outcome, other than the answer to it."""

    def found() -> list[Record]:
        records = service.traffic.after(0)
        return [each for each in records if each.outcome == outcome and each.kind is not Kind.ERROR]

    await eventually(found)
    return found()[-1]


async def a_token(service: Service, name: str = "ana") -> str:
    """Return a good token."""
    async with http_client(service) as http:
        return str((await http.register(name))["token"])


async def test_a_wrong_token(service: Service, page: LivePage) -> None:
    """Signed with another secret: the signature is named, nothing else is blamed."""
    head, body, signature = (await a_token(service)).split(".")
    async with ws_client(service) as client:
        other = ("B" if signature.startswith("A") else "A") + signature[1:]
        await client.send({"type": "authenticate", "token": f"{head}.{body}.{other}"})
        await client.expect("error")
        row, detail = read_off(page, await newest(service, "AUTH_ERROR/bad_signature"))
    assert "AUTH_ERROR/bad_signature" in row
    assert "not signed by this server" in row
    assert "signature refused" in detail


async def test_an_expired_token(service: Service, page: LivePage) -> None:
    """By how much it is late."""
    await a_token(service)
    ana = service.accounts.find("ana")
    assert ana is not None
    late, _ = tokens.issue(
        service.keys.active, user_id=ana.id, username="ana", jti="x", now=1_700_000_000.0, life_s=10
    )
    async with ws_client(service) as client:
        await client.send({"type": "authenticate", "token": late})
        await client.expect("error")
        row, detail = read_off(page, await newest(service, "AUTH_ERROR/expired"))
    assert "expired" in row
    assert "exp refused" in detail
    assert "ago" in detail
    assert "signature accepted" in detail


async def test_unknown_types_and_broken_frames(service: Service, page: LivePage) -> None:
    """What is wrong, with what was sent; bytes that are no text in hex."""
    async with ws_client(service) as client:
        await client.log_in(await a_token(service))
        await client.send({"type": "mesage", "content": "hi"})
        await client.expect("error")
        row, detail = read_off(page, await newest(service, "INVALID_MESSAGE_TYPE"))
        assert "mesage" in row
        assert "Known types: authenticate, message, direct" in detail
        await client.send('{"type":"message","content":')
        await client.expect("error")
        row, _ = read_off(page, await newest(service, "INVALID_MESSAGE"))
        assert "not valid JSON" in row
        await client.send(b"\x00\xff\xfe")
        await client.expect("error")
        record = await newest(service, "INVALID_MESSAGE")
        row, _ = read_off(page, record)
        assert "not valid UTF-8" in row
        page.detail.show_record(record)
        assert page.detail.tabs.isTabEnabled(HEX)


async def test_a_flood(service: Service, page: LivePage) -> None:
    """First each dropped frame, then the end, with the limit in words."""
    async with ws_client(service) as client:
        await client.log_in(await a_token(service))
        for number in range(400):
            await client.send({"type": "message", "content": number})
        assert (await client.expect_close())[0] == 4009
    row, detail = read_off(page, await newest(service, "RATE_LIMIT_EXCEEDED"))
    assert "More than 20 messages a second" in row + detail
    row, detail = read_off(page, await newest(service, "4009"))
    assert "4009" in row
    assert "kept sending over the rate limit" in detail


async def test_a_slow_reader(service: Service, page: LivePage) -> None:
    """Whose message waited and was lost, and why the connection ended."""
    async with ws_client(service, max_queue=1, max_size=None, close_timeout=0.1) as client:
        await client.log_in(await a_token(service))
        while service.hub.authenticated_count:
            service.host_messages.to_everyone('"' + "x" * 200_000 + '"')
        await eventually(lambda: not service.hub.clients)
    row, detail = read_off(page, await newest(service, "4008"))
    assert "reads too slowly" in row
    assert "reads too slowly" in detail
    held = [
        each
        for each in service.traffic.after(0)
        if each.delivery is not None and any(held.fate is Fate.LOST for held in each.delivery.held)
    ]
    _, detail = read_off(page, held[-1])
    assert "1 was lost as the connection closed." in detail
    assert "lost: closed" in detail


async def test_silence_and_talking_too_early(service: Service, page: LivePage) -> None:
    """Not logged in: refused with what to do; and closed when it never logs in."""
    async with ws_client(service) as client:
        await client.send({"type": "message", "content": 1})
        await client.expect("error")
        row, _ = read_off(page, await newest(service, "UNAUTHORIZED"))
        assert "Send an 'authenticate' message with a token first" in row
        assert (await client.expect_close())[0] == 4001
    row, _ = read_off(page, await newest(service, "4001"))
    assert "did not authenticate in time" in row


async def test_wrong_passwords_and_foreign_pages(service: Service, page: LivePage) -> None:
    """HTTP and the handshake tell as well."""
    async with http_client(service) as http:
        await http.register("ana")
        await http.post("/auth/login", {"username": "ana", "password": "wrong horse"})
        row, _ = read_off(page, await newest(service, "401"))
        assert "/auth/login 401" in row
    with pytest.raises(Exception, match="403"):
        async with ws_client(service, origin="https://evil.example"):
            raise AssertionError("was let in")
    row, _ = read_off(page, await newest(service, "403"))
    assert "https://evil.example may not connect" in row
    assert [each.kind for each in service.traffic.after(0)].count(Kind.REFUSED) == 2


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_pictures(service: Service, page: LivePage, theme: Theme, app: QApplication, look: str) -> None:
    """The page after a bad day."""
    theme.apply(app, look)
    client: WsClient
    async with ws_client(service) as client:
        await client.send({"type": "message", "content": 1})
        await client.send({"type": "authenticate", "token": "eyJhbGciOiJIUzI1NiJ9.e30.x"})
        await client.log_in(await a_token(service), "my-client/0.1")
        await client.send({"type": "mesage"})
        await client.send(b"\x00\xff")
        await client.expect("error", lambda got: got["code"] == "INVALID_MESSAGE")
        page.refresh()
        bad = next(each for each in service.traffic.after(0) if each.outcome.startswith("AUTH_ERROR/"))
        choose_number(page.traffic.view, bad.number)
        page.detail.tabs.setCurrentIndex(CLAIMS)
        await eventually(lambda: page.detail._summary.width() > 100)  # laid out
        shoot(page, f"live-misbehaving-{look}")
