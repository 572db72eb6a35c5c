"""The published Python client against the real server: it stays, and tells what became of each message."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from authws_desktop.accounts.errors import TokenRefused
from authws_desktop.client import (
    Backoff,
    Client,
    ClientError,
    Ended,
    MessageTooBig,
    QueueFull,
    SendRefused,
    State,
    Unsure,
)
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Kind
from tests.own_clients import (
    PASSWORD,
    WAIT_S,
    HttpClient,
    Join,
    eventually,
    http_client,
    running_service,
)


class Short(Backoff):
    """Waits that tests have time for; counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = 0

    def next_s(self) -> float:
        self.waits += 1
        return 0.01


Make = Callable[..., Client]


@pytest.fixture
async def make(http: HttpClient) -> AsyncIterator[Make]:
    """Return a function that makes a client of Ana's; all are closed with the test."""
    await http.register("ana")
    async with AsyncExitStack() as stack:

        def make(**options: Any) -> Client:
            login = (
                {} if options.keys() & {"token", "get_token"} else {"username": "ana", "password": PASSWORD}
            )
            client = Client(http.base, backoff=Short(), **{**login, **options})
            stack.push_async_callback(client.close)
            return client

        yield make


async def online(client: Client) -> Client:
    """Start it; fail if that takes too long."""
    async with asyncio.timeout(WAIT_S):
        await client.start()
    return client


async def next_of(client: Client) -> dict[str, Any]:
    """Return the next message."""
    async with asyncio.timeout(WAIT_S):
        async for frame in client:
            return frame
    raise AssertionError("the client has ended")


async def test_a_message_has_the_server_s_id(make: Make, join: Join) -> None:
    """Also where many of the same text are under way; directs tell their recipients."""
    ana, ben = await online(make(app="game")), await join("ben")
    sent = await asyncio.gather(*(ana.send({"text": "hi"}) for _ in range(50)))
    got = [await ben.expect("message") for _ in range(50)]
    assert [each.id for each in sent] == [frame["id"] for frame in got]
    assert len({each.id for each in sent}) == 50
    delivered = await ana.direct("ben", 1)
    assert ((await ben.expect("direct"))["id"], delivered.recipients) == (delivered.id, 1)
    await ben.send({"type": "direct", "to": "ana", "content": "back"})
    while (frame := await next_of(ana))["type"] != "direct":
        pass
    assert (frame["content"], ana.last_id) == ("back", frame["id"])


async def test_errors_come_to_who_sent(make: Make) -> None:
    """With the server's code."""
    ana = await online(make())
    with pytest.raises(SendRefused) as refused:
        await ana.direct("nobody", 1)
    assert refused.value.code == "INVALID_RECIPIENT"
    assert (await ana.send("still here")).id


async def test_a_frame_too_large_is_given_up(make: Make) -> None:
    """The client comes back without it."""
    ana = await online(make())
    with pytest.raises(MessageTooBig):
        await ana.send("x" * 2_000_000)
    assert (await ana.send("small")).id


async def test_the_queue_is_bounded(make: Make, service: Service) -> None:
    """What is sent meanwhile waits, goes out in order at the return, and what is too much is told."""
    ana = await online(make(queue_size=3))
    port = service.location.port
    await service.stop()
    async with asyncio.timeout(WAIT_S):
        await ana.until(State.WAITING)
    waiting = [asyncio.ensure_future(ana.send(number)) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await ana.send(3)
    await service.apply(msgspec.structs.replace(service.settings.saved, port=port))
    await service.start()
    async with asyncio.timeout(WAIT_S):
        sent = await asyncio.gather(*waiting)
    assert [(await next_of(ana))["id"] for _ in range(3)] == [each.id for each in sent]


async def test_it_comes_back_from_twenty_restarts(make: Make, service: Service) -> None:
    """Each time with one connection, and what it sends arrives; also where it was killed and started anew meanwhile."""
    ana = await online(make())
    await service.apply(msgspec.structs.replace(service.settings.saved, port=service.location.port))
    for number in range(20):
        if number % 5 == 4:
            kill(ana)
            ana = make()
            starting = asyncio.ensure_future(ana.start())
        await service.stop()
        await service.start()
        if number % 5 == 4:
            async with asyncio.timeout(WAIT_S):
                await starting
        async with asyncio.timeout(WAIT_S):
            while True:
                try:
                    await ana.send(number)
                    break
                except Unsure:
                    pass  # it was sent into the end of the old connection
    await eventually(lambda: len(service.hub.clients) == 1)
    assert ana.state is State.ONLINE


def kill(client: Client) -> None:
    """End a client as a killed process does: nothing is said, and its connection breaks."""
    assert client._task is not None
    assert client._socket is not None
    client._socket.transport.abort()
    client._task.cancel()


async def test_a_token_is_renewed_on_the_open_connection(make: Make, service: Service) -> None:
    """One of three seconds, without a login: the connection outlives it."""
    account = service.accounts.find("ana")
    assert account is not None
    issued = await service.accounts.sessions.issue(account.id, 3)
    ana = await online(make(token=issued.token))
    client_id = ana.client_id
    (client,) = service.hub.clients.values()
    await eventually(lambda: client.expires_at > issued.expires_at)

    def has_run_out() -> bool:
        try:
            service.accounts.sessions.check(issued.token)
        except TokenRefused:
            return True
        return False

    await eventually(has_run_out)
    assert (await ana.send("still here")).id
    assert ana.client_id == client_id


async def test_one_new_token_and_then_the_end(make: Make, service: Service) -> None:
    """A token that does not count is replaced once; never a loop."""
    asked = 0

    async def get_token() -> str:
        nonlocal asked
        asked += 1
        return "nonsense"

    ana = make(get_token=get_token)
    with pytest.raises(Ended) as ended:
        await online(ana)
    assert (asked, ended.value.code) == (2, "MALFORMED")
    with pytest.raises(Ended):
        await make(token="nonsense").start()
    with pytest.raises(Ended):
        await ana.send("too late")


@pytest.mark.parametrize(
    ("code", "is_back"),
    [
        (CloseCode.GOING_AWAY, True),
        (CloseCode.TOKEN_EXPIRED, True),
        (CloseCode.ACCOUNT_ENDED, True),
        (CloseCode.TOO_SLOW, True),
        (CloseCode.SECRET_CHANGED, True),
        (CloseCode.BANNED, False),
    ],
)
async def test_close_codes_say_what_comes_next(
    make: Make, service: Service, code: CloseCode, is_back: bool
) -> None:
    """Back at once or with a new login; a ban is the end."""
    ana = await online(make())
    first = ana.client_id
    service.hub.close(list(service.hub.clients.values()), code)
    async with asyncio.timeout(WAIT_S):
        if is_back:
            await ana.until(State.WAITING)
            await ana.until(State.ONLINE)
            assert ana.client_id != first
        else:
            with pytest.raises(Ended) as ended:
                await ana.until(State.WAITING)
            assert ended.value.code == "4006"


@pytest.mark.parametrize("code", [CloseCode.KICKED, CloseCode.FLOODING])
async def test_after_being_sent_away_it_pauses(
    make: Make, service: Service, code: CloseCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the contract says, not the short wait."""
    slept: list[float] = []
    sleep = asyncio.sleep

    async def sleep_short(delay_s: float) -> None:
        slept.append(delay_s)
        await sleep(min(delay_s, 0.01))

    ana = await online(make())
    monkeypatch.setattr("authws_desktop.client.client.asyncio.sleep", sleep_short)
    service.hub.close(list(service.hub.clients.values()), code)
    async with asyncio.timeout(WAIT_S):
        await ana.until(State.WAITING)
        await ana.until(State.ONLINE)
    assert max(slept) > 10.0


async def test_wrong_logins_are_the_end(http: HttpClient, make: Make) -> None:
    """Once, with the server's code; nothing is tried again."""
    with pytest.raises(Ended) as ended:
        await make(password="wrong password").start()
    assert ended.value.code == "INVALID_CREDENTIALS"


async def test_a_mistake_of_the_caller_ends_it(make: Make) -> None:
    """And is told to whoever waits."""

    async def get_token() -> str:
        raise LookupError("no vault")

    ana = make(get_token=get_token)
    with pytest.raises(Ended, match="no vault") as ended:
        await online(ana)
    assert isinstance(ended.value.__cause__, LookupError)


async def test_what_was_under_way_is_unsure(make: Make, service: Service) -> None:
    """A message whose answer cannot come any more ends with an error of its own."""
    ana = await online(make())
    (client,) = service.hub.clients.values()
    sending = asyncio.ensure_future(ana.send("hello"))
    await asyncio.sleep(0)
    service.hub.close([client], CloseCode.GOING_AWAY)
    with pytest.raises(ClientError) as error:
        await sending
    assert error.value.code == "CONNECTION_LOST"


async def test_where_messages_are_kept_nothing_is_missed(tmp_path: Path) -> None:
    """Each message is accepted by its id, and what was said while the client was away comes at its return."""
    async with running_service(tmp_path, messages_kept=100) as service, http_client(service) as http:
        await http.register("ana")
        await http.register("ben")
        ana = Client(http.base, username="ana", password=PASSWORD, backoff=Short())
        ben = Client(http.base, username="ben", password=PASSWORD, backoff=Short())
        async with ana, ben:
            sent = await asyncio.gather(*(ben.send("same") for _ in range(5)))
            assert [(await next_of(ana))["id"] for _ in sent] == [each.id for each in sent]
            assert {each.recipients for each in sent} == {2}
            (connection,) = service.hub.members.find(ana.client_id)
            old = ana.client_id
            service.hub.close([connection], CloseCode.GOING_AWAY)
            missed = await ben.send("while ana was away")
            frame = await next_of(ana)
            assert (frame["id"], frame["replayed"], ana.is_recovered) == (missed.id, True, True)
            logins = [row for row in service.traffic.after(0) if row.kind is Kind.AUTHENTICATE]
            assert msgspec.json.decode(logins[-1].payload)["replaces"] == old
            assert all("replaces" not in msgspec.json.decode(row.payload) for row in logins[:2])
