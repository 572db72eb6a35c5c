"""Decoding what clients send."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.protocol.client_messages import (
    Authenticate,
    Direct,
    Message,
    decode,
    message_id_of,
    type_of,
)
from authws_desktop.protocol.codes import ErrorCode
from authws_desktop.protocol.errors import FrameError

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
        (b'{"type":"message","content":"\\ud800"}', "not valid JSON"),
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
        (DEEP, "nested too deeply"),
    ],
)
def test_bad_messages_are_explained(payload: bytes, text: str) -> None:
    """The error says what is wrong and names the field."""
    with pytest.raises(FrameError) as caught:
        decode(payload)
    assert caught.value.code is ErrorCode.INVALID_MESSAGE
    assert text in caught.value.message


def test_an_unknown_type_has_its_own_code_and_keeps_the_message_id() -> None:
    """The request's messageId comes back with the error."""
    with pytest.raises(FrameError) as caught:
        decode(b'{"type":"shout","content":1,"messageId":"m1"}')
    assert caught.value.code is ErrorCode.INVALID_MESSAGE_TYPE
    assert caught.value.message_id is not None
    assert bytes(caught.value.message_id) == b'"m1"'


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
    message_id_of(payload)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [(b'{"type":"x"}', "x"), (b'{"type":1}', None), (b"[]", None), (b"", None), (b"{}", None)],
)
def test_type_of(payload: bytes, expected: str | None) -> None:
    """The type of a refused message is found where there is one."""
    assert type_of(payload) == expected
