"""JSON's escapes (RFC 8259, section 7) read as the characters they stand for.

A sender may write any character as an escape; a person looks for the character.
"""

from __future__ import annotations

import re

_SURROGATE_PAIR = rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(_SURROGATE_PAIR + rb"|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)
_SHORT = {
    b'"': b'"',
    b"\\": b"\\",
    b"/": b"/",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
}


def unescape(payload: bytes) -> bytes:
    """Return a payload with every escape written as its character, in UTF-8.

    Half a surrogate pair, and what is no escape of JSON, stay as they are.
    """
    return _ESCAPE.sub(_character, payload)


def unescape_letters(payload: bytes) -> bytes:
    r"""Return a payload with its `\u` escapes of what can be seen read; the structure of the JSON stays.

    Quotes, backslashes and control characters stay escaped: without that, where a string ends could not be
    told any more.
    """
    return _ESCAPE.sub(_letter, payload)


def _character(found: re.Match[bytes]) -> bytes:
    escape = found[0]
    if escape[1:2] != b"u" or len(escape) == 2:
        return _SHORT.get(escape[1:], escape)
    code = int(escape[2:6], 16)
    if len(escape) == 12:
        code = 0x10000 + ((code - 0xD800) << 10) + (int(escape[8:], 16) - 0xDC00)
    elif 0xD800 <= code <= 0xDFFF:
        return escape
    return chr(code).encode()


def _letter(found: re.Match[bytes]) -> bytes:
    if len(found[0]) == 2:
        return b"/" if found[0] == rb"\/" else found[0]
    read = _character(found)
    return found[0] if read < b" " or read in (b'"', b"\\", b"\x7f") else read
