"""Makes a user's text harmless to look at: what cannot be seen, or moves what can, is written out.

Control characters (ANSI escapes begin with one), bidirectional overrides, zero-width characters and lone
surrogates become visible escapes. HTML needs nothing here: no widget that shows a user's text takes rich
text.
"""

from __future__ import annotations

import html
import re
from unicodedata import bidirectional

_HIDDEN_CLASS = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{_HIDDEN_CLASS}]")
_LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\0": r"\0", "\x1b": r"\e"}


def visible(text: str) -> str:
    """Return a text on one line, with nothing hidden in it.

    Args:
        text: Anything.
    """
    return _HIDDEN.sub(_write_out, text)


def numbered(name: str, number: int) -> str:
    """Return a name with the number of a connection behind it, whatever direction its letters run.

    Args:
        name: Visible.
        number: From 1.
    """
    # Without the mark, a number after right-to-left letters is shown before them.
    is_rtl = not name.isascii() and any(bidirectional(letter) in ("R", "AL") for letter in name)
    return f"{name}{_LEFT_TO_RIGHT if is_rtl else ''} #{number}".strip()


def as_tip(text: str) -> str:
    """Return a text for a tool tip: Qt would take what looks like HTML in it for such.

    Args:
        text: Visible, of several lines.
    """
    return f'<p style="white-space:pre-wrap">{html.escape(text)}</p>' if text else ""


def visible_lines(text: str) -> str:
    """Return a text with its line ends and tabs kept, and nothing else hidden in it."""
    return _HIDDEN.sub(lambda found: found[0] if found[0] in "\n\t" else _write_out(found), text)


def preview(payload: bytes, limit: int) -> str:
    """Return the beginning of a payload on one line.

    Args:
        payload: UTF-8 or not; bytes that are not are written as escapes.
        limit: Bytes looked at.
    """
    if len(payload) <= limit:
        return visible(payload.decode("utf-8", "backslashreplace"))
    # A character cut in two at the end is not an error of the payload.
    return visible(payload[:limit].decode("utf-8", "backslashreplace").rstrip("\\xcedf0123456789ab")) + "…"


def _write_out(found: re.Match[str]) -> str:
    character = found[0]
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
