"""Programs read the traffic: the window's rows, waited for, followed, and nothing secret among them."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest

from authws_desktop.admission.admin_token import AdminToken
from authws_desktop.protocol.limits import FILTER_MAX_CHARS, FILTER_MAX_TERMS
from authws_desktop.server.http.traffic import MAX_STREAMS, MAX_WAITERS
from authws_desktop.server.service import Service
from authws_desktop.traffic.filter import TrafficFilter
from authws_desktop.traffic.record import Direction, Identity, Kind, Record
from authws_desktop.traffic.rows import as_row
from tests.own_clients import PASSWORD, WAIT_S, HttpClient, Join

ANA = Identity(7, "c7", "127.0.0.1", "u1", "ana")


@pytest.fixture
def token(service: Service) -> str:
    """The admin token of this run."""
    made = AdminToken()
    service._endpoint.admin_token = made
    return made.text


def add(service: Service, text: str, **options: Any) -> int:
    """Add a row of Ana's; return its number."""
    payload = msgspec.json.encode({"type": "message", "content": text})
    service.hub.recorder.add(Direction.IN, Kind.MESSAGE, ANA, payload, **options)
    return service.traffic.last_number


class Reader:
    """Reads server-sent events."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._content = answer.content

    async def event(self) -> dict[str, Any]:
        """Return the next event: its fields, `data` decoded."""
        fields: dict[str, Any] = {}
        async with asyncio.timeout(WAIT_S):
            while True:
                line = (await self._content.readline()).decode()
                assert line, "the stream ended"
                if line == "\n":
                    if fields:
                        return {**fields, "data": json.loads(fields["data"])}
                    continue
                name, _, value = line.rstrip("\n").partition(": ")
                if name:
                    fields[name] = value

    async def ends(self) -> None:
        """Wait for the stream's end."""
        async with asyncio.timeout(WAIT_S):
            await self._content.read()


async def until_waiting(http: HttpClient, token: str, count: int) -> None:
    """Return once so many wait for rows."""
    async with asyncio.timeout(WAIT_S):
        while f"\nauthws_waiters {count}\n" not in await metrics(http, token):
            await asyncio.sleep(0.01)


async def metrics(http: HttpClient, token: str) -> str:
    """Return the figures, as Prometheus gets them."""
    async with http.session.get(
        f"{http.base}/metrics", headers={"Authorization": f"Bearer {token}"}
    ) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        return await answer.text()


@asynccontextmanager
async def stream(http: HttpClient, token: str, query: str = "", **headers: str) -> AsyncIterator[Reader]:
    """Follow the traffic; returns once the stream has begun."""
    headers = {"Authorization": f"Bearer {token}", **headers}
    async with http.session.get(f"{http.base}/admin/traffic/stream{query}", headers=headers) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        await answer.content.readline()
        yield Reader(answer)


async def test_rows_are_those_of_an_export(
    http: HttpClient, service: Service, token: str, join: Join
) -> None:
    """Filtered, bounded, in order; the next question goes on where the last one ended."""
    ana = await join("ana")
    await ana.expect("user_list")  # it follows the login by itself
    for number in range(5):
        await ana.send({"type": "message", "content": number})
        await ana.expect("message")
    query = "/admin/traffic?filter=type:message%20dir:in&limit=3"
    status, answer = await http.get(query, token)
    assert status == 200
    assert [json.loads(row["payload"])["content"] for row in answer["rows"]] == [0, 1, 2]
    record = service.traffic.get(answer["rows"][0]["number"])
    assert record is not None
    assert answer["rows"][0] == json.loads(json.dumps(as_row(record)))
    status, rest = await http.get(f"{query}&after={answer['last']}", token)
    assert [json.loads(row["payload"])["content"] for row in rest["rows"]] == [3, 4]
    before = service.traffic.last_number
    assert await http.get("/admin/traffic?limit=0", token) == (
        200,
        {"rows": [], "last": before, "first": 1, "status": "success"},
    )
    assert service.traffic.last_number == before, "reading leaves no row"


async def test_nothing_secret_is_in_any_row(
    http: HttpClient, service: Service, token: str, join: Join
) -> None:
    """Neither tokens nor passwords, nor the admin token."""
    issued = (await http.register("ana"))["token"]
    client = await join("ben")
    await client.send({"type": "message", "content": {"token": token, "password": PASSWORD}})
    await client.expect("message")
    await client.log_in(issued)
    async with http.session.get(
        f"{http.base}/admin/traffic?limit=1000", headers={"Authorization": f"Bearer {token}"}
    ) as answer:
        text = await answer.text()
    assert "redacted" in text
    assert not [secret for secret in (issued, PASSWORD, token) if secret in text]


async def test_clearing_forgets_and_is_audited(http: HttpClient, service: Service, token: str) -> None:
    """Numbers go on."""
    last = add(service, "gone")
    assert await http.call("DELETE", "/admin/traffic", token) == (204, {})
    _, answer = await http.get("/admin/traffic", token)
    assert [row["kind"] for row in answer["rows"]] == ["http"]
    assert answer["first"] == last + 1
    assert "clear traffic" in [each.act for each in await service.accounts.audit.all()]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("nonsense:1", 0),
        ('ok "', 3),
        ("/(a/", 1),
        ("x" * (FILTER_MAX_CHARS + 1), FILTER_MAX_CHARS),
        ("a " * (FILTER_MAX_TERMS + 1), 2 * (FILTER_MAX_TERMS + 1)),
    ],
)
async def test_a_wrong_filter_says_where(http: HttpClient, token: str, text: str, position: int) -> None:
    """On each route; with the window's sentence."""
    calls = [
        await http.get("/admin/traffic", token, params={"filter": text}),
        await http.get("/admin/traffic/stream", token, params={"filter": text}),
        await http.call("POST", "/admin/wait", token, {"filter": text}),
    ]
    for status, answer in calls:
        assert (status, answer["code"], answer["position"]) == (400, "INVALID_FILTER", position)
        assert answer["message"].endswith((".", "?"))


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"count": 0}, "count"),
        ({"count": 1001}, "count"),
        ({"timeoutS": -1}, "timeoutS"),
        ({"timeoutS": 601}, "timeoutS"),
        ({"after": -1}, "after"),
        ({"filter": 1}, "filter"),
    ],
)
async def test_a_wrong_wait_is_400(http: HttpClient, token: str, body: dict[str, Any], field: str) -> None:
    """The field is named."""
    status, answer = await http.call("POST", "/admin/wait", token, body)
    assert (status, answer["field"]) == (400, field)


async def test_limits_of_the_query(http: HttpClient, token: str) -> None:
    """No number, and too many."""
    for query in ("limit=x", "limit=1001", "after=-1"):
        assert (await http.get(f"/admin/traffic?{query}", token))[0] == 400


async def test_a_wait_before_and_after_the_row(http: HttpClient, service: Service, token: str) -> None:
    """Both get it, and so do two who wait for the same one."""
    body = {"filter": "hello user:ana", "timeoutS": WAIT_S}
    waits = [asyncio.ensure_future(http.call("POST", "/admin/wait", token, body)) for _ in range(2)]
    await until_waiting(http, token, 2)
    add(service, "something else")
    number = add(service, "hello")
    for status, answer in [
        *await asyncio.gather(*waits),
        await http.call("POST", "/admin/wait", token, body),
    ]:
        assert (status, [row["number"] for row in answer["rows"]]) == (200, [number])
    status, answer = await http.call("POST", "/admin/wait", token, {**body, "after": number, "timeoutS": 0})
    assert (status, answer["seen"]) == (408, 0)


async def test_a_wait_that_ends_tells_what_came_closest(
    http: HttpClient, service: Service, token: str
) -> None:
    """Not before its time: how many were seen, and five rows that pass most of the terms."""
    add(service, "hello")
    for number in range(7):
        add(service, f"moon {number}")
    body = {"filter": "user:ana moon sun", "count": 2, "timeoutS": 0.3}
    began_s = time.monotonic()
    status, answer = await http.call("POST", "/admin/wait", token, body)
    assert (status, answer["code"], answer["seen"]) == (408, "WAIT_TIMEOUT", 0)
    assert time.monotonic() - began_s >= 0.3
    assert [json.loads(row["payload"])["content"] for row in answer["nearest"]] == [
        f"moon {number}" for number in (6, 5, 4, 3, 2)
    ]
    status, answer = await http.call(
        "POST", "/admin/wait", token, {"filter": "hello", "count": 2, "timeoutS": 0}
    )
    assert (status, answer["seen"], answer["nearest"]) == (408, 1, [])


async def test_absent_both_ways(http: HttpClient, service: Service, token: str) -> None:
    """200 after the whole time; 409 with the row, as soon as it comes."""
    after = add(service, "hello")
    body = {"filter": "hello", "absent": True, "timeoutS": 0.05, "after": after}
    status, answer = await http.call("POST", "/admin/wait", token, body)
    assert (status, answer["rows"]) == (200, [])
    waiting = asyncio.ensure_future(http.call("POST", "/admin/wait", token, {**body, "timeoutS": 600}))
    await until_waiting(http, token, 1)
    number = add(service, "hello")
    status, answer = await waiting
    assert (status, answer["code"], answer["row"]["number"]) == (409, "UNWANTED_ROW", number)


async def test_a_row_costs_each_waiter_one_look_and_nobody_else_any(
    http: HttpClient, service: Service, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that no waiter wants is looked at once by each, is told by its fields alone, and without waiters by nobody."""
    looks, whole = Counter[str](), Counter[str]()
    narrow, call = TrafficFilter.narrow, TrafficFilter.__call__

    def counted_narrow(self: TrafficFilter, records: list[Record]) -> list[Record]:
        looks[self.text] += len(records)
        return narrow(self, records)

    def counted_call(self: TrafficFilter, record: Record) -> bool:
        whole[self.text] += 1
        return call(self, record)

    monkeypatch.setattr(TrafficFilter, "narrow", counted_narrow)
    monkeypatch.setattr(TrafficFilter, "__call__", counted_call)
    add(service, "nobody waits")
    assert not looks
    after = service.traffic.last_number
    texts = [f"moon user:nobody{number}" for number in range(8)]
    waits = [
        asyncio.ensure_future(
            http.call("POST", "/admin/wait", token, {"filter": text, "timeoutS": 600, "after": after})
        )
        for text in texts
    ]
    await until_waiting(http, token, 8)
    for number in range(500):
        add(service, f"moon {number}")
        if not number % 50:
            await asyncio.sleep(0)
    add(service, "moon", detail="the last one")
    rows = service.traffic.last_number - after
    async with asyncio.timeout(WAIT_S):
        while min(looks[text] for text in texts) < rows:
            await asyncio.sleep(0.01)
    assert looks == dict.fromkeys(texts, rows)
    assert not whole, "the content is not searched where a field rules a row out"
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    await until_waiting(http, token, 0)


async def test_64_wait_and_the_next_one_is_told(http: HttpClient, service: Service, token: str) -> None:
    """503 with `Retry-After`; the places come back when clients leave."""
    body = {"filter": "never", "timeoutS": 600}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        crowd = HttpClient(http.base, session)
        waits = [
            asyncio.ensure_future(crowd.call("POST", "/admin/wait", token, body)) for _ in range(MAX_WAITERS)
        ]

        await until_waiting(http, token, MAX_WAITERS)
        status, answer = await http.call("POST", "/admin/wait", token, body)
        assert (status, answer["code"]) == (503, "BUSY")
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        await until_waiting(http, token, 0)


async def test_a_stop_ends_waits_and_streams(http: HttpClient, service: Service, token: str) -> None:
    """At once: 503, and the stream's end."""
    async with stream(http, token) as reader:
        wait = asyncio.ensure_future(
            http.call("POST", "/admin/wait", token, {"filter": "x", "timeoutS": 600})
        )
        await until_waiting(http, token, 1)
        stopping = asyncio.ensure_future(service.stop())
        await reader.ends()
        assert (await wait)[0] == 503
        await stopping


async def test_a_stream_goes_on_without_a_gap(http: HttpClient, service: Service, token: str) -> None:
    """Cut in the middle of many rows, the next one begins with the row behind the last that was seen."""
    seen: list[int] = []
    async with stream(http, token, "?filter=row") as reader:
        first = add(service, "row")
        for _ in range(999):
            add(service, "row")
        while len(seen) < 300:
            seen.append(int((await reader.event())["id"]))
    for _ in range(500):
        add(service, "row")
    async with stream(http, token, "?filter=row", **{"Last-Event-ID": str(seen[-1])}) as reader:
        while len(seen) < 1500:
            event = await reader.event()
            assert event["data"]["number"] == int(event["id"])
            seen.append(int(event["id"]))
    assert seen == list(range(first, first + 1500))


async def test_a_gap_is_told_once(http: HttpClient, service: Service, token: str) -> None:
    """With the number of rows that are no longer kept."""
    first = add(service, "one")
    for _ in range(9):
        add(service, "more")
    service.traffic.clear()
    add(service, "kept")
    async with stream(http, token, f"?after={first}") as reader:
        event = await reader.event()
        assert (event["event"], event["data"]) == ("gap", {"missed": 9})
        assert (await reader.event())["data"]["number"] == first + 10


async def test_a_sleeping_reader_costs_nobody(
    http: HttpClient, service: Service, token: str, join: Join
) -> None:
    """Rows go on; when it wakes it is told what it missed."""
    service.traffic.resize(1000, 2**30)
    ana = await join("ana")
    async with stream(http, token, "?filter=type:message") as reader:
        for _ in range(40):
            for _ in range(100):
                add(service, "x" * 4000)
            await asyncio.sleep(0)
        await ana.send({"type": "message", "content": "still served"})
        await ana.expect("message")
        kinds: list[str] = []
        while not kinds or "still served" not in kinds[-1]:
            event = await reader.event()
            kinds.append(event.get("event") or event["data"].get("payload", ""))
    assert kinds.count("gap") >= 1


async def test_as_many_streams_as_there_are_places(http: HttpClient, service: Service, token: str) -> None:
    """One more is 503."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        many = HttpClient(http.base, session)
        opened = [stream(many, token) for _ in range(MAX_STREAMS)]
        for each in opened:
            await each.__aenter__()
        assert (await http.get("/admin/traffic/stream", token))[0] == 503
        for each in opened:
            await each.__aexit__(None, None, None)


async def test_the_admin_token_counts_here_only(
    http: HttpClient, service: Service, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless it was said otherwise; whoever has it is a host in the audit."""
    status, made = await http.call("POST", "/admin/users", token, {"username": "ana"})
    assert status == 201
    assert made["user"]["changedBy"] == "admin API: admin token"
    monkeypatch.setattr("authws_desktop.admission.admin_token.is_loopback", lambda _address: False)
    status, answer = await http.get("/admin/users", token)
    assert (status, answer["code"]) == (403, "FORBIDDEN")
    assert (await http.get("/admin/users", token + "x"))[0] == 401
    service._endpoint.admin_token = anywhere = AdminToken(is_anywhere=True)
    assert (await http.get("/admin/users", anywhere.text))[0] == 200
    assert anywhere.text not in repr(anywhere)


async def test_metrics_are_what_prometheus_reads(
    http: HttpClient, service: Service, token: str, join: Join
) -> None:
    """Connections, users, messages, refusals by code, logins, rows."""
    ana = await join("ana")
    await join("ana")
    await ana.send({"type": "message", "content": 1})
    await ana.expect("message")
    await ana.send({"type": "nonsense"})
    await ana.expect("error")
    await http.login("ana")
    await http.post("/auth/login", {"username": "ana", "password": "wrong password"})
    lines = (await metrics(http, token)).splitlines()
    assert {
        "authws_connections 2",
        "authws_authenticated_connections 2",
        "authws_users 1",
        "authws_messages_received_total 4",
        'authws_refusals_total{code="INVALID_MESSAGE_TYPE"} 1',
        'authws_refusals_total{code="INVALID_CREDENTIALS"} 1',
        'authws_logins_total{result="accepted"} 1',
        'authws_logins_total{result="refused"} 1',
    } <= set(lines)
    names = [line.split(" ")[2] for line in lines if line.startswith("# TYPE")]
    samples = {line.partition("{")[0].partition(" ")[0] for line in lines if not line.startswith("#")}
    assert len(names) == len(set(names))
    assert samples <= set(names)


async def test_ready_only_while_accounts_are(
    http: HttpClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200; 503 while the database has gone."""
    assert (await http.get("/readyz"))[0] == 200
    monkeypatch.setattr(type(service.accounts), "troubles", ["The database is gone."])
    status, answer = await http.get("/readyz")
    assert (status, answer["code"]) == (503, "BUSY")
