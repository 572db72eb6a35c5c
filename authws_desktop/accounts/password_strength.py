"""Estimates how hard a password is to guess, and generates passwords."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""For generated passwords: nothing that looks like something else on paper (i l o 0 1)."""
GROUPS, GROUP_CHARS = 4, 4
"""Sixteen characters of an alphabet of 31: 79 bits."""

_CHECKED_CHARS = 72
"""zxcvbn refuses longer passwords, as its time grows with the square; a prefix can only look weaker."""


class Strength(IntEnum):
    """zxcvbn's score, in words of ours."""

    VERY_WEAK = 0
    WEAK = 1
    FAIR = 2
    GOOD = 3
    STRONG = 4


@dataclass(frozen=True)
class StrengthReport:
    """The estimate for one password.

    Attributes:
        strength: How hard it is to guess, in five steps.
        advice: A sentence that helps to choose a better one; empty for a good one.
    """

    strength: Strength
    advice: str


def measure_strength(password: str, known: Iterable[str] = ()) -> StrengthReport:
    """Estimate how hard a password is to guess.

    Args:
        password: Not empty.
        known: What a guesser knows of the person: the account's name, the server's.
    """
    from zxcvbn import zxcvbn  # here: its word lists are large, and no window needs them at its start

    prefix = password[:_CHECKED_CHARS]
    found: dict[str, Any] = zxcvbn(prefix, user_inputs=[each for each in known if each])
    strength = Strength(found["score"])
    feedback = found["feedback"]
    sentences = [feedback["warning"], *feedback["suggestions"][:1]]
    advice = " ".join(_sentence(each) for each in sentences if each)
    return StrengthReport(strength, advice if strength < Strength.GOOD else "")


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def generate_password() -> str:
    """Return a random password that is easy to read out and to type, such as `k7mq-x2pd-9rtc-w4hn`."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_CHARS)) for _ in range(GROUPS))
    return "-".join(groups)
