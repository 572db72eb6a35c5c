"""Checks of texts that fit a setting's limits, yet can never work."""

import re

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def key_place(text: str) -> str:
    """Return where keys are had from, as written.

    Raises:
        ValueError: Keys cannot be had from there.
    """
    scheme, separator, rest = text.partition("://")
    if separator and (scheme.casefold() not in ("https", "http") or not rest.strip("/")):
        raise ValueError(
            "Keys come from a file, or from an address such as https://login.example.org/.well-known/jwks.json."
        )
    return text


def language_tag(text: str) -> str:
    """Return a BCP 47 language tag as written, or nothing.

    Raises:
        ValueError: It is none.
    """
    if text and _LANGUAGE.fullmatch(text) is None:
        raise ValueError("A language is written as a short code, such as en, de or pt-BR.")
    return text
