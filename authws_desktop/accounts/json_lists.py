"""Lists of accounts in JSON: an array of objects, an object that holds one, or one object a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from authws_desktop.accounts.errors import ImportRefused

_NO_LIST = "The list is JSON, but no list of objects with a name each."


def is_json(text: str) -> bool:
    """Tell whether a list is JSON rather than names."""
    return text.lstrip()[:1] in ("[", "{")


def json_rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number of each object, from 1, and its fields as text by folded name.

    Raises:
        ImportRefused: It is no such list.
    """
    for number, entry in enumerate(_entries(text), 1):
        if not isinstance(entry, dict):
            raise ImportRefused(_NO_LIST)
        fields = {str(name).strip().casefold(): _as_text(value) for name, value in entry.items()}
        yield number, fields


def _entries(text: str) -> list[Any]:
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return _lines(text)
    if isinstance(document, list):
        return document
    lists = [value for value in document.values() if isinstance(value, list)]
    # The one list in it, such as {"users": […]}; else it is one account.
    return lists[0] if len(lists) == 1 else [document]


def _lines(text: str) -> list[Any]:
    """Return one object a line, as database tools export them."""
    try:
        return [msgspec.json.decode(line) for line in text.splitlines() if line.strip()]
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise ImportRefused("The list begins like JSON and is none. Check its brackets and quotes.") from None


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else ""
