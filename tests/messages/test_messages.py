"""What is kept, seen by real clients: nothing is lost, nothing comes twice, nobody sees what is not theirs."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from authws_desktop.messages import recovery
from authws_desktop.messages.line import Line
from authws_desktop.server.service import Service
from tests.messages.conftest import Enter, gone, log_in, read, say
from tests.own_clients import WAIT_S, HttpClient, eventually, http_client, running_service, ws_client


async def test_the_missed_come_once_and_in_order(service: Service, enter: Enter) -> None:
    """A phone drops in the middle of 500 messages; then the live ones go on."""
    ana, _ = await enter("ana")
    ben, first = await enter("ben", since="start")
    assert (first["recovered"], first["missed"]) == (True, 0)
    await say(ana, *range(10))
    seen = await read(ben, 10)
    await gone(service, ben)
    await say(ana, *range(10, 510))
    again, answer = await enter("ben", since=seen[-1]["id"])
    assert (answer["recovered"], answer["missed"]) == (True, 500)
    missed = await read(again, 500)
    assert [each["content"] for each in missed] == list(range(10, 510))
    assert all(each["replayed"] is True for each in missed)
    assert missed[-1]["id"] == answer["last"]
    await say(ana, "live")
    (live,) = await read(again, 1)
    assert live["content"] == "live"
    assert "replayed" not in live


async def test_three_times_without_a_word_between(service: Service, enter: Enter) -> None:
    """Who never receives anything live still gets on, by `last`; who received nothing gets nothing twice."""
    ana, _ = await enter("ana")
    _, answer = await enter("ben", since="start")
    for number in range(3):
        await say(ana, number)
        ben, answer = await enter("ben", since=answer["last"])
        assert answer["missed"] == 1
        assert [each["content"] for each in await read(ben, 1)] == [number]
        await gone(service, ben)
    ben, answer = await enter("ben", since=answer["last"])
    assert answer["missed"] == 0


async def test_what_comes_during_the_replay_comes_after_it(service: Service, enter: Enter) -> None:
    """Twelve resume while somebody goes on talking: each has every message once, in order."""
    await enter("ben")
    ana, start = await enter("ana", since="start")
    await say(ana, *range(300))

    async def talk() -> None:
        for number in range(300, 600):
            await ana.send({"type": "message", "content": number})
            if number % 10 == 0:
                await asyncio.sleep(0)

    async def resume(name: str) -> list[int]:
        client, _ = await enter(name, since=start["last"])
        return [each["content"] for each in await read(client, 600)]

    _, *all_seen = await asyncio.gather(talk(), *(resume("ben") for _ in range(12)))
    for seen in all_seen:
        assert seen == list(range(600))


async def test_what_an_old_connection_still_has_on_its_way_never_counts(enter: Enter) -> None:
    """Who comes back says again what was not among the missed, and nobody hears it twice."""
    ben, _ = await enter("ben", since="start")
    old, _ = await enter("ana", since="start")
    await say(old, "arrived")
    # It has given up the connection: what the server says there is read no more.
    old.socket.transport.pause_reading()
    new, answer = await enter("ana", since="start", replaces=old.client_id)
    assert [each["content"] for each in await read(new, answer["missed"])] == ["arrived"]
    await say(new, "in doubt")
    # Said before, but the network, or a server with much to do, comes to it only now.
    await old.send({"type": "message", "content": "in doubt"})
    old.socket.transport.resume_reading()
    assert await old.expect_close() == (1000, "replaced by a newer connection")
    await say(new, "the end")
    assert [each["content"] for each in await read(ben, 3)] == ["arrived", "in doubt", "the end"]


def is_waiting(line: Line, messages: int) -> bool:
    """Tell whether so many messages wait for the commit that is under way."""
    return line._is_committing and len(line._batch) == messages


async def test_what_is_being_stored_is_among_the_missed(service: Service, enter: Enter) -> None:
    """On a slow disk, too: what was taken from the old connection is stored before the missed are read."""
    ben, _ = await enter("ben", since="start")
    old, _ = await enter("ana", since="start")
    line, disk = service._storage._messages._line, threading.Event()
    assert line is not None
    line.read(lambda _db: disk.wait(WAIT_S), lambda _found: None, lambda _error: None)
    said = ["in the commit under way", "in the next one", "in that, too"]
    for count, content in enumerate(said):
        await old.send({"type": "message", "content": content})
        await eventually(partial(is_waiting, line, count))
    coming = asyncio.ensure_future(enter("ana", since="start", replaces=old.client_id))
    await eventually(lambda: old.client_id not in service.hub.clients)
    disk.set()
    new, answer = await coming
    assert answer["missed"] == 3
    assert [each["content"] for each in await read(new, 3)] == said
    await say(new, "the end")
    assert [each["content"] for each in await read(ben, 4)] == [*said, "the end"]


@pytest.mark.parametrize("since", [{}, {"since": "start"}])
async def test_nobody_replaces_what_is_not_their_own(
    service: Service, enter: Enter, tokens: dict[str, str], since: dict[str, str]
) -> None:
    """Everybody sees everybody's client ids; and a renewal may name the connection that it comes on."""
    ben, _ = await enter("ben")
    ana, _ = await enter("ana")
    for name in (ben.client_id, "nobody", "", 7, None, [ana.client_id]):
        again, _ = await enter("ana", replaces=name, **since)
        await log_in(again, tokens["ana"], replaces=again.client_id, **since)
        assert {ben.client_id, ana.client_id, again.client_id} <= set(service.hub.clients)


async def test_nobody_gets_a_foreign_direct(service: Service, enter: Enter) -> None:
    """Twenty resume at once; each gets what was said to everyone and its own directs, and no other."""
    names = [f"user{number}" for number in range(20)]
    ana, start = await enter("ana", since="start")
    for name in names:
        client, _ = await enter(name)
        await gone(service, client)
    await say(ana, "all")
    for name in names:
        await ana.send({"type": "direct", "to": name, "content": name, "messageId": name})
        answer = await ana.expect("message_delivered")
        assert (answer["queued"], answer["recipients"]) == (True, 0)
        assert answer["expiresAt"] > answer["timestamp"]

    async def resume(name: str) -> None:
        client, answer = await enter(name, since=start["last"])
        assert answer["missed"] == 2
        first, second = await client.receive(), await client.receive()
        assert [first["content"], second["content"]] == ["all", name]
        assert second["to"] == name

    await asyncio.gather(*map(resume, names))


@pytest.mark.parametrize(
    ("since", "reason"),
    [
        ("garbage", "unknown_id"),
        (5, "unknown_id"),
        ({"a": 1}, "unknown_id"),
        ("", "unknown_id"),
        ("s00000000-1", "other_server"),
        ("FUTURE", "unknown_id"),
    ],
)
async def test_a_since_that_is_none(enter: Enter, since: Any, reason: str) -> None:
    """The login holds; the client learns why nothing follows, and where it stands."""
    ana, _ = await enter("ana")
    (said,) = await say(ana, 1)
    wanted = said["id"].replace("-1", "-ff") if since == "FUTURE" else since
    ben, answer = await enter("ben", since=wanted)
    assert (answer["recovered"], answer["reason"], answer["last"]) == (False, reason, said["id"])
    await say(ana, 2)
    assert (await read(ben, 1))[0]["content"] == 2


class TestFew:
    """A store that keeps few."""

    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {"messages_kept": 20, "message_rate": 0}

    async def test_what_is_no_longer_kept_is_too_old(self, enter: Enter) -> None:
        """And `history` has what there is."""
        ana, start = await enter("ana", since="start")
        said = await say(ana, *range(50))
        ben, answer = await enter("ana", since=start["last"])
        assert (answer["recovered"], answer["reason"]) == (False, "too_old")
        await ben.send({"type": "history", "limit": 200})
        page = await ben.expect("history")
        assert [each["content"] for each in page["messages"]] == list(range(30, 50))
        assert page["more"] is False
        _, answer = await enter("ana", since=said[40]["id"])
        assert answer["missed"] == 9


async def test_history_page_by_page(service: Service, enter: Enter) -> None:
    """Newest first, each page oldest first; directs only between the two."""
    ana, _ = await enter("ana")
    ben, _ = await enter("ben")
    await say(ana, *range(120))
    for sender, to in ((ana, "ben"), (ben, "ana")):
        await sender.send({"type": "direct", "to": to, "content": to})
        await sender.expect("message_delivered")
    found: list[int] = []
    before: dict[str, Any] = {}
    while True:
        await ben.send({"type": "history", **before})
        page = await ben.expect("history")
        assert all(each["type"] == "message" and each["replayed"] for each in page["messages"])
        found = [each["content"] for each in page["messages"]] + found
        before = {"before": page["messages"][0]["id"]}
        if not page["more"]:
            break
    assert found == list(range(120))
    await ben.send({"type": "history", "with": "ana", "messageId": "h"})
    page = await ben.expect("history")
    assert page["messageId"] == "h"
    assert [(each["content"], each.get("echo")) for each in page["messages"]] == [
        ("ben", None),
        ("ana", True),
    ]
    carl, _ = await enter("carl")
    await carl.send({"type": "history", "with": "ana"})
    assert (await carl.expect("history"))["messages"] == []
    for wrong in ({"before": "x"}, {"with": "nobody"}, {"limit": 201}):
        await carl.send({"type": "history", **wrong, "messageId": 1})
        assert (await carl.expect("error"))["messageId"] == 1


async def test_the_inbox_over_a_restart(tmp_path: Path, database_url: str) -> None:
    """What waits is delivered at the next login, oldest first, once, also without `since`."""
    tokens = {}
    options: dict[str, Any] = {"messages_kept": 1000, "database_url": database_url}
    async with running_service(tmp_path, **options) as service, AsyncExitStack() as stack:
        http = await stack.enter_async_context(http_client(service))
        for name in ("ana", "ben"):
            tokens[name] = (await http.register(name))["token"]
        ana = await stack.enter_async_context(ws_client(service))
        await log_in(ana, tokens["ana"])
        for number in range(3):
            await ana.send({"type": "direct", "to": "Ben", "content": number})
            assert (await ana.expect("message_delivered"))["queued"] is True
        await ana.send({"type": "direct", "to": "nobody", "content": 1})
        assert (await ana.expect("error"))["code"] == "INVALID_RECIPIENT"
    async with running_service(tmp_path, **options) as service, ws_client(service) as ben:
        answer = await log_in(ben, tokens["ben"])
        assert "recovered" not in answer
        assert [each["content"] for each in await read(ben, 3, "direct")] == [0, 1, 2]
        async with ws_client(service) as ana:
            await log_in(ana, tokens["ana"])
            await ana.send({"type": "direct", "to": "ben", "content": "now"})
            assert "queued" not in await ana.expect("message_delivered")
        assert (await read(ben, 1, "direct"))[0]["content"] == "now"
    async with running_service(tmp_path, **options) as service, ws_client(service) as ben:
        await log_in(ben, tokens["ben"])
        assert (await ben.receive())["type"] == "user_list"


async def test_at_least_once_over_fifty_cut_sockets(service: Service, enter: Enter) -> None:
    """What an `ack` did not count for comes again, with the same ids; the sender is told of each once.

    The socket is cut at random moments, also right behind an `ack`, which is sent again with the same id.
    """
    lot = random.Random(13)
    ana, _ = await enter("ana")
    ben, _ = await enter("ben", ack=True)
    await gone(service, ben)
    ids: list[str] = []
    for number in range(20):
        await ana.send({"type": "direct", "to": "ben", "content": number, "receipt": True})
        ids.append((await ana.expect("message_delivered"))["id"])
    noted = asked = 0
    for _ in range(50):
        ben, _ = await enter("ben", ack=True)
        first = await ben.receive()
        while first["type"] not in ("direct", "user_list"):
            first = await ben.receive()
        # What comes begins behind an acknowledgement that counted: never before an earlier one, never behind the last.
        noted_now = len(ids) if first["type"] == "user_list" else ids.index(first["id"])
        assert noted <= noted_now <= asked
        noted = noted_now
        for wanted in ids[noted + 1 : noted + 1 + lot.randrange(4)]:
            assert (await ben.expect("direct"))["id"] == wanted
        if asked == noted and lot.random() < 0.5:
            asked = min(asked + 1, len(ids))
        if asked and lot.random() < 0.7:
            await ben.send({"type": "ack", "id": ids[asked - 1]})
        ben.socket.transport.abort()
    ben, _ = await enter("ben", ack=True)
    await ben.send({"type": "ack", "id": ids[-1]})
    receipts = [(await ana.expect("message_acknowledged"))["id"] for _ in ids]
    assert receipts == ids
    await gone(service, ben)
    ben, _ = await enter("ben", ack=True)
    await ben.send({"type": "ack", "id": ids[-1]})
    await say(ana, "end")
    assert (await ben.expect("message"))["content"] == "end"
    assert not [
        each for each in [*ben._kept, *ana._kept] if each["type"] in ("direct", "message_acknowledged")
    ]
    assert 0 < noted < len(ids)


async def test_after_two_minutes_of_silence(service: Service, enter: Enter) -> None:
    """Nothing is said and nobody is there while the server tidies up, again and again; then exactly the missed follow."""
    ana, _ = await enter("ana")
    ben, start = await enter("ben", since="start")
    await say(ana, "before")
    (seen,) = await read(ben, 1)
    await gone(service, ben)
    keeper = service.messages._keeper
    assert keeper is not None
    for later_s in (30, 60, 90, 120):
        keeper._now = lambda later_s=later_s: service.hub._now() + later_s  # type: ignore[misc]
        service.messages.tidy()
    assert await service.messages.count() == 1
    ben, answer = await enter("ben", since=seen["id"])
    assert (answer["missed"], answer["last"]) == (0, seen["id"])
    await gone(service, ben)
    await say(ana, "after")
    for since, missed in ((seen["id"], ["after"]), (start["last"], ["before", "after"])):
        ben, answer = await enter("ben", since=since)
        assert (answer["recovered"], answer["missed"]) == (True, len(missed))
        assert [each["content"] for each in await read(ben, len(missed))] == missed


async def test_more_than_is_sent_at_once(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who missed very much is sent to `history`, but for what waits; that is sent page by page, as far as it is read."""
    monkeypatch.setattr(recovery, "RECOVERED_MAX", 5)
    ana, start = await enter("ana", since="start")
    ben, _ = await enter("ben", ack=True)
    await ana.send({"type": "direct", "to": "ben", "content": "waits"})
    await read(ben, 1, "direct")
    said = await say(ana, *range(6))
    again, answer = await enter("ben", since=start["last"], ack=True)
    assert (answer["recovered"], answer["reason"], answer["last"]) == (False, "too_old", said[-1]["id"])
    assert (await read(again, 1, "direct"))[0]["content"] == "waits"
    await again.send({"type": "history"})
    assert [each["content"] for each in (await again.expect("history"))["messages"]] == list(range(6))
    _, answer = await enter("ana", since=said[0]["id"])
    assert (answer["recovered"], answer["missed"]) == (True, 5)


async def test_an_echo_only_where_it_is_asked_for(enter: Enter) -> None:
    """One's own direct on one's other connections, live and missed."""
    ana, _ = await enter("ana")
    phone, answer = await enter("ana", since="start", echo=True)
    plain, _ = await enter("ana")
    ben, _ = await enter("ben")
    await ana.send({"type": "direct", "to": "ben", "content": "hi"})
    echo = await phone.expect("direct")
    assert (echo["echo"], echo["content"], echo["to"]) == (True, "hi", "ben")
    assert "echo" not in (await read(ben, 1, "direct"))[0]
    again, _ = await enter("ana", since=answer["last"], echo=True)
    assert (await read(again, 1, "direct"))[0]["echo"] is True
    _, without = await enter("ana", since=answer["last"])
    assert without["missed"] == 0
    await say(ana, "end")
    await plain.expect("message")
    assert not [each for each in plain._kept if each["type"] == "direct"]


async def test_a_deleted_users_messages_go_with_the_user(
    service: Service, enter: Enter, http: HttpClient
) -> None:
    """A new account of the same name sees nothing of the old one's; what waited for it is gone."""
    ana, start = await enter("ana", since="start")
    ben, _ = await enter("ben")
    await say(ben, "from ben")
    await gone(service, ben)
    await ana.send({"type": "direct", "to": "ben", "content": "waits"})
    await ana.expect("message_delivered")
    account = service.accounts.find("ben")
    assert account is not None
    assert await service.messages.count_of(account.id) == (2, 1)
    await service.accounts.administration.delete(account.id)
    assert await service.messages.count() == 0
    token = (await http.register("ben"))["token"]
    async with ws_client(service) as other:
        answer = await log_in(other, token, since="start")
        assert answer["missed"] == 0
        await other.send({"type": "history", "with": "ana"})
        assert (await other.expect("history"))["messages"] == []
    _, answer = await enter("ana", since=start["last"])
    assert (answer["recovered"], answer["missed"]) == (True, 0)


async def test_what_a_guest_said_outlives_the_guest(service: Service, enter: Enter, http: HttpClient) -> None:
    """The event's conversation stays whole for those who have accounts, whoever ends the guests."""
    await service.apply(msgspec.structs.replace(service.settings.values, guests="on"))
    _, start = await enter("ana", since="start")
    status, mia = await http.post("/auth/guest", {"username": "mia"})
    assert status == 201
    async with ws_client(service) as guest:
        await log_in(guest, mia["token"])
        await say(guest, "I was here")
        await service.accounts.administration.end_guests()
        assert await guest.expect_close() == (4004, "guests were ended")
    again, answer = await enter("ana", since=start["last"])
    assert answer["missed"] == 1
    assert [each["content"] for each in await read(again, 1)] == ["I was here"]


async def test_a_disabled_user_is_nobody_to_write_to(service: Service, enter: Enter) -> None:
    """What waits already stays, for the day the account is enabled."""
    ana, _ = await enter("ana")
    ben, _ = await enter("ben")
    await gone(service, ben)
    await ana.send({"type": "direct", "to": "ben", "content": 1})
    await ana.expect("message_delivered")
    account = service.accounts.find("ben")
    assert account is not None
    await service.accounts.administration.set_disabled(account.id, True)
    await ana.send({"type": "direct", "to": "ben", "content": 2})
    assert (await ana.expect("error"))["code"] == "INVALID_RECIPIENT"
    assert await service.messages.count_of(account.id) == (1, 1)


async def test_switched_off_and_on_again(service: Service, enter: Enter) -> None:
    """Off, the wire is as it was; what was kept is there again when it is on."""
    ana, start = await enter("ana", since="start")
    await say(ana, "kept")
    on = service.settings.values
    await service.apply(msgspec.structs.replace(on, messages_kept=0))
    ben, answer = await enter("ben", since="start")
    assert "recovered" not in answer
    await ana.send({"type": "history"})
    assert (await ana.expect("error"))["message"].endswith("authenticate, message, direct.")
    await ana.send({"type": "message", "content": "not kept", "messageId": 1})
    said = await ben.expect("message")
    assert not said["id"].startswith("s")
    await service.apply(on)
    _, answer = await enter("ana", since=start["last"])
    assert answer["missed"] == 1


async def test_newcomers(service: Service, enter: Enter) -> None:
    """What they see of the past is the host's choice; it never reaches further by a made-up id."""
    ana, start = await enter("ana", since="start")
    await say(ana, *range(60))
    await enter("new")
    await say(ana, "since")
    expected = {
        "nothing": [],
        "since_joined": ["since"],
        "last": [*range(10, 60), "since"],
        "all": [*range(60), "since"],
    }
    for choice, wanted in expected.items():
        await service.apply(msgspec.structs.replace(service.settings.values, newcomers_see=choice))
        client, answer = await enter("new", since="start")
        assert answer["missed"] == len(wanted)
        assert [each["content"] for each in await read(client, len(wanted))] == wanted
        await client.send({"type": "history", "limit": 200})
        assert [each["content"] for each in (await client.expect("history"))["messages"]] == wanted
        _, answer = await enter("new", since=start["last"])
        assert answer["missed"] == len(wanted or ["since"])


async def test_bytes_that_were_sent_are_the_bytes_that_come_back(enter: Enter) -> None:
    """Numbers, blanks, half characters and zeros inside stay as they were written."""
    ana, start = await enter("ana", since="start")
    for content in ('{"a" : 1.50}', '"\\ud800 \\u0000"', "null"):
        await ana.send(f'{{"type":"message","content":{content},"messageId":1}}')
        await ana.expect("message_accepted")
    ben, _ = await enter("ana", since=start["last"])
    texts = [str(await ben.socket.recv()) for _ in range(3)]
    for content, text in zip(('{"a" : 1.50}', '"\\ud800 \\u0000"', "null"), texts, strict=True):
        assert f'"content":{content},' in text
