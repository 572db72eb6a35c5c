"""One reader for all text that comes in: what it skips, and what it says."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.accounts.bulk import read_list
from authws_desktop.accounts.errors import ImportRefused
from authws_desktop.text import JsonError, TextError, decode_json, read_text, without_mark


class Body(msgspec.Struct):
    """What a call takes."""

    name: str
    number: int | None = None
    words: list[str] = []


def explained(data: bytes) -> JsonError:
    """Return why JSON is refused."""
    with pytest.raises(TextError) as caught:
        decode_json(data, Body, "The body")
    assert isinstance(caught.value, JsonError)
    return caught.value


@given(st.text())
def test_text_comes_back(text: str) -> None:
    """As it was, behind a byte-order mark; without one, too, unless it begins with one."""
    data = text.encode()
    assert read_text(b"\xef\xbb\xbf" + data, "It") == text
    assert read_text(data, "It") == text.removeprefix("\ufeff")
    assert without_mark(data) == text.removeprefix("\ufeff").encode()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"caf\xe9", "It is not UTF-8: byte 3 is 0xE9. Save it as UTF-8."),
        (b"\xef\xbb\xbfcaf\xe9", "It is not UTF-8: byte 6 is 0xE9. Save it as UTF-8."),
        (b"\xff\xfea\x00", "It is UTF-16, not UTF-8. Save it as UTF-8."),
        (b"\xfe\xff\x00a", "It is UTF-16, not UTF-8. Save it as UTF-8."),
        (b"\xed\xa0\x80", "It is not UTF-8: byte 0 is 0xED. Save it as UTF-8."),
    ],
)
def test_what_is_no_text_is_told_with_its_byte(data: bytes, sentence: str) -> None:
    """Counted from the beginning of what was sent, its mark included."""
    with pytest.raises(TextError) as caught:
        read_text(data, "It")
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("data", "sentence", "field"),
    [
        (b'{"name": "ana",}', "The body is not valid JSON: trailing comma in object (byte 15).", None),
        (b'\xef\xbb\xbf{"name": "ana",}', "The body is not valid JSON: trailing comma in object (byte 18).", None),
        (b'{"name": "ana"', "The body is not valid JSON: it ends too early (byte 14).", None),
        (b"", "The body is not valid JSON: it ends too early (byte 0).", None),
        (b"nonsense", "The body is not valid JSON: invalid character (byte 4).", None),
        (b'{"name": "\\ud83c"}', "The body is not valid JSON: half of a surrogate pair stands alone (byte 10).", None),
        (b'{"name": "\\udf89\\ud83c"}', "The body is not valid JSON: half of a surrogate pair stands alone (byte 10).", None),
        (b"[1, 2]", "The body must be a JSON object, not an array.", None),
        (b'"x"', "The body must be a JSON object, not a string.", None),
        (b"null", "The body must be a JSON object, not null.", None),
        (b"true", "The body must be a JSON object, not a boolean.", None),
        (b"17", "The body must be a JSON object, not a number.", None),
        (b"{}", "Field 'name' is missing.", "name"),
        (b'{"name": 5}', "Field 'name' must be a string.", "name"),
        (b'{"name": "a", "number": "x"}', "Field 'number' must be a whole number or null.", "number"),
        (b'{"name": "a", "words": [1]}', "Field 'words' must be a string.", "words"),
        (b"[" * 100_000, "The body is nested too deeply.", None),
        (b'{"name": "a", "x": ' + b"[" * 100_000, "The body is nested too deeply.", None),
    ],
)  # fmt: skip
def test_what_is_wrong_with_json_is_told(data: bytes, sentence: str, field: str | None) -> None:
    """The JSON itself first, then the field."""
    error = explained(data)
    assert (str(error), error.field) == (sentence, field)


def test_json_that_is_no_text() -> None:
    """The byte of the whole, where the decoder knows only the place in a string."""
    with pytest.raises(TextError, match=r"The body is not UTF-8: byte 13 is 0xE9\. Send it as UTF-8\."):
        decode_json(b'{"name": "caf\xe9"}', Body, "The body")
    with pytest.raises(TextError, match="The body is UTF-16, not UTF-8"):
        decode_json('{"name": "ana"}'.encode("utf-16"), Body, "The body")


def test_a_mark_before_json_is_skipped() -> None:
    """As Windows tools write it."""
    assert decode_json(b'\xef\xbb\xbf{"name": "ana"}', Body, "The body") == Body("ana")


@given(st.binary(max_size=60))
def test_whatever_comes_is_decoded_or_explained(data: bytes) -> None:
    """Nothing but this program's own errors."""
    try:
        decode_json(data, Body, "The body")
    except TextError as error:
        assert str(error).endswith(".")


def test_lists_are_read_by_the_same_rules() -> None:
    """Of names to import: the byte at fault, and a mark that is skipped; UTF-16 of spreadsheets is taken."""
    for data in (b"\xef\xbb\xbfana\nben\n", "ana\nben\n".encode("utf-16")):
        assert [row.username for row in read_list(data, lambda _name: False).rows] == ["ana", "ben"]
    with pytest.raises(ImportRefused, match=r"The list is not UTF-8: byte 3 is 0xE9\. Save it"):
        read_list("josé\nben\n".encode("latin-1"), lambda _name: False)
