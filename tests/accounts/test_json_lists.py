"""Lists of accounts in JSON."""

from __future__ import annotations

import pytest

from authws_desktop.accounts.errors import ImportRefused
from authws_desktop.accounts.json_lists import is_json, json_rows


@pytest.mark.parametrize(
    "text",
    [
        '[{"name":"ana","id":7},{"name":"ben","id":8}]',
        '{"users":[{"name":"ana","id":7},{"name":"ben","id":8}],"total":2}',
        '{"name":"ana","id":7}\n\n{"name":"ben","id":8}\n',
        ' [{" NAME ":"ana","Id":7},{"name":"ben","id":8}]',
    ],
)
def test_the_forms_that_tables_are_exported_in(text: str) -> None:
    """An array, an object that holds one, one object a line; names of fields are folded, numbers are text."""
    assert is_json(text)
    assert list(json_rows(text)) == [(1, {"name": "ana", "id": "7"}), (2, {"name": "ben", "id": "8"})]


def test_one_object_is_one_account() -> None:
    """What is no text and no number is nothing."""
    text = '{"name":"ana","tags":["a"],"more":[1],"active":true,"none":null,"x":1.5}'
    (row,) = json_rows(text)
    assert {name for name, value in row[1].items() if value} == {"name"}


@pytest.mark.parametrize(
    "text", ["[1, 2]", '["ana"]', "{", '[{"name":"ana"}', "{}x", "[" * 100_000, '{"a": "\ud800"}']
)
def test_what_is_no_list_is_refused(text: str) -> None:
    """With a sentence, and whatever its form."""
    with pytest.raises(ImportRefused, match="JSON"):
        list(json_rows(text))


@pytest.mark.parametrize("text", ["ana\nben", "", '"ana","x"'])
def test_names_are_no_json(text: str) -> None:
    """CSV stays CSV."""
    assert not is_json(text)
