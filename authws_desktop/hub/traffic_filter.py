r"""The filter language of the traffic view.

    filter = { term }                                  a row is shown if every term holds
    term   = [ "!" ] ( field | size | regex | word )   "!" negates
    field  = name ":" value { "," value }              user, type, dir, ip, conn, code, to; any of the values
    size   = "size" ( ">" | "<" ) digits [ "k" | "m" ] bytes, KiB, MiB
    regex  = "/" expression "/"                        searched in the content
    word   = value                                     contained in the content
    value  = characters without blanks | '"' characters '"'

Case does not matter. A field's value is compared whole; `*` stands for any characters (`ip:192.168.*`;
`user:*` is anyone logged in). In quotes `*`, `,`, `!`, `:` and blanks are plain; `\"` is a quote. The
content is a row's payload and its sentence. `code:AUTH_ERROR` finds `AUTH_ERROR/expired` too.
Example: `user:ana,ben type:direct size>1k !/ping|pong/ "good morning"`.
"""

from __future__ import annotations

import re

from authws_desktop.hub.filter_checks import FIELDS, Predicate, contains, equals, plain, value_problem
from authws_desktop.hub.safe_regex import SafeRegex
from authws_desktop.hub.traffic import Record

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_VALUE = rf'(?:{_QUOTED}|[^\s,"]+)'
_TERM = re.compile(
    rf"""(?P<negated>!?)(?:
        size(?P<relation>[<>])(?P<amount>\S*)
      | (?P<name>[A-Za-z]+):(?P<values>{_VALUE}?(?:,{_VALUE})*,?)
      | /(?P<regex>(?:[^/\\]|\\.)+)/
      | (?P<word>{_QUOTED}|[^\s"/!][^\s]*)
    )(?=\s|$)""",
    re.VERBOSE,
)
_UNIT = {"": 1, "k": 1024, "m": 1024 * 1024}


class FilterError(ValueError):
    """The filter is wrong.

    Attributes:
        position: Index of the character where.
        sentence: What is wrong and what to write instead.
    """

    def __init__(self, position: int, sentence: str) -> None:
        super().__init__(sentence)
        self.position = position
        self.sentence = sentence


class TrafficFilter:
    """A compiled filter; call it with a record.

    Attributes:
        text: As typed.
        is_empty: Whether it lets everything through.
    """

    def __init__(self, text: str) -> None:
        """Compile a filter.

        Raises:
            FilterError: Its syntax is wrong.
        """
        self.text = text
        self._regexes: list[SafeRegex] = []
        self._checks: list[Predicate] = []
        position = len(text) - len(text.lstrip())
        while position < len(text):
            term = _TERM.match(text, position)
            if term is None:
                raise _explain(text, position)
            self._checks.append(self._compile(term))
            rest = text[term.end() :]
            position = term.end() + len(rest) - len(rest.lstrip())
        self.is_empty = not self._checks

    @property
    def skipped(self) -> int:
        """How many rows were too long for a regular expression."""
        return sum(regex.skipped for regex in self._regexes)

    def __call__(self, record: Record) -> bool:
        """Return whether the record passes."""
        for check in self._checks:  # noqa: SIM110 - all() with a generator costs three times as much
            if not check(record):
                return False
        return True

    def _compile(self, term: re.Match[str]) -> Predicate:
        if term["relation"]:
            check = _size(term)
        elif term["name"]:
            check = _field(term)
        elif term["regex"]:
            check = self._regex(term)
        else:
            check = contains(plain(term["word"]))
        return (lambda record: not check(record)) if term["negated"] else check

    def _regex(self, term: re.Match[str]) -> Predicate:
        try:
            regex = SafeRegex(term["regex"].replace(r"\/", "/"))
        except ValueError as error:
            raise FilterError(term.start("regex"), str(error)) from error
        self._regexes.append(regex)
        search = regex.search
        return lambda record: search(record.payload.decode("utf-8", "replace")) or search(record.detail)


def _size(term: re.Match[str]) -> Predicate:
    amount = re.fullmatch(r"(\d{1,15})([kmKM]?)[bB]?", term["amount"])
    if amount is None:
        raise FilterError(term.start("amount"), "A size is a number of bytes, such as size>200 or size<10k.")
    limit = int(amount[1]) * _UNIT[amount[2].lower()]
    if term["relation"] == ">":
        return lambda record: record.size_bytes > limit
    return lambda record: record.size_bytes < limit


def _field(term: re.Match[str]) -> Predicate:
    name, start = term["name"].lower(), term.start("name")
    if name not in FIELDS:
        names = ", ".join(f"{each}:" for each in FIELDS)
        raise FilterError(
            start, f"There is no field “{name}:”. Fields: {names}. To search for the text, quote it."
        )
    found = list(re.finditer(_VALUE, term["values"]))
    if not found:
        raise FilterError(term.end("name") + 1, f"Write a value after “{name}:”.")
    for value in found:
        if problem := value_problem(name, value[0]):
            raise FilterError(term.start("values") + value.start(), problem)
    return equals(name, [value[0].casefold() for value in found])


def _explain(text: str, position: int) -> FilterError:
    start = position + (text[position] == "!")
    if text[start : start + 1] == "/":
        sentence = (
            "A regular expression stands between two slashes, /like this/. To search for a path, quote it."
        )
    elif text.count('"', position) % 2:
        sentence = "The closing quote is missing."
    elif start == len(text):
        sentence = "Write what to leave out after “!”."
    else:
        sentence = "Write a blank after the quoted text."
    return FilterError(position, sentence)
