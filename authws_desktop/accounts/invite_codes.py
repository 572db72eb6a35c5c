"""Invitation codes: impossible to guess, easy to read out and to type."""

from __future__ import annotations

import secrets
import unicodedata

from authws_desktop.accounts.password_strength import ALPHABET

GROUPS, GROUP_CHARS = 3, 4
CODE_CHARS = GROUPS * GROUP_CHARS
"""Twelve characters of an alphabet of 31: 59 bits, behind a throttle that allows a few guesses a minute."""
_TYPED_MAX_CHARS = 64


def new_code() -> str:
    """Return a random code in its folded form."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_CHARS))


def fold_code(typed: str) -> str:
    """Return the form in which codes are compared: without case, width, spaces and dashes."""
    # Cut before the work, as strangers type it; NFKC reads full-width letters of Asian keyboards.
    plain = unicodedata.normalize("NFKC", typed[:_TYPED_MAX_CHARS]).casefold()
    return "".join(character for character in plain if character.isascii() and character.isalnum())


def in_groups(code: str) -> str:
    """Return a folded code as it is shown, such as `k7mq-x2pd-9rtc`."""
    return "-".join(code[start : start + GROUP_CHARS] for start in range(0, len(code), GROUP_CHARS))
