"""Who was there at a moment, from the rows that are kept."""

from __future__ import annotations

import msgspec

from authws_desktop.panels.live.past_users import users_at
from authws_desktop.traffic.record import SAME_LOGIN, Direction, Identity, Kind, Record
from tests.panels.live.support import PlainService

ANA = Identity(1, "c1", "192.168.1.31", "id1", "ana", "t1", "phone")
BEN = Identity(2, "c2", "192.168.1.32", "id2", "ben")


def rows(*entries: tuple[float, Kind, Identity]) -> list[Record]:
    """Return rows with a time each."""
    return [
        Record(number, time_s, Direction.EVENT, kind, identity)
        for number, (time_s, kind, identity) in enumerate(entries, 1)
    ]


def there(moment_s: float, records: list[Record]) -> list[str]:
    """Return names at a moment; `?` for who had none."""
    return [user.identity.username or "?" for user in users_at(moment_s, records, ())]


def test_between_connect_and_disconnect() -> None:
    """Before the login there is no name; after the end there is nobody."""
    records = rows(
        (10, Kind.CONNECT, Identity(1, "c1", "192.168.1.31")),
        (12, Kind.AUTHENTICATE, ANA),
        (14, Kind.MESSAGE, ANA),
        (20, Kind.DISCONNECT, ANA),
    )
    assert [there(moment, records) for moment in (9, 11, 13, 19, 21)] == [[], ["?"], ["ana"], ["ana"], []]
    (user,) = users_at(15, records, ())
    assert (user.since_s, user.rows) == (10, 3)


def test_who_came_before_the_first_row() -> None:
    """Who is first seen leaving, talking or logging in was there before; whose name came later had none yet."""
    records = rows((10, Kind.MESSAGE, BEN), (20, Kind.MESSAGE, ANA), (30, Kind.DISCONNECT, ANA))
    assert there(15, records) == ["ana", "ben"]
    assert there(35, records) == ["ben"]
    assert there(15, rows((20, Kind.AUTHENTICATE, ANA))) == ["?"]
    (again,) = rows((20, Kind.AUTHENTICATE, ANA))
    assert there(15, [msgspec.structs.replace(again, detail=SAME_LOGIN)]) == ["ana"]
    assert users_at(15, records, ())[0].since_s == 0


def test_who_is_there_now_and_silent() -> None:
    """A connection without a single row is known from the hub."""
    plain = PlainService()
    early = plain.connect()
    plain.clock.advance(100)
    late = plain.connect()
    moment_s = plain.clock.now_s - 50
    assert [user.identity.number for user in users_at(moment_s, [], [early, late])] == [early.number]


def test_rows_of_no_connection_are_left_out() -> None:
    """Requests by HTTP and the server itself are nobody."""
    assert there(50, rows((10, Kind.SERVER, Identity()), (11, Kind.HTTP, Identity(username="ana")))) == []
