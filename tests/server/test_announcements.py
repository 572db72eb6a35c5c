"""Announcements that stay: for who is here, who comes later, and after the program ended; taken down for all."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from authws_desktop.accounts.models import Role
from authws_desktop.hub.pinboard import Pinned
from authws_desktop.paths import DataPaths
from authws_desktop.server.announcements import announce, text_of
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind
from tests.own_clients import PASSWORD, HttpClient, Join, eventually, http_client, running_service, ws_client


async def test_who_comes_later_gets_what_is_pinned(service: Service, http: HttpClient, join: Join) -> None:
    """The same id and time for everybody; once a connection, not again when a login is renewed."""
    ana = await join("ana")
    announce(service.hub, "Pizza at 8", is_pinned=True)
    first = await ana.expect("message")
    assert (first["username"], first["content"], first["pinned"]) == ("server", {"text": "Pizza at 8"}, True)
    assert "replayed" not in first
    ben = await join("ben")
    assert await ben.expect("message") == {**first, "replayed": True}
    await ben.log_in((await http.login("ben"))["token"])
    await ben.send({"type": "message", "content": "hello"})
    assert (await ben.expect("message"))["content"] == "hello"


async def test_only_the_newest_stays_until_it_is_taken_down(
    service: Service, http: HttpClient, join: Join
) -> None:
    """Who asked is told, others get what they always got; who comes later sees nothing."""
    ana, old = await join(), await join("old")
    token = (await http.register("ana"))["token"]
    await ana.send({"type": "authenticate", "token": token, "pinned": True})
    await ana.expect("authentication")
    announce(service.hub, "first", is_pinned=True)
    announce(service.hub, "second", is_pinned=True)
    announce(service.hub, "by the way")
    ids = [(await ana.expect("message"))["id"] for _ in range(3)]
    late = await join("late")
    assert (await late.expect("message"))["id"] == ids[1]
    service.hub.talk.pins.unpin()
    assert (await ana.expect("message_unpinned"))["id"] == ids[1]
    assert service.hub.talk.pins.unpin() is None
    announce(service.hub, "after")
    assert [(await late.expect("message"))["content"] for _ in range(1)] == [{"text": "after"}]
    assert [(await old.expect("message"))["content"]["text"] for _ in range(4)] == [
        "first", "second", "by the way", "after",
    ]  # fmt: skip
    rows = [row for row in service.traffic.after(0) if row.kind is Kind.UNPINNED]
    assert [(row.recipients, row.is_from_host) for row in rows] == [(1, True)]


async def test_it_outlives_the_program(tmp_path: Path) -> None:
    """Also where the next one has another port and nobody was there; taken down, it is gone for good."""
    async with running_service(tmp_path) as service:
        announce(service.hub, "first", is_pinned=True)
        announce(service.hub, "Pizza at 8", is_pinned=True)
        pinned = service.hub.talk.pins.pinned
        assert pinned is not None
    for _ in range(2):
        async with running_service(tmp_path) as service, http_client(service) as http:
            token = (
                await http.post(
                    "/auth/register", {"username": f"u{service.location.port}", "password": PASSWORD}
                )
            )[1]
            async with ws_client(service) as client:
                await client.log_in(token["token"])
                got = await client.expect("message")
                assert (got["id"], got["content"]) == (pinned.wire_id, {"text": "Pizza at 8"})
    async with running_service(tmp_path) as service:
        service.hub.talk.pins.unpin()
    assert not DataPaths.under(tmp_path).pinned_file.exists()
    async with running_service(tmp_path) as service:
        assert service.hub.talk.pins.pinned is None


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff"])
async def test_a_damaged_file_keeps_nothing_from_starting(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The log tells; the next announcement takes its place."""
    file = DataPaths.under(tmp_path).pinned_file
    file.write_bytes(content)
    async with running_service(tmp_path) as service:
        assert service.hub.talk.pins.pinned is None
        assert str(file) in caplog.text
        assert file.read_bytes() == content
        announce(service.hub, "anew", is_pinned=True)
        await eventually(lambda: b"anew" in file.read_bytes())


async def test_a_disk_that_takes_nothing_is_told_in_the_log(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The announcement stays as long as the program runs."""

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("authws_desktop.server.announcements.write_atomically", full)
    announce(service.hub, "Pizza at 8", is_pinned=True)
    await eventually(lambda: "No space left on device" in caplog.text)
    assert service.hub.talk.pins.pinned is not None


async def test_programs_of_the_host_pin_and_take_down(service: Service, http: HttpClient, join: Join) -> None:
    """By HTTP; a direct message is never pinned."""
    host = await service.accounts.administration.create("boss", PASSWORD, Role.HOST)
    token = (await service.accounts.sessions.issue(host.id, 600)).token
    ana = await join("ana")
    body = {"content": {"text": "Pizza at 8"}, "pinned": True}
    assert await http.post("/admin/send", body, token) == (200, {"status": "success", "recipients": 1})
    got = await ana.expect("message")
    shown = (await http.get("/admin/pinned", token))[1]["pinned"]
    assert shown == {key: got[key] for key in ("id", "timestamp", "content")}
    status, answer = await http.post("/admin/send", {**body, "to": "ana"}, token)
    assert (status, answer["field"]) == (400, "pinned")
    assert (await http.call("DELETE", "/admin/pinned", token))[0] == 204
    assert (await http.get("/admin/pinned", token))[1]["pinned"] is None
    member = (await http.login("ana"))["token"]
    assert (await http.call("DELETE", "/admin/pinned", member))[0] == 403


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'{"text":"Pizza"}', "Pizza"),
        (b'"Pizza"', "Pizza"),
        (b'{"text":""}', '{"text":""}'),
        (b"[1]", "[1]"),
        (b'{"text":5}', '{"text":5}'),
    ],
)
def test_what_it_says_is_told_in_words(content: bytes, text: str) -> None:
    """Programs pin any JSON."""
    assert text_of(Pinned("1", "", msgspec.Raw(content))) == text
