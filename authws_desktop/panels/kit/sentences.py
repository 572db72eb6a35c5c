"""Translates sentences of the modules without Qt, which speak English, into the language of the window.

What the server, the accounts and the settings say comes finished: "Port 4000 is in use by another program
(node)." It is also stored, and sent by other nodes. So it is looked up when it is shown: each sentence as it
stands, or by the pattern that it was made from, whose values then go into the translation. What is not found
stays as it was.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from authws_desktop.panels.kit.language import SPEECH, Catalogue
from authws_desktop.paths import resource_dir

_END = re.compile(r"(?<=[.?!]) (?=[A-Z“{])")
_FIELD = re.compile(r"\{(\w+)\}")
_QUOTED = re.compile(r"['“\"]\{(\w+)\}")
_DEEPEST = 3
"""Values may be sentences with values of their own; deeper ones stay English."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A sentence with values in it.

    Attributes:
        text: As in the catalogue: `Port {port} is in use by {who}.`
        matcher: Finds the values.
        literal: How much of it is fixed: the more, the surer a match.
        quoted: Names of values that stand in quotes: what people wrote, in no language.
    """

    text: str
    matcher: re.Pattern[str]
    literal: int
    quoted: frozenset[str]


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text, in the pieces in which the catalogues hold them."""
    return _END.split(text)


def pattern(text: str) -> Pattern:
    """Return the pattern for a text with names in braces."""
    parts, seen = [], set()
    for index, part in enumerate(_FIELD.split(text)):
        if index % 2 == 0:
            parts.append(re.escape(part))
        elif part in seen:
            parts.append(f"(?P={part})")
        else:
            seen.add(part)
            parts.append(f"(?P<{part}>.*?)")
    quoted = frozenset(_QUOTED.findall(text))
    return Pattern(text, re.compile("".join(parts), re.DOTALL), len(_FIELD.sub("", text)), quoted)


@functools.cache
def patterns() -> list[Pattern]:
    """Return all patterns, those with the most fixed text first."""
    try:
        texts = json.loads((resource_dir() / "languages" / "patterns.json").read_text("utf-8"))
    except (OSError, ValueError):  # then these sentences stay English
        return []
    return sorted(map(pattern, texts), key=lambda each: -each.literal)


def said(text: str) -> str:
    """Return sentences of the modules without Qt in the language of the window."""
    return _said(SPEECH.catalogue, text) if SPEECH.catalogue is not None and text else text


@functools.lru_cache(maxsize=1024)
def _said(catalogue: Catalogue, text: str) -> str:
    # Words of the settings are held as a whole, of however many sentences.
    if (found := catalogue.translate("", text)) is not None:
        return found
    return " ".join(_sentence(catalogue, each, _DEEPEST) for each in split_sentences(text))


def _sentence(catalogue: Catalogue, text: str, depth: int) -> str:
    if (found := catalogue.translate("", text)) is not None:
        return found
    if depth == 0:
        return text
    for each in patterns():
        match = each.matcher.fullmatch(text)
        if match is not None and (found := catalogue.translate("", each.text)) is not None:
            return _filled(found, each, match.groupdict(), functools.partial(_value, catalogue, depth))
    where, colon, what = text.partition(": ")
    if colon and what:  # "Allowed hosts: A host name has no blanks."
        said_of = " ".join(_sentence(catalogue, each, depth - 1) for each in split_sentences(what))
        return f"{_sentence(catalogue, where, depth - 1)}: {said_of}"
    return text


def _filled(text: str, by: Pattern, values: dict[str, str], translated: Callable[[str], str]) -> str:
    def fill(field: re.Match[str]) -> str:
        value = values.get(field[1])
        if value is None:
            return field[0]
        return value if field[1] in by.quoted else translated(value)

    return _FIELD.sub(fill, text)


def _value(catalogue: Catalogue, depth: int, value: str) -> str:
    # A single word may be a name: who is called Member stays that.
    return _sentence(catalogue, value, depth - 1) if " " in value else value
