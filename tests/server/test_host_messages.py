"""What the host sends, to real clients."""

from __future__ import annotations

import pytest

from authws_desktop.server.host_messages import SendError, json_problem
from authws_desktop.server.service import Service
from authws_desktop.traffic.record import Direction, Kind, Record
from tests.own_clients import HttpClient, Join, eventually


def newest(service: Service, kind: Kind) -> Record:
    """Return the newest record of a kind."""
    return [record for record in service.traffic.after(0) if record.kind is kind][-1]


async def test_everyone_gets_the_hosts_message(service: Service, join: Join) -> None:
    """As user `server`, once each, in one marked row; strangers get nothing."""
    ana, ben, stranger = await join("ana"), await join("ben"), await join()
    sent = service.host_messages.to_everyone(' {"text": "tea at four"}\n')
    assert sent == (2, 0)
    for client in (ana, ben):
        got = await client.expect("message")
        assert (got["from"], got["username"], got["content"]) == ("server", "server", {"text": "tea at four"})
    row = newest(service, Kind.MESSAGE)
    assert (row.is_from_host, row.direction, row.to, row.recipients) == (True, Direction.OUT, "all", 2)
    await stranger.send({"type": "message", "content": 1})
    assert (await stranger.receive())["code"] == "UNAUTHORIZED"


async def test_chosen_users_and_one_connection(service: Service, join: Join) -> None:
    """All connections of a user; exactly one connection."""
    first, second, ben = await join("ana"), await join("ana"), await join("ben")
    ana = service.accounts.find("ana")
    assert ana is not None
    assert service.host_messages.to_users([ana.id], "1").recipients == 2
    for client in (first, second):
        got = await client.expect("direct")
        assert (got["from"], got["to"], got["content"]) == ("server", "ana", 1)
    assert service.host_messages.to_connection(second.client_id, "2").recipients == 1
    assert (await second.expect("direct"))["content"] == 2
    service.host_messages.to_everyone("3")
    for client in (first, ben):
        await client.expect("message")
        assert not [kept for kept in client._kept if kept["type"] == "direct"]


async def test_a_frame_goes_out_exactly_as_written(service: Service, join: Join) -> None:
    """Any JSON, known type or not; the record has the type's kind."""
    ana = await join("ana")
    service.host_messages.to_everyone('{"type":"error","code":"TEST","x":[1,2]}', is_frame=True)
    assert await ana.expect("error") == {"type": "error", "code": "TEST", "x": [1, 2]}
    row = newest(service, Kind.ERROR)
    assert row.is_from_host
    assert row.delivery is not None
    assert [each.username for each in row.delivery.recipients] == ["ana"]
    account = service.accounts.find("ana")
    assert account is not None
    service.host_messages.to_users([account.id], '{"type":"custom"}', is_frame=True)
    assert (await ana.expect("custom")) == {"type": "custom"}
    assert newest(service, Kind.MESSAGE).payload == b'{"type":"custom"}'


async def test_in_a_clients_name(service: Service, join: Join) -> None:
    """What would follow does: others get it from the client, the client gets the answers, rows are marked."""
    ana, ben = await join("ana"), await join("ben")
    client = service.hub.clients[ana.client_id]
    before = (client.messages_in, client.rate_limit._level)
    host = service.host_messages
    host.in_the_name_of(ana.client_id, b'{"type":"message","content":"again"}')
    got = await ben.expect("message")
    assert (got["from"], got["username"], got["content"]) == (ana.client_id, "ana", "again")
    row = newest(service, Kind.MESSAGE)
    assert (row.is_from_host, row.direction, row.identity.username) == (True, Direction.IN, "ana")
    host.in_the_name_of(ana.client_id, b'{"type":"direct","to":"ben","content":1,"messageId":9}')
    assert (await ana.expect("message_delivered"))["messageId"] == 9
    assert newest(service, Kind.DIRECT).is_from_host
    assert (client.messages_in, client.rate_limit._level) == before


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{broken", "INVALID_MESSAGE"),
        (b"\xff\xfe", "INVALID_MESSAGE"),
        (b'{"type":"mesage"}', "INVALID_MESSAGE_TYPE"),
        (b'{"type":"authenticate","token":"x"}', "AUTH_ERROR"),
    ],
)
async def test_bad_frames_in_a_clients_name_are_refused(
    service: Service, join: Join, payload: bytes, code: str
) -> None:
    """As the client's own would be; the row is marked all the same."""
    ana = await join("ana")
    service.host_messages.in_the_name_of(ana.client_id, payload, is_binary=True)
    assert (await ana.expect("error"))["code"] == code
    refused = [record for record in service.traffic.after(0) if record.outcome.startswith(code)]
    assert refused[0].is_from_host


async def test_a_stranger_can_be_spoken_for_but_not_to(
    service: Service, join: Join, http: HttpClient
) -> None:
    """Nothing but `connection` and `error` reaches who has not authenticated."""
    token = (await http.register("ana"))["token"]
    stranger = await join()
    with pytest.raises(SendError, match="not logged in"):
        service.host_messages.to_connection(stranger.client_id, "1", is_frame=True)
    payload = b'{"type":"authenticate","token":"%s"}' % token.encode()
    service.host_messages.in_the_name_of(stranger.client_id, payload)
    assert (await stranger.expect("authentication"))["user"]["username"] == "ana"
    assert token.encode() not in b"".join(record.payload for record in service.traffic.after(0))


async def test_nothing_is_sent_to_who_is_gone(service: Service, join: Join) -> None:
    """With words."""
    host = service.host_messages
    with pytest.raises(SendError, match="Nobody is logged in"):
        host.to_everyone("1")
    ana = await join("ana")
    await ana.socket.close()
    await eventually(lambda: not service.hub.clients)
    for act in (
        lambda: host.to_users(["nobody"], "1"),
        lambda: host.to_connection(ana.client_id, "1"),
        lambda: host.in_the_name_of(ana.client_id, b"1"),
    ):
        with pytest.raises(SendError, match=r"any more|is gone"):
            act()
    with pytest.raises(SendError, match="Line 1, column 2"):
        host.to_everyone("{")


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "Write a JSON value"),
        ('{\n  "a": }', 9, "Line 2, column 8: expecting value."),
        ("[1, NaN]", 4, "JSON has no NaN"),
        ('"\ud800"', 1, "cannot be sent"),
        ("[" * 100_000, 0, "nested too deeply"),
        ('{"a": 1} x', 9, "Line 1, column 10: extra data."),
    ],
)
def test_a_problem_has_its_place(text: str, position: int, words: str) -> None:
    """The character, and a sentence."""
    problem = json_problem(text)
    assert problem is not None
    assert problem.position == position
    assert words in problem.sentence


@pytest.mark.parametrize("text", ["1", "null", ' {"a": [1, "x"]} ', '"\\u202e"'])
def test_any_json_will_do(text: str) -> None:
    """Scalars too."""
    assert json_problem(text) is None
