"""Decoding what clients send."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.protocol.client_messages import (
    Ack,
    Authenticate,
    Direct,
    HistoryRequest,
    Message,
    decode,
)
from authws_desktop.protocol.codes import ErrorCode
from authws_desktop.protocol.envelope import Envelope, open_envelope, type_of
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.limits import MAX_DEPTH

DEEP = b"[" * 10_000 + b"]" * 10_000
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(json_values)
def test_content_is_passed_on_byte_for_byte(value: object) -> None:
    """Whatever JSON value a client sends as content is kept as its own bytes."""
    content = json.dumps(value, ensure_ascii=False)
    message = decode(f'{{"type": "message", "content": {content}}}'.encode())
    assert isinstance(message, Message)
    assert bytes(message.content).decode().strip() == content


@pytest.mark.parametrize("number", ["1e999", "-0", "123456789012345678901234567890", "1.10"])
def test_numbers_are_not_rounded(number: str) -> None:
    """Numbers no double can hold reach the receiver as they were written."""
    message = decode(f'{{"type":"message","content":{number}}}'.encode())
    assert isinstance(message, Message)
    assert bytes(message.content) == number.encode()


@pytest.mark.parametrize("scalar", ['"a"', "1", "1.5", "true", "null", '""'])
def test_message_ids_are_any_scalar(scalar: str) -> None:
    """A messageId is echoed as given, null included."""
    message = decode(f'{{"type":"direct","to":"x","content":1,"messageId":{scalar}}}'.encode())
    assert isinstance(message, Direct)
    assert bytes(message.message_id) == scalar.encode()


def test_a_message_id_that_is_absent_is_empty() -> None:
    """Absent and null are told apart."""
    message = decode(b'{"type":"direct","to":"x","content":1}')
    assert isinstance(message, Direct)
    assert bytes(message.message_id) == b""


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"", "not valid JSON"),
        (b"hello", "not valid JSON"),
        (b"\x00", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"type":"message","content":NaN}', "not valid JSON"),
        (b'{"type":"message","content":Infinity}', "not valid JSON"),
        (b'{"type":"message","content":"\x00"}', "not valid JSON"),
        (b'{"type":"message","content":1} x', "not valid JSON"),
        (b"[]", "not an array"),
        (b"1", "not a number"),
        (b'"x"', "not a string"),
        (b"null", "not null"),
        (b"true", "not a boolean"),
        (b"{}", "Field 'type' is missing"),
        (b'{"type":5}', "Field 'type' must be a string"),
        (b'{"type":null}', "Field 'type' must be a string"),
        (b'{"type":"message"}', "Field 'content' is missing"),
        (b'{"type":"direct","to":"x"}', "Field 'content' is missing"),
        (b'{"type":"direct","to":5,"content":1}', "Field 'to' must be a string"),
        (b'{"type":"direct","to":{},"content":1}', "Field 'to' must be a string"),
        (b'{"type":"direct","to":"x","content":1,"messageId":[]}', "Field 'messageId' must be"),
        (b'{"type":"authenticate"}', "Field 'token' is missing"),
        (b'{"type":"authenticate","token":1}', "Field 'token' must be a string"),
        (b'{"type":"authenticate","token":"x","app":1}', "Field 'app' must be a string"),
        (b'{"type":"message","content":' + DEEP + b"}", "nested too deeply"),
        (DEEP, "not an array"),
    ],
)
def test_bad_messages_are_explained(payload: bytes, text: str) -> None:
    """The error says what is wrong and names the field."""
    with pytest.raises(FrameError) as caught:
        decode(payload)
    assert caught.value.code is ErrorCode.INVALID_MESSAGE
    assert text in caught.value.message


def nested(levels: int) -> bytes:
    """Return a message of so many arrays and objects within each other; brackets in texts are no level."""
    arrays = levels - 1
    return b'{"type":"message","content":' + b"[" * arrays + b'"[[{\\"[[{"' + b"]" * arrays + b"}"


def test_how_deep_a_message_may_be_is_the_same_for_every_python() -> None:
    """Whoever reads it must bear it, too."""
    assert isinstance(decode(nested(MAX_DEPTH)), Message)
    with pytest.raises(FrameError, match="nested too deeply"):
        decode(nested(MAX_DEPTH + 1))
    flat = b'{"type":"message","content":[' + b",".join([b"[{}]"] * 1000) + b',"' + b"[" * 1000 + b'"]}'
    assert isinstance(decode(flat), Message)


def test_an_unknown_type_has_its_own_code_and_keeps_the_message_id() -> None:
    """The request's messageId comes back with the error."""
    with pytest.raises(FrameError) as caught:
        decode(b'{"type":"shout","content":1,"messageId":"m1"}')
    assert caught.value.code is ErrorCode.INVALID_MESSAGE_TYPE
    assert caught.value.envelope == Envelope("shout", msgspec.Raw(b'"m1"'))


def test_unknown_fields_are_ignored_and_the_last_duplicate_counts() -> None:
    """Clients of later versions may say more."""
    message = decode(b'{"x":{"y":[]},"type":"message","content":1,"content":2}')
    assert isinstance(message, Message)
    assert bytes(message.content) == b"2"


def test_a_long_app_name_is_cut() -> None:
    """The name shown to the host has at most 64 characters."""
    message = decode(json.dumps({"type": "authenticate", "token": "t", "app": "a" * 100}).encode())
    assert isinstance(message, Authenticate)
    assert message.app == "a" * 64


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(payload: bytes) -> None:
    """Garbage of any kind is a FrameError, never another exception."""
    try:
        decode(payload)
    except FrameError as error:
        assert error.message
    type_of(payload)
    assert isinstance(open_envelope(payload), Envelope)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [(b'{"type":"x"}', "x"), (b'{"type":1}', None), (b"[]", None), (b"", None), (b"{}", None)],
)
def test_type_of(payload: bytes, expected: str | None) -> None:
    """The type of a refused message is found where there is one."""
    assert type_of(payload) == expected


@pytest.mark.parametrize(
    ("payload", "message_id"),
    [
        (b'{"type":"shout","messageId":[1]}', None),
        (b'{"type":"shout","messageId":{"a":1}}', None),
        (b'{"type":"shout","messageId":null}', b"null"),
        (b'{"messageId": -1.5e3 ,"type":7}', b"-1.5e3"),
        (b'{"messageId":"a\\"b","type":"message","content":', b'"a\\"b"'),
        (b'{"messageId":7,"type":"message","content":nope}', b"7"),
        (b'{"messageId":07,"content":nope}', None),
        (b'{"messageId":"cut', None),
        (b"\xef\xbb\xbf" + b'{"type":"shout","messageId":1}', b"1"),
        (rb'{"type":"shout","messageId":"\ud83c"}', rb'"\ud83c"'),
        (b"[]", None),
    ],
)
def test_the_message_id_is_found_wherever_there_is_one(payload: bytes, message_id: bytes | None) -> None:
    """Also in a text that is no JSON: the client waits for the answer that bears it."""
    found = open_envelope(payload).message_id
    assert (None if found is None else bytes(found)) == message_id


@pytest.mark.parametrize("presence", [b'"some"', b"1"])
def test_a_wish_that_is_none_of_the_three_is_explained(presence: bytes) -> None:
    """The sentence names them all."""
    with pytest.raises(FrameError, match="Field 'presence' must be 'full', 'delta' or 'none'"):
        decode(b'{"type":"authenticate","token":"t","presence":' + presence + b"}")


def test_a_name_of_an_app_may_be_half_a_character() -> None:
    """Whoever logs in so is let in: the token counts."""
    message = decode(rb'{"type":"authenticate","token":"t","app":"\ud83c"}')
    assert isinstance(message, Authenticate)
    assert message.token == "t"


def test_bytes_that_are_no_text_are_explained() -> None:
    """The sentence does not speak of JSON."""
    with pytest.raises(FrameError, match="not valid UTF-8"):
        decode(b'{"type":"\xff","content":1}')


KEPT = [
    ('{"type":"history"}', HistoryRequest()),
    (
        '{"type":"history","before":"s1-2","limit":200,"with":"Ben"}',
        HistoryRequest("s1-2", 200, "Ben"),
    ),
    ('{"type":"ack","id":"s1-2"}', Ack("s1-2")),
]


@pytest.mark.parametrize(("text", "expected"), KEPT)
def test_where_messages_are_kept_there_is_more_to_ask(text: str, expected: object) -> None:
    """Elsewhere these types are unknown, as they always were."""
    assert decode(text.encode(), is_kept=True) == expected
    with pytest.raises(FrameError) as refused:
        decode(text.encode())
    assert refused.value.message == "Unknown message type. Known types: authenticate, message, direct."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"type":"history","limit":0}', "Field 'limit' must be a whole number from 1 to 200."),
        ('{"type":"history","limit":"x"}', "Field 'limit' must be a whole number from 1 to 200."),
        ('{"type":"ack"}', "Field 'id' is missing."),
        (
            '{"type":"more"}',
            "Unknown message type. Known types: authenticate, message, direct, history, ack.",
        ),
        (
            '{"type":"message","content":1,"messageId":{}}',
            "Field 'messageId' must be a string, number, boolean or null.",
        ),
    ],
)
def test_what_is_wrong_with_such_a_question(text: str, sentence: str) -> None:
    """The sentence names the field."""
    with pytest.raises(FrameError) as refused:
        decode(text.encode(), is_kept=True)
    assert refused.value.message == sentence


def test_fields_that_mean_nothing_where_nothing_is_kept_may_hold_anything() -> None:
    """As before they were known."""
    decode(b'{"type":"authenticate","token":"t","since":5,"ack":[],"echo":{}}')
    decode(b'{"type":"message","content":1,"messageId":{}}')


def test_half_a_character_in_a_kept_message_stays_as_written() -> None:
    """In the content as in the id; and in a question there is none."""
    text = b'{"type":"message","content":"\\ud800","messageId":"\\udc00"}'
    found = decode(text, is_kept=True)
    assert isinstance(found, Message)
    assert (bytes(found.content), bytes(found.message_id)) == (b'"\\ud800"', b'"\\udc00"')
    decode(b'{"type":"history","with":"\\ud800"}', is_kept=True)
