"""One reader for all text that comes in: bodies, frames, settings, `.env`, CSV.

All of it is UTF-8. A byte-order mark in front, as Windows tools write it, is skipped. What cannot be read is
told in the same sentences everywhere, with the byte at fault.
"""

from __future__ import annotations

import codecs
import re
from typing import TypeVar

import msgspec

from authws_desktop.errors import ProductError

T = TypeVar("T")
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MISSING = re.compile(r"missing required field `([^`]+)`")
_UNKNOWN = re.compile(r"unknown field `([^`]+)`")
_WRONG_KIND = re.compile(r"^Expected `([^`]+)`, got .* - at `\$\.([^`.\[]+)")
_PATH = re.compile(r"^(.+) - at `\$\.([^`.\[]+)")
_HALF_PAIR = re.compile(rb"(?<!\\)(?:\\\\)*\\u(?:d[89ab]..(?!\\ud[c-f])|d[c-f]..)", re.IGNORECASE)
_KIND_WORDS = {
    "str": "a string",
    "bool": "a boolean",
    "int": "a whole number",
    "float": "a number",
    "object": "an object",
    "array": "an array",
    "null": "null",
}
_VALUE_WORDS = {list: "an array", str: "a string", bool: "a boolean", type(None): "null"}


class TextError(ProductError):
    """A text cannot be read; `str()` says what is the matter with it, and where."""


class JsonError(TextError):
    """JSON cannot be read, or is not what is wanted.

    Attributes:
        field: The field at fault, if one is.
    """

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


def without_mark(data: bytes) -> bytes:
    """Return bytes without the byte-order mark of UTF-8 at their beginning."""
    return data.removeprefix(codecs.BOM_UTF8)


SAVE_IT = "Save it as UTF-8."
SEND_IT = "Send it as UTF-8."


def read_text(data: bytes, what: str, advice: str = SAVE_IT) -> str:
    """Return bytes as text.

    Args:
        data: UTF-8, with or without a byte-order mark.
        what: Begins the sentence of the error, such as `The file hub.csv`.
        advice: Ends it: what to do.

    Raises:
        TextError: It is not UTF-8.
    """
    try:
        return without_mark(data).decode()
    except UnicodeDecodeError as error:
        raise TextError(f"{_not_utf8(data, error, what)} {advice}") from None


def _not_utf8(data: bytes, error: UnicodeDecodeError, what: str) -> str:
    if data.startswith(UTF16_MARKS):
        return f"{what} is UTF-16, not UTF-8."
    mark = len(data) - len(without_mark(data))
    byte = error.object[error.start]
    return f"{what} is not UTF-8: byte {error.start + mark} is 0x{byte:02X}."


def decode_json(data: bytes, kind: type[T], what: str) -> T:
    """Return JSON, decoded and checked.

    Args:
        data: UTF-8, with or without a byte-order mark.
        kind: The type that it is decoded to.
        what: Begins the sentence of an error, such as `The body`.

    Raises:
        TextError: It is not UTF-8.
        JsonError: It is not JSON, or not of this kind.
    """
    try:
        return msgspec.json.decode(without_mark(data), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise explain_json(data, error, what) from None


def explain_json(data: bytes, error: Exception, what: str) -> TextError:
    """Return why JSON was refused, in words.

    Args:
        data: What was decoded.
        error: What msgspec raised.
        what: Begins the sentence, such as `The message`.
    """
    if isinstance(error, RecursionError):
        return JsonError(f"{what} is nested too deeply.")
    try:
        # msgspec tells the place within a string only, and passes over fields it does not know.
        read_text(data, what, SEND_IT)
    except TextError as not_text:
        return not_text
    # What is wrong with the whole comes first: a field means nothing in what is no JSON.
    return _explain_syntax(data, what) or _explain_field(str(error), what)


def _explain_syntax(data: bytes, what: str) -> JsonError | None:
    """Return what is wrong with the JSON itself, or with its being no object; `None` if nothing is."""
    text = without_mark(data)
    try:
        # In place of the mark stand blanks, so that places are counted from the beginning.
        value = msgspec.json.decode(b" " * (len(data) - len(text)) + text)
    except RecursionError:
        return JsonError(f"{what} is nested too deeply.")
    except msgspec.DecodeError as error:
        detail = str(error).removeprefix("JSON is malformed: ")
        if "truncated" in detail or "surrogate" in detail:
            detail = f"it ends too early (byte {len(data)})"
            if (half := _HALF_PAIR.search(data)) is not None:  # msgspec says the one or the other
                detail = f"half of a surrogate pair stands alone (byte {half.start()})"
        return JsonError(f"{what} is not valid JSON: {detail}.")
    if not isinstance(value, dict):
        return JsonError(f"{what} must be a JSON object, not {_VALUE_WORDS.get(type(value), 'a number')}.")
    return None


def _explain_field(detail: str, what: str) -> JsonError:
    if (missing := _MISSING.search(detail)) is not None:
        return JsonError(f"Field '{missing[1]}' is missing.", missing[1])
    if (unknown := _UNKNOWN.search(detail)) is not None:
        return JsonError(f"There is no field '{unknown[1]}' here.", unknown[1])
    if (wrong := _WRONG_KIND.search(detail)) is not None:
        words = " or ".join(_KIND_WORDS.get(each, each) for each in wrong[1].split(" | "))
        return JsonError(f"Field '{wrong[2]}' must be {words}.", wrong[2])
    if (other := _PATH.search(detail)) is not None:
        return JsonError(f"Field '{other[2]}': {other[1].replace('`', '')}.", other[2])
    return JsonError(f"{what}: {detail.replace('`', '')}.")
