"""Schemas made from types."""

from __future__ import annotations

import pytest

from authws_desktop.protocol.schemas import example_of


def test_an_example_that_nothing_gives_is_missed() -> None:
    """A field of text without one would leave a document with an invented value."""
    schema = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    with pytest.raises(LookupError, match="A field has no example"):
        example_of(schema, {})


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"const": "x"}, "x"),
        ({"enum": ["a", "b"]}, "a"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, False),
        ({"type": "array", "items": {"type": "null"}}, [None]),
        ({"$ref": "#/components/schemas/User"}, "ana"),
    ],
)
def test_examples_are_made_of_their_parts(schema: dict[str, object], example: object) -> None:
    """The first choice of several."""
    assert example_of(schema, {"User": {"examples": ["ana"]}}) == example
