"""Makes a user's text harmless to look at: what cannot be seen, or moves what can, is written out.

Control characters (ANSI escapes begin with one), bidirectional overrides, zero-width characters and lone
surrogates become visible escapes; emoji that are joined of several stay what they are. HTML needs nothing
here: no widget that shows a user's text takes rich text.
"""

from __future__ import annotations

import codecs
import html
import re
from unicodedata import bidirectional

from authws_desktop.traffic.json_escapes import unescape_letters

_HIDDEN_CLASS = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\U000e0000-\U000e0fff"
)
_HIDDEN = re.compile(f"[{_HIDDEN_CLASS}]")
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
    "\ufe0f?[\U0001f3fb-\U0001f3ff]?"
)
# Between pictures a joiner, and behind one a selector, are part of an emoji (UTS 51): a family, a flag, a
# keycap. They hide nothing, as each belongs to what is seen; alone they are written out like the others.
_EMOJI_OR_HIDDEN = re.compile(
    "(\U0001f3f4\U000e0067\U000e0062"  # the flags of England, Scotland and Wales
    "(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074|\U000e0077\U000e006c\U000e0073)\U000e007f"
    f"|{_PICTURE}(?:\u200d{_PICTURE})*|[0-9#*]\ufe0f\u20e3)|[{_HIDDEN_CLASS}]"
)
_CUT_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_new_decoder = codecs.getincrementaldecoder("utf-8")
LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
"""Stands between letters that run the other way and the number behind them."""
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t", "\0": r"\0", "\x1b": r"\e"}


def visible(text: str) -> str:
    """Return a text on one line, with nothing hidden in it.

    Args:
        text: Anything.
    """
    return _shown(text, "")


def _shown(text: str, kept: str) -> str:
    """Write out what is hidden, except some characters, and those that belong to an emoji."""
    if (text.isascii() and text.isprintable()) or _HIDDEN.search(text) is None:
        return text

    def write_out(found: re.Match[str]) -> str:
        return found[1] or (found[0] if found[0] in kept else _write_out(found))

    return _EMOJI_OR_HIDDEN.sub(write_out, text)


def numbered(name: str, number: int) -> str:
    """Return a name with the number of a connection behind it, whatever direction its letters run.

    Args:
        name: Visible.
        number: From 1.
    """
    # Without the mark, a number after right-to-left letters is shown before them.
    is_rtl = not name.isascii() and any(bidirectional(letter) in ("R", "AL") for letter in name)
    return f"{name}{LEFT_TO_RIGHT if is_rtl else ''} #{number}".strip()


def as_tip(text: str) -> str:
    """Return a text for a tool tip: Qt would take what looks like HTML in it for such.

    Args:
        text: Visible, of several lines.
    """
    return f'<p style="white-space:pre-wrap">{html.escape(text)}</p>' if text else ""


def visible_lines(text: str) -> str:
    """Return a text with its line ends and tabs kept, and nothing else hidden in it."""
    return _shown(text, "\n\t")


def preview(payload: bytes, limit: int) -> str:
    """Return the beginning of a payload on one line, its letters read where JSON escapes them.

    Args:
        payload: UTF-8 or not; bytes that are not are written as escapes.
        limit: Bytes looked at.
    """
    is_whole = len(payload) <= limit
    beginning = payload if is_whole else _CUT_ESCAPE.sub(b"", payload[:limit])
    if b"\\" in beginning:
        beginning = unescape_letters(beginning)
    # A character cut in two at the end is not an error of the payload: the decoder waits for its rest.
    text = _new_decoder("backslashreplace").decode(beginning, is_whole)
    return visible(text) if is_whole else f"{visible(text)}…"


def _write_out(found: re.Match[str]) -> str:
    character = found[0]
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
