"""The filter language: what passes, and what is said about mistakes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.hub.traffic import Direction, Identity, Kind, Record
from authws_desktop.hub.traffic_filter import FilterError, TrafficFilter
from tests.work import calls_of

ANA = Identity(3, "c0ffee", "192.168.1.20", "id-ana", "Ana", "t1", "phone")
STRANGER = Identity(10, "beef", "10.0.0.7")


def make(payload: bytes = b"", **changes: Any) -> Record:
    """Return a record of Ana's."""
    values: dict[str, Any] = {"identity": ANA, "size_bytes": len(payload), **changes}
    direction = values.pop("direction", Direction.IN)
    kind = values.pop("kind", Kind.MESSAGE)
    return Record(1, 0.0, direction, kind, payload=payload, **values)


def passes(text: str, record: Record) -> bool:
    """Apply a filter."""
    return TrafficFilter(text)(record)


@pytest.mark.parametrize("text", ["", "   ", "\t"])
def test_empty_filter_lets_everything_through(text: str) -> None:
    """Blanks are no filter."""
    assert TrafficFilter(text).is_empty
    assert passes(text, make())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello", True),
        ("HELLO", True),
        ("hello world", True),
        ("world hello", True),
        ('"hello world"', True),
        ('"world hello"', False),
        ("hello moon", False),
        ("!moon", True),
        ("!hello", False),
        ("!hello !moon", False),
        ('"say \\"hi\\""', False),
        ('{"text":"hello', True),
        ("12:30", True),
    ],
)
def test_words_are_searched_in_the_content(text: str, expected: bool) -> None:
    """Every word must be in the payload or the sentence, in any case and order."""
    record = make(b'{"text":"Hello World"}', detail="at 12:30")
    assert passes(text, record) is expected


def test_quoted_text_may_hold_quotes() -> None:
    r"""`\"` within quotes is a quote."""
    assert passes('"say \\"hi\\""', make(b'say "hi"'))


@pytest.mark.parametrize("payload", ["Schön", json.dumps("Schön"), json.dumps("SCHÖN"), "SCHÖN"])
def test_letters_beyond_ascii_are_found_however_encoded(payload: str) -> None:
    r"""A JSON encoder may have written them as \u escapes."""
    assert passes("schön", make(payload.encode()))
    assert not passes("schon", make(payload.encode()))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("user:ana", True),
        ("user:AN*", True),
        ("user:an", False),
        ("user:ben,ana", True),
        ("user:ben,c*", False),
        ("user:*", True),
        ('user:"an*"', False),
        ("!user:ana", False),
        ("type:message", True),
        ("type:mess*", True),
        ("type:message_delivered", False),
        ("dir:in", True),
        ("dir:out", False),
        ("ip:192.168.1.20", True),
        ("ip:192.168.*", True),
        ("ip:192.168.1.2", False),
        ("conn:3", True),
        ("conn:30", False),
        ("conn:C0FFEE", True),
        ("code:AUTH_ERROR", True),
        ("code:expired", True),
        ("code:auth_error/expired", True),
        ("code:expire*", False),
        ("code:AUTH*", True),
        ("code:1001,4003", False),
        ("to:all", True),
        ("USER:ana Type:message", True),
    ],
)
def test_fields(text: str, expected: bool) -> None:
    """A field is compared whole; `*` stands for any characters, `,` for or."""
    assert passes(text, make(outcome="AUTH_ERROR/expired", to="all")) is expected


def test_nobody_logged_in() -> None:
    """`user:*` is anyone logged in, its negation everyone else."""
    assert passes("!user:*", make(identity=STRANGER))
    assert not passes("user:*", make(identity=STRANGER))


def test_short_name_of_a_type() -> None:
    """What the table writes for a long type can be typed."""
    assert passes("type:delivered", make(kind=Kind.DELIVERED))
    assert not passes("type:delivered", make())


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [
        ("size>10", 11, True),
        ("size>10", 10, False),
        ("size<10", 9, True),
        ("size<10", 10, False),
        ("size>1k", 1025, True),
        ("size>1K", 1024, False),
        ("size<1m", 1024 * 1024 - 1, True),
        ("size>1kb size<2kb", 1500, True),
    ],
)
def test_sizes(text: str, size: int, expected: bool) -> None:
    """1k is 1,024 bytes."""
    assert passes(text, make(size_bytes=size)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"/hel+o/", True),
        (r"/^hello$/", False),
        (r"!/moon|mars/", True),
        (r"/a\/b/", True),
        (r"/WORLD/ user:ana", True),
    ],
)
def test_regular_expressions(text: str, expected: bool) -> None:
    r"""Between slashes; `\/` is a slash."""
    assert passes(text, make(b"hello world a/b")) is expected


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("user:", 5, "value after"),
        ("colour:red", 0, "no field"),
        ("http://x", 0, "quote it"),
        ("type:mesage", 5, "“type:” knows no “mesage”. Did you mean “message”?"),
        ("type:message,dirct", 13, "no “dirct”. Did you mean “direct”?"),
        ("type:xyz", 5, "“type:” knows no “xyz”. It is one of connect, disconnect, "),
        ("dir:up", 4, "“dir:” knows no “up”. It is one of in, out, event."),
        ("code:auth_eror", 5, "no “auth_eror”. Did you mean “AUTH_ERROR”?"),
        ("code:AUTH_ERROR/expird", 5, "no “expird”. Did you mean “expired”?"),
        ("size>big", 5, "number of bytes"),
        ("size>", 5, "number of bytes"),
        ("/abc", 0, "two slashes"),
        ("ok /a(b/", 4, "regular expression is wrong"),
        ("/(a+)+b/", 1, "forever"),
        ('"abc', 0, "closing quote"),
        ('"abc"def', 0, "blank after"),
        ("!", 0, "leave out"),
        ("//", 0, "two slashes"),
    ],
)
def test_mistakes_are_told_with_their_place(text: str, position: int, words: str) -> None:
    """A mistake is never ignored: it has a place and a sentence."""
    with pytest.raises(FilterError) as caught:
        TrafficFilter(text)
    assert caught.value.position == position
    assert words in caught.value.sentence


@given(st.text(alphabet='ab:!"/\\*, (+)[]{}|user:size<>1k.^$?', max_size=30))
def test_any_text_compiles_or_is_a_filter_error(text: str) -> None:
    """Nothing else comes out, and what compiles can be asked."""
    try:
        compiled = TrafficFilter(text)
    except FilterError as error:
        assert 0 <= error.position <= len(text)
    else:
        compiled(make(b'{"a":"b"}'))


def test_a_field_with_many_stars_is_fast() -> None:
    """A recipient is written by the sender, and may be long."""
    compiled = TrafficFilter("to:*a*a*a*a*a*a*b")
    short, long = (make(to="a" * length) for length in (100, 100_000))
    assert not compiled(long)
    assert calls_of(lambda: compiled(long)) == calls_of(lambda: compiled(short))


def test_skipped_rows_are_counted() -> None:
    """A row that is too long for an expression is given up and said."""
    compiled = TrafficFilter("/a.*b.*c.*d/")
    assert not compiled(make(b"ab" * 50_000))
    assert compiled.skipped == 1
