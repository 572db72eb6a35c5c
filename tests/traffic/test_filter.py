"""The filter language: what passes, and what is said about mistakes."""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.traffic.filter import FilterError, TrafficFilter
from authws_desktop.traffic.filter_checks import fits_any, node_name
from authws_desktop.traffic.record import Delivery, Direction, Identity, Kind, Record
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


@pytest.mark.parametrize(
    ("text", "node", "expected"),
    [
        ("node:here", "", True),
        ("node:here", "studio-2", False),
        ("node:STUDIO-2", "studio-2", True),
        ("node:studio-1,studio-2", "studio-2", True),
        ("node:studio-*", "studio-2", True),
        ("-node:here", "studio-2", True),
    ],
)
def test_the_node_of_a_connection_is_found(text: str, node: str, expected: bool) -> None:
    """This server's own is called `here`."""
    record = make(identity=msgspec.structs.replace(ANA, node=node))
    assert passes(text, record) is expected
    assert fits_any(text.partition(":")[2].casefold(), node_name(record.identity)) is (
        expected ^ text.startswith("-")
    )


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
        ("user=ana", True),
        ("user=ben", False),
        ("-user:ana", False),
        ("-user=ben", True),
        ("-moon", True),
        ("-5", True),
        ("-7", False),
        ("user:ben or user:ana", True),
        ("user:ben or type:direct", False),
        ("user:ana or type:direct", True),
        ("user:ana moon or mars", False),
        ("user:ana moon OR hello", True),
        ('"or"', True),
        ('"or" moon', False),
        ("score:-5", False),
        ("took>100ms", True),
        ("took>0.2s", False),
        ("took<200", True),
        ("took<100", False),
        ("is:host", False),
        ("-is:error", True),
    ],
)
def test_what_people_try(text: str, expected: bool) -> None:
    """`or`, `-`, `=` and times are understood as they are meant, not searched as words."""
    if text == "score:-5":
        with pytest.raises(FilterError, match="no field"):
            passes(text, make())
        return
    record = make(b'{"text":"hello","score":-5}', delivery=Delivery((), (), 0.15))
    assert passes(text, record) is expected


def test_a_row_that_was_delivered_to_nobody_took_no_time() -> None:
    """It is neither faster nor slower than anything."""
    assert not passes("took>0ms", make())
    assert not passes("took<9s", make())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("content.text:hello", True),
        ("content.text:HELL*", True),
        ("content.text:hell", False),
        ('content.text:"hello"', True),
        ("content.moves.1.from=e7", True),
        ("content.moves.9.from:e7", False),
        ("content.moves.from:e7", False),
        ("content.score:41.5", True),
        ("content.is_rated:true", True),
        ("content.winner:null", True),
        ("content.moves:e7", False),
        ("content.text.deep:hello", False),
        ("content.nothing:*", False),
        ("-content.text:hello", False),
    ],
)
def test_values_within_the_json(text: str, expected: bool) -> None:
    """A path of keys and places leads to a value; objects and arrays are none."""
    content = {"text": "Hello", "score": 41.5, "is_rated": True, "winner": None}
    moves = [{"from": "e2"}, {"from": "e7"}]
    record = make(json.dumps({"type": "message", "content": {**content, "moves": moves}}).encode())
    assert passes(text, record) is expected


def test_no_value_within_what_is_no_json() -> None:
    """Broken, cut and too deep payloads have none."""
    for payload in (b'{"text": "hel', b'\xff{"text"}', b"[" * 100_000, b""):
        assert not passes("content.text:hello", make(payload))


@pytest.mark.parametrize(
    ("kind", "outcome", "expected"),
    [
        (Kind.ERROR, "AUTH_ERROR", True),
        (Kind.REFUSED, "401", True),
        (Kind.HTTP, "401", True),
        (Kind.HTTP, "200", False),
        (Kind.HTTP, "", False),
        (Kind.HTTP, "failed", True),
        (Kind.DISCONNECT, "1006", False),
        (Kind.MESSAGE, "", False),
    ],
)
def test_errors(kind: Kind, outcome: str, expected: bool) -> None:
    """`is:error` finds what went wrong, however it is written."""
    assert passes("is:error", make(kind=kind, outcome=outcome)) is expected


def test_what_the_host_sent() -> None:
    """`is:host` finds it."""
    assert passes("is:host", make(is_from_host=True))


def test_times_of_day() -> None:
    """As the table shows them: local."""
    evening = time.mktime((2026, 11, 29, 20, 41, 5, 0, 0, -1)) + 0.25
    record = msgspec.structs.replace(make(), time_s=evening)
    assert passes("time>20:41 time<20:42", record)
    assert passes("time>20:41:05", record)
    assert not passes("time>20:41:06", record)
    assert not passes("time<20:41:05", record)
    assert passes("time>9:00", record)


def test_alternatives_count_their_terms() -> None:
    """What passes holds all of them, what does not as many as its best alternative."""
    wanted = TrafficFilter("user:ana type:direct moon or hello mars")
    assert wanted.terms == 3
    assert wanted.score(make(b"hello moon")) == 2
    assert wanted.score(make(b"hello mars")) == 3
    assert wanted.score(make(b"", identity=STRANGER)) == 0


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
        ("ok /(?=a)/", 4, "Look-around"),
        ('"abc', 0, "closing quote"),
        ('"abc"def', 0, "blank after"),
        ("!", 0, "leave out"),
        ("ping and pong", 5, "leave out “and”"),
        ("not ping", 0, "“!” before"),
        ("a && b", 2, "leave out “&&”"),
        ("a || b", 2, "Write “or”"),
        ("or user:ana", 0, "before “or”"),
        ("user:ana or", 11, "after “or”"),
        ("a or or b", 5, "before “or”"),
        ("colour=red", 0, "no field “colour:”"),
        ("weight>3", 0, "“weight” cannot be compared"),
        ("size:3", 0, "write size> or size<"),
        ("took>fast", 5, "number of ms or s"),
        ("time>25:00", 5, "20:41"),
        ("is:eror", 3, "Did you mean “error”?"),
        ("content.text:", 13, "Write a value after"),
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


@pytest.mark.parametrize("expression", [r"(a+)+b", r"(a|ab)*c", r"a?" * 20 + "a" * 20 + "c", r"(\w+\s?)*$b"])
def test_no_expression_takes_long(expression: str) -> None:
    """What takes a backtracking engine for ever is searched in one pass, whole payloads long."""
    compiled = TrafficFilter(f"/{expression}/")
    short, long = (make(b"a" * length) for length in (100, 200_000))
    assert not compiled(long)
    assert calls_of(lambda: compiled(long)) == calls_of(lambda: compiled(short))


@pytest.mark.parametrize("expression", [r"(?=a)b", r"(?<!a)b", r"(a)\1", "(", "[a", "*a"])
def test_what_cannot_be_searched_is_told(expression: str, capfd: pytest.CaptureFixture[str]) -> None:
    """In a sentence, and nowhere else."""
    with pytest.raises(FilterError, match="regular expression is wrong"):
        TrafficFilter(f"/{expression}/")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("schön", rb'"sch\u00f6n"'),
        ("/sch.n/", rb'"sch\u00f6n"'),
        ("🎉", rb'"\ud83c\udf89"'),
        ("/^.{3}$/", rb'"\uD83C\uDF89"'),
        ('"say \\"hi\\""', rb'{"text":"say \"hi\""}'),
        ("a/b", rb'"a\/b"'),
        ("hello", rb'"\u0068\u0065llo"'),
        (r"\ud83c", rb'"half \ud83c"'),
        ('"line one"', rb'"line\u0020one"'),
    ],
)
def test_a_row_is_found_by_what_it_says(text: str, payload: bytes) -> None:
    """However the sender escaped it."""
    assert passes(text, make(payload))


def test_escapes_are_found_as_written_too() -> None:
    """Whoever looks for the escape finds it."""
    assert passes(r"\u00f6", make(rb'"sch\u00f6n"'))


@pytest.mark.parametrize(("text", "expected"), [("to:*b*d*", True), ("to:*b*x*", False), ("to:a*", True)])
def test_every_part_between_stars_must_be_there(text: str, expected: bool) -> None:
    """In their order."""
    assert passes(text, make(to="abcde")) is expected
