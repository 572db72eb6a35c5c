"""What the columns of the traffic say of each kind of record."""

from __future__ import annotations

import pytest

from authws_desktop.panels.live import record_text
from authws_desktop.traffic.record import (
    SERVER_IDENTITY,
    Delivery,
    Direction,
    HeldFrame,
    Identity,
    Kind,
    Record,
)
from tests.panels.live.support import record

ANA = Identity(7, "c7", "192.168.1.30", "id-ana", "ana", "t7", "phone")
STRANGER = Identity(9, "c9", "192.168.1.31")


@pytest.mark.parametrize(
    ("shown", "who", "recipient"),
    [
        (record(identity=ANA, to="all", recipients=12), "ana #7", "all 12"),
        (record(identity=ANA, to="ben", kind=Kind.DIRECT), "ana #7", "ben"),
        (
            record(b'{"type":"direct","to":"zoe","content":1}', identity=ANA, to="", kind=Kind.DIRECT),
            "ana #7",
            "zoe",
        ),
        (record(b'{"type":"direct","to":7}', identity=ANA, to="", kind=Kind.DIRECT), "ana #7", ""),
        (record(identity=ANA, to="ana", direction=Direction.OUT, kind=Kind.DELIVERED), "server", "ana #7"),
        (record(identity=STRANGER, to="c9", direction=Direction.OUT, kind=Kind.ERROR), "server", "#9"),
        (
            record(identity=ANA, to="ana", direction=Direction.OUT, kind=Kind.DIRECT, is_from_host=True),
            "server (you)",
            "ana #7",
        ),
        (
            record(identity=SERVER_IDENTITY, to="all", recipients=2, direction=Direction.OUT),
            "server",
            "all 2",
        ),
        (record(identity=STRANGER, direction=Direction.EVENT, kind=Kind.CONNECT), "192.168.1.31 #9", ""),
    ],
)
def test_who_and_for_whom(shown: Record, who: str, recipient: str) -> None:
    """What the server answers comes from the server and goes to the connection."""
    assert (record_text.who(shown), record_text.recipient(shown)) == (who, recipient)


def test_a_number_stays_behind_a_name_that_runs_to_the_left() -> None:
    """Only a mark that has no width is added; names that run to the right are as they were."""
    shalom = record(identity=Identity(7, "c7", "192.168.1.30", "id", "שלום"))
    assert record_text.who(shalom) == "שלום\N{LEFT-TO-RIGHT MARK} #7"
    assert record_text.who(record(identity=Identity(7, "c7", "192.168.1.30", "id", "हरि"))) == "हरि #7"


def test_a_status_is_said_once() -> None:
    """The line of an HTTP request has it already."""
    line = "POST /auth/login 401 in 12 ms. Wrong name or password."
    assert record_text.content(record(kind=Kind.REFUSED, outcome="401", detail=line)) == line
    assert record_text.untold_outcome(record(kind=Kind.HTTP, outcome="201", detail="GET / 201 in 1 ms")) == ""
    other = record(kind=Kind.REFUSED, outcome="403", detail="This page may not connect.")
    assert record_text.content(other) == "403  This page may not connect."


def test_everything_known_of_a_connection() -> None:
    """A fact a line, nothing where nothing is known."""
    assert record_text.identity_lines(record(identity=ANA)).splitlines() == [
        "User: ana",
        "Account: id-ana",
        "Connection: #7",
        "Client: c7",
        "Address: 192.168.1.30",
        "App: phone",
        "Token: t7",
    ]
    assert record_text.identity_lines(record(identity=STRANGER)).splitlines() == [
        "Connection: #9",
        "Client: c9",
        "Address: 192.168.1.31",
    ]


def test_the_fate_and_its_time_are_whole_beside_a_long_name() -> None:
    """The name is cut, and whole in the tip; what became of the message is not."""
    people = (Identity(1, "c1", "10.0.0.1", "id1", "maximilian-alexander"),)
    row = record(kind=Kind.DIRECT, to="maximilian-alexander", delivery=Delivery(people, (), 0.000031))
    assert record_text.recipient(row) == "maximilia… ✓ 31 µs"
    assert record_text.outcome_lines(row) == [
        "Written to 1 of 1 within 31 µs.",
        "To: maximilian-alexander",
    ]
    late = Delivery(people, (HeldFrame(people[0], 5.0),), 0.000031)
    assert record_text.recipient(record(kind=Kind.DIRECT, to="ana", delivery=late)) == "ana … 1"
