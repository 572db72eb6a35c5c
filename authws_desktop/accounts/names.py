"""Which usernames and passwords are allowed, and when two usernames are the same.

Usernames:

- 2 to 64 characters in NFC, and also in NFKC (there, one character may become a whole phrase); one
  character where it is Han, Hangul or Kana.
- Letters and decimal digits of any script, `. _ - @ + '`, and single blanks inside (the wide one of
  Japanese keyboards too). Nothing else: no symbols, control or invisible characters (fillers, variation
  selectors), no unassigned code points.
- The two joiners only where they change what is seen: UTS #46 CONTEXTJ (RFC 5892 appendix A.1, A.2).
- Combining marks only behind a letter, at most eight to a letter, and no enclosing ones.
- One script in a word, with the two exceptions that everyday names need: Latin may stand beside the
  scripts of Japanese, Korean or Chinese writing. This is the level "highly restrictive" of Unicode
  UTS #39 section 5.2; it refuses Latin mixed with Cyrillic or Greek look-alikes. Decimal digits come
  from one system (UTS #39 section 5.3).
- Two names are the same when their keys are: NFKC, case folding, NFKC, without joiners (Unicode section
  3.13, D146: what cannot be seen makes no other name).

The script of a character is read from its Unicode name, as Python has no table of scripts; marks that
belong to every script are named "COMBINING ...".

Passwords: 8 to 1,024 characters (NIST SP 800-63B section 5.1.1.2 asks for at least 8 and 64; the host may
set another minimum), any Unicode, compared after NFC.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import idna

from authws_desktop.accounts.errors import InvalidField
from authws_desktop.protocol.limits import (
    PASSWORD_MAX_CHARS,
    PASSWORD_MIN_CHARS,
    USERNAME_MAX_CHARS,
    USERNAME_MIN_LETTERS,
)

RESERVED_NAMES = frozenset(
    {"server", "system", "host", "admin", "administrator", "moderator", "root", "support"}
    | {"authws", "authwsdesktop", "everyone", "all", "nobody", "anonymous", "null", "undefined"}
)
"""Names that would speak for the server; compared by key without punctuation and blanks."""

MAX_MARKS_PER_LETTER = 8
"""Stacks of marks would run over the lines above and below."""
TYPED_MAX_CHARS = USERNAME_MAX_CHARS * 5
"""The longest way to write a username: a letter may be typed with four marks that become one character."""
LABEL_MAX_CHARS = 64
"""Of addresses, names of programs and other labels that clients choose; longer ones are cut."""

_PUNCTUATION = frozenset("._-@+'")
_BLANKS = frozenset(" \u3000")
_JOINERS = frozenset("\u200c\u200d")
_SHORT_SCRIPTS = frozenset({"HAN", "HANGUL", "HIRAGANA", "KATAKANA"})
# Letters and marks that show nothing (Unicode property Default_Ignorable_Code_Point, categories L and M).
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {
    chr(code) for start, end in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for code in range(start, end + 1)
}  # fmt: skip
_COMMON = "Common"
# First words of Unicode names whose script has another name.
_SCRIPT_OF_WORD = {
    "COMBINING": _COMMON,
    "MODIFIER": _COMMON,
    "DIGIT": _COMMON,
    "CJK": "HAN",
    "IDEOGRAPHIC": "HAN",
    "KATAKANA-HIRAGANA": _COMMON,
    "VERTICAL": "HIRAGANA",
    "ARABIC-INDIC": "ARABIC",
    "EXTENDED": "ARABIC",
    "TURNED": "LATIN",
    "ROMAN": "LATIN",
}
_MIXES = (
    frozenset({"LATIN", "HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "HAN", "HANGUL"}),
    frozenset({"LATIN", "HAN", "BOPOMOFO"}),
)


def fold(name: str) -> str:
    """Return the key of a username: equal keys mean the same user."""
    seen = "".join(character for character in name if character not in _JOINERS)
    # Twice, as D146 has it: what one pass makes may fold once more.
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())
    return unicodedata.normalize("NFKC", once.casefold())


@lru_cache(maxsize=4096)  # every direct message looks its recipient up
def lookup_key(name: str) -> str:
    """Return the key to look a name up by; empty for a text that cannot be anybody's."""
    is_possible = len(name) <= TYPED_MAX_CHARS and "\0" not in name and not _has_surrogate(name)
    return fold(name) if is_possible else ""


def check_username(name: str, *, allow_reserved: bool = False) -> str:
    """Check a username that is to be given to an account.

    Args:
        name: As typed.
        allow_reserved: Whether names like "admin" may be used (by the host, for the host).

    Returns:
        Its key.

    Raises:
        InvalidField: The name breaks a rule; the message says which.
    """
    composed, plain = _normal_forms(name)
    _check_characters(composed)
    _check_characters(plain)
    _check_scripts(plain)
    key = fold(name)
    # "ad.min" reads like "admin" in a list of users.
    bare = "".join(c for c in key if c not in _PUNCTUATION and c not in _BLANKS)
    if not allow_reserved and bare in RESERVED_NAMES:
        raise _refused(f"The username '{name}' is reserved for the server. Choose another one.")
    return key


def _normal_forms(name: str) -> tuple[str, str]:
    """Return NFC and NFKC of a name; the work is bounded whatever its length."""
    start = name[: TYPED_MAX_CHARS + 1]
    composed, plain = unicodedata.normalize("NFC", start), unicodedata.normalize("NFKC", start)
    for form in (start if len(start) > TYPED_MAX_CHARS else composed, plain):
        is_short_name = len(form) == 1 and _script(form) in _SHORT_SCRIPTS
        if not USERNAME_MIN_LETTERS <= len(form) <= USERNAME_MAX_CHARS and not is_short_name:
            raise _refused(
                f"The username must have {USERNAME_MIN_LETTERS} to {USERNAME_MAX_CHARS} characters."
            )
    return composed, plain


def _refused(message: str) -> InvalidField:
    return InvalidField("username", message)


def _check_characters(name: str) -> None:
    marks_left = 0
    for place, character in enumerate(name):
        if character in _BLANKS:
            _check_blank(name, place)
        if character in _JOINERS:
            _check_joiner(name, place)
            continue
        category = unicodedata.category(character)
        if category in ("Mn", "Mc") and character not in _INVISIBLE:
            if marks_left == 0:
                raise _refused(
                    "The username has a combining mark that does not belong to a letter, "
                    f"or more than {MAX_MARKS_PER_LETTER} on one letter."
                )
            marks_left -= 1
            continue
        marks_left = MAX_MARKS_PER_LETTER if category[0] == "L" else 0
        if not _is_allowed(character, category):
            raise _refused(
                "The username must consist of letters, digits, single blanks and . _ - @ + ' "
                f"but has {_describe(character, category)}."
            )


def _check_blank(name: str, place: int) -> None:
    beside = (name[place - 1] if place else " ", name[place + 1] if place + 1 < len(name) else " ")
    if any(character in _BLANKS for character in beside):
        raise _refused("The username has a blank at its start or end, or two beside each other.")


def _check_joiner(name: str, place: int) -> None:
    try:
        is_seen = idna.core.valid_contextj(name, place)
    except ValueError:  # beside a code point that this version of Unicode does not know
        is_seen = False
    if not is_seen:
        raise _refused(
            f"The username has the invisible joiner U+{ord(name[place]):04X} where it joins nothing."
        )


def _is_allowed(character: str, category: str) -> bool:
    if character in _INVISIBLE:
        return False
    return category[0] == "L" or category == "Nd" or character in _PUNCTUATION | _BLANKS


def _describe(character: str, category: str) -> str:
    code = f"U+{ord(character):04X}"
    if category[0] == "C" or category in ("Zl", "Zp", "Me") or character in _INVISIBLE:
        return f"the control or invisible character {code}"
    return f"'{character}' ({code})"


def _script(character: str) -> str:
    if character in _PUNCTUATION or character in _BLANKS or character in _JOINERS:
        return _COMMON
    word = unicodedata.name(character, "UNKNOWN").split(" ", 1)[0]
    return _SCRIPT_OF_WORD.get(word, word)


def _check_scripts(name: str) -> None:
    for word in name.split():
        scripts = {_script(character) for character in word} - {_COMMON}
        if len(scripts) > 1 and not any(scripts <= mix for mix in _MIXES):
            listed = " and ".join(sorted(script.capitalize() for script in scripts))
            raise _refused(f"The username mixes letters of {listed}, which can look alike. Use one script.")
    # A system's ten digits stand in a row, so that its zero names it.
    zeros = {ord(c) - unicodedata.decimal(c) for c in name if unicodedata.category(c) == "Nd"}
    if len(zeros) > 1:
        raise _refused("The username mixes digits of different scripts. Use one kind.")


def check_password(password: str, *, field: str = "password", least_chars: int = PASSWORD_MIN_CHARS) -> None:
    """Check a password that is to be given to an account.

    Args:
        password: As typed.
        field: The name of its field, for the error.
        least_chars: The host's setting.

    Raises:
        InvalidField: It is too short, too long, or not text (a lone surrogate).
    """
    what = "The new password" if field == "newPassword" else "The password"
    if not least_chars <= len(password) <= PASSWORD_MAX_CHARS:
        limits = f"{least_chars} to {PASSWORD_MAX_CHARS:,} characters"
        raise InvalidField(field, f"{what} must have {limits}.")
    if _has_surrogate(password):
        raise InvalidField(field, f"{what} contains half a character (a lone surrogate).")


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def clean_label(text: str) -> str:
    """Return text from outside (an address, an app's name) fit for storing and showing.

    Control, invisible and unassigned characters are left out; at most 64 characters are kept.
    """
    # Cut before the work: a `User-Agent` may fill a request head.
    shown = (c for c in text[: LABEL_MAX_CHARS * 4] if unicodedata.category(c)[0] != "C")
    return "".join(shown).strip()[:LABEL_MAX_CHARS]
