"""Where two runs part."""

from __future__ import annotations

from authws_desktop.panels.live.comparison import CONTEXT_ROWS, compare, runs_of
from authws_desktop.traffic.record import Direction, Identity, Kind, Record

Row = tuple[Direction, Kind, Identity, bytes, str, str]


def person(number: int, name: str = "", salt: str = "") -> Identity:
    """Return a connection; its id is another one in each run."""
    return Identity(number, f"c{number}{salt}", "127.0.0.1", f"id-{name}" if name else "", name)


def run(*rows: Row) -> list[Record]:
    """Return records of these rows."""
    return [
        Record(number, 1000.0 + number, way, kind, who, payload, len(payload), to, outcome=outcome)
        for number, (way, kind, who, payload, to, outcome) in enumerate(rows, 1)
    ]


def said(who: Identity, text: str, to: str = "all", outcome: str = "") -> Row:
    """Return a message."""
    payload = b'{"type":"message","content":"%s"}' % text.encode()
    return Direction.IN, Kind.MESSAGE, who, payload, to, outcome


def answer(who: Identity, stamp: str, to: str = "ben") -> Row:
    """Return the server's answer, with ids and times of its run."""
    payload = f'{{"type":"message_delivered","to":"{to}","timestamp":"{stamp}","id":"{stamp}"}}'
    return Direction.OUT, Kind.DELIVERED, who, payload.encode(), who.username, ""


def came(who: Identity) -> Row:
    """Return the beginning of a connection."""
    return Direction.EVENT, Kind.CONNECT, who, b"", "", ""


def test_the_same_again_is_no_difference() -> None:
    """Ids, times and the order among connections differ in every run."""
    ana, ben, ana2, ben2 = person(1, "ana"), person(2, "ben"), person(7, "ana", "x"), person(8, "ben", "x")
    here = run(came(ana), came(ben), said(ana, "hi"), said(ben, "ho"), answer(ana, "1", ben.client_id))
    there = run(came(ben2), came(ana2), said(ben2, "ho"), said(ana2, "hi"), answer(ana2, "9", ben2.client_id))
    found = compare(here, there)
    assert (found.equal_rows, found.pairs) == (5, ())


def test_the_first_difference_with_what_was_before_it() -> None:
    """Of two differences the earlier one counts; six equal rows of its connection stand before it."""
    ana, ben = person(1, "ana"), person(2, "ben")
    same = [said(ana, str(number)) for number in range(10)]
    here = run(*same, said(ana, "left"), said(ben, "later"))
    there = run(*same, said(ana, "right"), said(ben, "too late"))
    found = compare(here, there)
    assert (found.equal_rows, found.name) == (10, "ana")
    assert [pair.is_equal for pair in found.pairs] == [True] * CONTEXT_ROWS + [False]
    last = found.pairs[-1]
    assert last.here is not None
    assert b"left" in last.here.payload
    assert last.there is not None
    assert b"right" in last.there.payload


def test_one_that_ends_earlier() -> None:
    """A row too many on either side is a difference; so is a whole connection too many."""
    ana, ben = person(1, "ana"), person(2, "ben")
    short, long = run(said(ana, "1")), run(said(ana, "1"), said(ana, "2"))
    for one, other in ((short, long), (long, short)):
        last = compare(one, other).pairs[-1]
        assert (last.here is None, last.there is None) == (one is short, one is long)
    alone = compare(short, run(said(ana, "1"), said(ben, "2")))
    assert (alone.equal_rows, alone.name) == (1, "ben")
    assert compare([], short).name == "ana"
    assert compare([], []).pairs == ()


def test_an_outcome_counts_and_a_second_connection_is_the_second() -> None:
    """A refusal differs from what was accepted; connections of a user are told apart by their order."""
    ana, again = person(1, "ana"), person(2, "ana")
    refused = compare(run(said(ana, "1")), run(said(ana, "1", outcome="FORBIDDEN")))
    assert not refused.pairs[-1].is_equal
    here = run(said(ana, "first"), said(again, "second"))
    assert not compare(here, run(said(again, "first"), said(ana, "second"))).pairs


def test_what_is_no_json_and_what_has_no_payload() -> None:
    """Broken frames are compared as they came, requests by their sentence."""
    ana = person(1, "ana")
    broken = (Direction.IN, Kind.INVALID, ana, b"{nonsense", "", "INVALID_MESSAGE")
    other = (Direction.IN, Kind.INVALID, ana, b"{else", "", "INVALID_MESSAGE")
    listed = (Direction.IN, Kind.INVALID, ana, b"[1]", "", "INVALID_MESSAGE")
    assert not compare(run(broken), run(broken)).pairs
    assert compare(run(broken), run(other)).pairs
    assert compare(run(broken), run(listed)).pairs
    request = Record(
        1, 1.0, Direction.IN, Kind.HTTP, Identity(username="ana"), detail="POST /auth/login 200 in 68 ms"
    )
    refusal = Record(
        1, 1.0, Direction.IN, Kind.HTTP, Identity(username="ana"), detail="POST /auth/login 401 in 68 ms"
    )
    slower = Record(1, 1.0, Direction.IN, Kind.HTTP, request.identity, detail="POST /auth/login 200 in 1.2 s")
    assert not compare([request], [slower]).pairs
    assert compare([request], [refusal]).pairs


def test_logins_are_compared_by_whom() -> None:
    """The token and the user's id are of their run; the name is not."""
    ana = person(1, "ana")

    def login(user_id: str, name: str, token: str) -> list[Record]:
        frame = f'{{"type":"authenticate","token":"{token}"}}'.encode()
        reply = f'{{"type":"authentication","user":{{"id":"{user_id}","username":"{name}"}}}}'.encode()
        return run(
            (Direction.IN, Kind.AUTHENTICATE, ana, frame, "", ""),
            (Direction.OUT, Kind.AUTHENTICATION, ana, reply, "ana", ""),
        )

    assert not compare(login("u1", "ana", "a"), login("u2", "ana", "b")).pairs
    assert compare(login("u1", "ana", "a"), login("u1", "anna", "a")).pairs


def test_runs_begin_with_a_start() -> None:
    """What lies before the first start is of no run."""
    ana = person(1, "ana")

    def server(text: str) -> Row:
        return Direction.EVENT, Kind.SERVER, Identity(), text.encode(), "", ""

    rows = run(said(ana, "0"), server(""), said(ana, "1"), server(""), server(""), said(ana, "2"))
    details = {2: "Server running. ws://", 4: "Server stopped.", 5: "Server running. ws://"}
    told = [
        Record(
            each.number,
            each.time_s,
            each.direction,
            each.kind,
            each.identity,
            each.payload,
            detail=details[each.number],
        )
        if each.number in details
        else each
        for each in rows
    ]
    assert [[each.number for each in part] for part in runs_of(told)] == [[2, 3, 4], [5, 6]]
