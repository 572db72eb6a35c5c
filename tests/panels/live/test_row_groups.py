"""Groups of rows: each row is in one, and what only echoes a row is told apart from it."""

from __future__ import annotations

import pytest

from authws_desktop.panels.live.row_groups import RowGroup, both, count_groups, group_of, leaving_out
from authws_desktop.traffic.record import SAME_LOGIN, Direction, Kind
from tests.panels.live.support import record


@pytest.mark.parametrize(
    ("kind", "direction", "outcome", "group"),
    [
        (Kind.MESSAGE, Direction.IN, "", RowGroup.MESSAGES),
        (Kind.MESSAGE, Direction.IN, "INVALID_MESSAGE", RowGroup.ERRORS),
        (Kind.MESSAGE, Direction.OUT, "", RowGroup.MESSAGES),
        (Kind.DIRECT, Direction.IN, "", RowGroup.DIRECTS),
        (Kind.AUTHENTICATE, Direction.IN, "", RowGroup.LOGINS),
        (Kind.HTTP, Direction.IN, "200", RowGroup.LOGINS),
        (Kind.HTTP, Direction.IN, "401", RowGroup.ERRORS),
        (Kind.CONNECT, Direction.EVENT, "", RowGroup.PRESENCE),
        (Kind.DISCONNECT, Direction.EVENT, "1006", RowGroup.PRESENCE),
        (Kind.REFUSED, Direction.EVENT, "403", RowGroup.ERRORS),
        (Kind.INVALID, Direction.IN, "INVALID_MESSAGE", RowGroup.ERRORS),
        (Kind.ERROR, Direction.OUT, "AUTH_ERROR", RowGroup.ANSWERS),
        (Kind.DELIVERED, Direction.OUT, "", RowGroup.ANSWERS),
        (Kind.USER_LIST, Direction.OUT, "", RowGroup.ANSWERS),
        (Kind.SERVER, Direction.EVENT, "", RowGroup.OTHER),
    ],
)
def test_each_row_has_its_group(kind: Kind, direction: Direction, outcome: str, group: RowGroup) -> None:
    """A refusal stands once among the errors: as the request that was refused."""
    assert group_of(record(b"{}", kind=kind, direction=direction, outcome=outcome)) is group


def test_a_page_that_asks_whether_it_is_connected_does_not_log_in() -> None:
    """The same token again stands beside the answers; a refusal of it is an error all the same."""
    assert group_of(record(kind=Kind.AUTHENTICATE, detail=SAME_LOGIN)) is RowGroup.ANSWERS
    assert group_of(record(kind=Kind.AUTHENTICATE, detail="Came with the request.")) is RowGroup.LOGINS


def test_groups_are_counted_and_left_out() -> None:
    """What is left out passes no more, everything else does."""
    rows = [record(), record(kind=Kind.DIRECT), record(kind=Kind.DELIVERED, direction=Direction.OUT)]
    assert count_groups(rows) == {RowGroup.MESSAGES: 1, RowGroup.DIRECTS: 1, RowGroup.ANSWERS: 1}
    assert leaving_out(frozenset()) is None
    chosen = leaving_out(frozenset({RowGroup.ANSWERS, RowGroup.DIRECTS}))
    assert chosen is not None
    assert [chosen(row) for row in rows] == [True, False, False]


def test_two_conditions_hold_together() -> None:
    """None is no condition."""
    long = lambda row: row.size_bytes > 3  # noqa: E731
    assert both(None, None) is None
    assert both(long, None) is long
    assert both(None, long) is long
    chosen = both(long, leaving_out(frozenset({RowGroup.MESSAGES})))
    assert chosen is not None
    assert not chosen(record(b"12345"))
    assert chosen(record(b"12345", kind=Kind.DIRECT))
    assert not chosen(record(b"12", kind=Kind.DIRECT))
