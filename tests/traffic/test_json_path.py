"""Values within JSON by their path."""

from __future__ import annotations

import pytest

from authws_desktop.traffic.json_path import value_at, value_text


@pytest.mark.parametrize(
    ("payload", "path", "value"),
    [
        (b'{"a":{"b":"c"}}', "a.b", "c"),
        (b' [ [1, {"b": null}] ]', "0.1.b", None),
        (b'{"a":"\xff","b":1}', "b", 1),
        (b'{"a":{"b":[1]}}', "a", {"b": [1]}),
    ],
)
def test_a_value_is_found(payload: bytes, path: str, value: object) -> None:
    """Keys lead through objects, numbers through arrays; `null` is a value, and what lies beside is not read."""
    assert value_at(payload, path.split(".")) == (value,)


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        (b'{"a":1}', "b"),
        (b'{"a":1}', "a.b"),
        (b'{"a":[1]}', "a.1"),
        (b'{"a":[1]}', "a.-1"),
        (b'{"a":[1]}', "a.first"),
        (b'{"a":"\xff"}', "a"),
        (b'{"a":[1', "a"),
        (b"\xff\x00", "a"),
        (b"", "a"),
        (b'{"a":' + b"[" * 100_000, "a"),
    ],
)
def test_what_is_not_there_is_none(payload: bytes, path: str) -> None:
    """Neither another shape nor anything that is no JSON is an error."""
    assert value_at(payload, path.split(".")) is None


def test_texts_have_no_quotes() -> None:
    """What is shown is the text; all else is JSON."""
    assert [value_text(each) for each in ("a", 1.5, None, [1, "b"])] == ["a", "1.5", "null", '[1,"b"]']
