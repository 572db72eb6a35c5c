"""Faults over the wire: each does what it says to whom it is meant for, and to nobody else."""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import websockets

from authws_desktop.server.service import Service
from authws_desktop.traffic.filter import TrafficFilter
from tests.own_clients import PASSWORD, WAIT_S, HttpClient, Join, WsClient, eventually, running_service


@pytest.fixture
async def root(service: Service) -> str:
    """A host's token."""
    account = await service.accounts.administration.create("root1", PASSWORD, "host")
    return (await service.accounts.sessions.issue(account.id, 600)).token


class Lab:
    """Switches faults on and off."""

    def __init__(self, http: HttpClient, root: str) -> None:
        self._http = http
        self._root = root

    async def put(self, target: str = "user:ana", **faults: Any) -> None:
        status, answer = await self._http.call("PUT", f"/admin/faults/{target}", self._root, faults)
        assert status == 200, answer

    async def end(self, target: str = "user:ana") -> None:
        assert await self._http.call("DELETE", f"/admin/faults/{target}", self._root) == (204, {})

    async def active(self) -> dict[str, tuple[str, int]]:
        _, answer = await self._http.get("/admin/faults", self._root)
        return {each["target"]: (each["text"], each["connections"]) for each in answer["faults"]}


@pytest.fixture
def lab(http: HttpClient, root: str) -> Lab:
    return Lab(http, root)


async def say(sender: WsClient, *contents: object) -> None:
    for content in contents:
        await sender.send({"type": "message", "content": content})


async def heard(receiver: WsClient, last: object) -> list[object]:
    """Return the contents of messages up to one."""
    found: list[object] = []
    while not found or found[-1] != last:
        found.append((await receiver.expect("message"))["content"])
    return found


async def test_latency_is_measured_and_nobody_else_is_slower(join: Join, lab: Lab) -> None:
    """200 ms with 50 of jitter, order kept; the median is what was asked for."""
    ana, ben = await join("ana"), await join("ben")
    await lab.put(direction="out", latencyMs=200, jitterMs=50, seed=1)
    waits, others = [], []
    for number in range(10):
        sent_s = time.monotonic()
        await say(ben, number)
        await ben.expect("message")
        others.append(time.monotonic() - sent_s)
        await ana.expect("message")
        waits.append(time.monotonic() - sent_s)
    # Never sooner than asked for, whatever the machine does meanwhile.
    assert min(waits) > 0.15
    assert statistics.median(waits) > 0.19
    # Whatever else makes them wait, the fault is not part of it.
    assert min(others) < 0.15
    await say(ben, *range(10, 60))
    assert await heard(ana, 59) == list(range(10, 60))


async def test_the_same_seed_loses_the_same_messages(join: Join, lab: Lab) -> None:
    """Whatever else is broken besides; another seed loses others."""
    ana, ben = await join("ana"), await join("ben")
    lost = []
    settings: list[dict[str, Any]] = [{"seed": 7}, {"seed": 7, "jitterMs": 1}, {"seed": 8}]
    for faults in settings:
        await lab.put(direction="out", drop=0.5, **faults)
        await say(ben, *range(40))
        await heard(ben, 39)
        await lab.end()
        await say(ben, "end")
        lost.append(set(range(40)) - set(await heard(ana, "end")))
        await heard(ben, "end")
    assert lost[0] == lost[1] != lost[2]
    assert 5 < len(lost[0]) < 35


async def test_what_comes_in_is_lost_or_doubled_too(join: Join, lab: Lab) -> None:
    """On the reading side only."""
    ana, ben = await join("ana"), await join("ben")
    await lab.put(direction="in", duplicate=1)
    await say(ana, 1)
    await say(ana, 2)
    assert await heard(ben, 2) == [1, 1, 2]
    await lab.put(direction="in", drop=1)
    await say(ana, 3)
    await (await ana.socket.ping())  # read behind the message
    await lab.end()
    await say(ana, 4)
    assert (await heard(ben, 4))[-2:] == [2, 4]


async def test_bandwidth_holds_messages_back(join: Join, lab: Lab) -> None:
    """Each waits until the ones ahead of it are through."""
    ana, ben = await join("ana"), await join("ben")
    await lab.put(direction="out", bytesPerS=10_000)
    started_s = time.monotonic()
    await say(ben, "x" * 1000, "x" * 1000, "end")
    await heard(ana, "end")
    assert time.monotonic() - started_s > 0.2


async def test_a_frozen_connection_is_half_open(join: Join, lab: Lab) -> None:
    """Nothing passes and nothing is closed; what waited comes once it thaws, in order."""
    ana, ben = await join("ana"), await join("ben")
    await lab.put(freeze=True)
    await say(ana, "frozen in")
    await say(ben, 1, 2)
    assert await heard(ben, 2) == [1, 2]
    await lab.end()
    assert (await heard(ana, "frozen in")) == [1, 2, "frozen in"]


async def test_fragments_are_whole_messages_to_a_client(join: Join, lab: Lab) -> None:
    """Of seven bytes each, in many frames."""
    ana, ben = await join("ana"), await join("ben")
    await lab.put(direction="out", fragmentBytes=7)
    text = "a text with ümlauts " * 200
    await say(ben, text, "end")
    assert await heard(ana, "end") == [text, "end"]


async def test_a_connection_is_cut_after_so_many_bytes(join: Join, lab: Lab) -> None:
    """Without a close frame."""
    ana, ben = await join("ana"), await join("ben")
    await lab.put(direction="out", cutAfterBytes=2000)
    await say(ben, *["x" * 500] * 10)
    with pytest.raises(websockets.ConnectionClosedError):
        async with asyncio.timeout(WAIT_S):
            await exhaust(ana)
    await say(ben, "still served")
    await heard(ben, "still served")


async def exhaust(client: WsClient) -> None:
    while True:
        await client.receive()


async def test_closing_and_expiry_happen_once(join: Join, lab: Lab) -> None:
    """A close code, also one that is not ours; a token that runs out now; nothing stays on."""
    for code in (1001, 1013, 4999):
        ana = await join("ana")
        await lab.put(closeCode=code)
        assert (await ana.expect_close())[0] == code
    ana = await join("ana")
    await lab.put(expireToken=True)
    assert (await ana.expect("error"))["reason"] == "expired"
    assert (await ana.expect_close())[0] == 4003
    assert await lab.active() == {}


async def test_faults_are_never_silent(
    join: Join, lab: Lab, service: Service, http: HttpClient, root: str
) -> None:
    """Rows are marked, a newcomer is told, connections list them; and all that ends with the faults."""
    ana, ben = await join("ana"), await join("ben")
    await lab.put(latencyMs=1)
    await say(ben, "to ana, too")
    await heard(ana, "to ana, too")
    await lab.put("all", drop=0.1, direction="in")
    assert await lab.active() == {
        "user:ana": ("1 ms late", 1),
        "all": ("10% lost, from the client only", 1),
    }
    async with websockets.connect(f"ws://127.0.0.1:{service.location.port}", proxy=None) as socket:
        assert msgspec.json.decode(await socket.recv())["faults"] == "10% lost, from the client only"
    _, answer = await http.get("/admin/connections", root)
    assert [each["faults"] for each in answer["connections"]] == [
        "1 ms late",
        "10% lost, from the client only",
    ]
    is_faulty = TrafficFilter("is:faulty type:message")
    assert [record.detail for record in service.traffic.after(0) if is_faulty(record)] == [""]
    await lab.end()
    await lab.end("all")
    await say(ana, "mended")
    await heard(ben, "mended")
    assert len([record for record in service.traffic.after(0) if is_faulty(record)]) == 1
    assert not any(client.identity.faults for client in service.hub.clients.values())


async def test_who_logs_in_later_is_meant_as_well(join: Join, lab: Lab) -> None:
    """And the nearest target counts: of the connection, else of its user, else of all."""
    first = await join("ana")
    await lab.put(drop=1, direction="in")
    second = await join("ana")
    await lab.put(f"conn:{second.client_id}", latencyMs=1)
    await say(first, "lost")
    await say(second, "late")
    assert await heard(second, "late") == ["late"]


async def test_faults_end_by_themselves_and_with_a_stop(join: Join, lab: Lab, service: Service) -> None:
    """After `untilS`; at a stop even a frozen client gets its close frame."""
    ana = await join("ana")
    await lab.put(freeze=True, untilS=0.05)
    await eventually(lambda: not service.faults.active)
    await lab.put(freeze=True)
    stopping = asyncio.ensure_future(service.stop())
    assert (await ana.expect_close())[0] == 1001
    await stopping
    assert service.faults.active == []


async def test_a_connection_that_leaves_takes_its_faults_along(
    join: Join, lab: Lab, service: Service
) -> None:
    """Nothing waits for it; its own faults can still be ended, and others of it are not known."""
    ana = await join("ana")
    await lab.put(f"conn:{ana.client_id}", latencyMs=60_000)
    await say(await join("ben"), "never heard")
    await ana.socket.close()
    await eventually(lambda: len(service.hub.clients) == 1)
    assert await lab.active() == {f"conn:{ana.client_id}": ("60000 ms late", 0)}
    await lab.end(f"conn:{ana.client_id}")
    assert await lab.active() == {}


@pytest.mark.parametrize(
    ("target", "body", "status", "field"),
    [
        ("all", {"drop": 1.1}, 400, "drop"),
        ("all", {"latencyMs": -1}, 400, "latencyMs"),
        ("all", {"direction": "up"}, 400, "direction"),
        ("all", {"closeCode": 1006}, 400, "closeCode"),
        ("all", {"closeCode": 2000}, 400, "closeCode"),
        ("all", {"drop": "much"}, 400, "drop"),
        # What is not known is not broken: a test that trusts in it would see a network that is well.
        ("all", {"latencyMS": 200}, 400, "latencyMS"),
        ("user:nobody", {"drop": 1}, 404, None),
        ("conn:left", {"drop": 1}, 404, None),
        ("everything", {"drop": 1}, 404, None),
    ],
)
async def test_what_cannot_be(
    http: HttpClient, root: str, target: str, body: dict[str, Any], status: int, field: str | None
) -> None:
    """Refused with the field, and nothing is on."""
    found, answer = await http.call("PUT", f"/admin/faults/{target}", root, body)
    assert (found, answer.get("field")) == (status, field)
    assert (await http.get("/admin/faults", root))[1]["faults"] == []


async def test_others_are_broken_only_if_that_is_confirmed(tmp_path: Path) -> None:
    """Where the server listens beyond this computer."""
    from tests.own_clients import http_client

    async with running_service(tmp_path, host="0.0.0.0") as service, http_client(service) as http:
        account = await service.accounts.administration.create("root1", PASSWORD, "host")
        root = (await service.accounts.sessions.issue(account.id, 600)).token
        status, answer = await http.call("PUT", "/admin/faults/all", root, {"drop": 1})
        assert (status, answer["field"]) == (400, "confirmed")
        assert (await http.call("PUT", "/admin/faults/all", root, {"drop": 1, "confirmed": True}))[0] == 200


async def test_too_much_behind_a_fault_ends_the_connection(join: Join, lab: Lab, service: Service) -> None:
    """As for a client that does not read: what waits is bounded."""
    await service.apply(msgspec.structs.replace(service.settings.saved, max_buffer_bytes=100_000))
    ana, ben = await join("ana"), await join("ben")
    await lab.put(direction="out", freeze=True)
    await say(ben, *["x" * 10_000] * 12, "end")
    await heard(ben, "end")
    with pytest.raises(websockets.ConnectionClosedError):
        async with asyncio.timeout(WAIT_S):
            await exhaust(ana)
