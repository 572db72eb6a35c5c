r"""The filter language of the traffic view.

    filter = terms { "or" terms }                        a row is shown if all of some terms hold
    terms  = term { term }
    term   = [ "!" | "-" ] ( field | path | size | took | time | regex | word )   "!" and "-" negate
    field  = name ( ":" | "=" ) value { "," value }      user, type, dir, ip, conn, code, to, node, is
    path   = key "." key { "." key } ( ":" | "=" ) value { "," value }   a value within the payload's JSON
    size   = "size" ( ">" | "<" ) digits [ "k" | "m" ]   bytes, KiB, MiB
    took   = "took" ( ">" | "<" ) number [ "ms" | "s" ]  until the last recipient's write; ms without a unit
    time   = "time" ( ">" | "<" ) clock                  local time of day, such as 20:41 or 20:41:05
    regex  = "/" expression "/"                          RE2's syntax, searched in the content
    word   = value                                       contained in the content
    value  = characters without blanks | '"' characters '"'

Case does not matter. A field's value is compared whole; any one of several will do, and `*` stands for
any characters (`ip:192.168.*`; `user:*` is anyone logged in). In quotes `*`, `,`, `!`, `:` and blanks are
plain; `\"` is a quote. The content is a row's payload, as it came and with JSON's escapes read, and its
sentence. `code:AUTH_ERROR` finds `AUTH_ERROR/expired` too. What nearly is a term (`and`, `x>1`,
`colour=red`) is a mistake and no word; in quotes it is one. `-5` is a word, as numbers are.
Example: `user:ana,ben type:direct size>1k !/ping|pong/ "good morning"`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import re2

from authws_desktop.errors import ProductError
from authws_desktop.traffic.filter_checks import (
    FIELDS,
    Predicate,
    at_path,
    contains,
    equals,
    plain,
    second_of_day,
    texts,
    value_problem,
)
from authws_desktop.traffic.record import Record

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_VALUE = rf'(?:{_QUOTED}|[^\s,"]+)'
_TERM = re.compile(
    rf"""(?P<negated>!|-(?![\d.]|\s|$))?(?:
        (?P<measure>[A-Za-z]+)(?P<relation>[<>])(?P<amount>\S*)
      | (?P<name>[A-Za-z]+|[A-Za-z_]\w*(?:\.\w+)+)[:=](?P<values>{_VALUE}?(?:,{_VALUE})*,?)
      | /(?P<regex>(?:[^/\\]|\\.)+)/
      | (?P<word>{_QUOTED}|[^\s"/!][^\s]*)
    )(?=\s|$)""",
    re.VERBOSE,
)
_UNIT = {"": 1, "k": 1024, "m": 1024 * 1024}
_MEANT = {
    "and": "Terms side by side must all hold: leave out “and”, or quote it to search for the word.",
    "not": "Write “!” before what to leave out, or quote “not” to search for the word.",
    "&&": "Terms side by side must all hold: leave out “&&”.",
    "&": "Terms side by side must all hold: leave out “&”.",
    "||": "Write “or” between two filters.",
    "|": "Write “or” between two filters.",
}
"""Words of other filter languages, and what to write here."""


class FilterError(ProductError):
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
        names_type: Whether it asks for rows of a type by its name.
    """

    def __init__(self, text: str) -> None:
        """Compile a filter.

        Raises:
            FilterError: Its syntax is wrong.
        """
        self.text = text
        self._checks: list[Predicate] = []
        self._quick: list[Predicate] = []
        self._others: list[list[Predicate]] = []
        self.names_type = False
        position = len(text) - len(text.lstrip())
        while position < len(text):
            term = _TERM.match(text, position)
            if term is None:
                raise _explain(text, position)
            if text[position : term.end()].casefold() == "or":
                self._begin_alternative(position)
            else:
                self._checks.append(check := _compile(term))
                if term["relation"] or (term["name"] and "." not in term["name"]):
                    self._quick.append(check)
                if (term["name"] or "").lower() == "type" and not term["negated"]:
                    self.names_type = True
            rest = text[term.end() :]
            position = term.end() + len(rest) - len(rest.lstrip())
        if self._others and not self._checks:
            raise FilterError(len(text), "Write a filter after “or”.")
        self.is_empty = not self._checks
        if self._others:  # what one alternative leaves out, another may want
            self._quick = []

    def _begin_alternative(self, position: int) -> None:
        if not self._checks:
            raise FilterError(position, "Write a filter before “or”, or quote it to search for the word.")
        self._others.append(self._checks)
        self._checks = []

    @property
    def terms(self) -> int:
        """How many terms it has; of alternatives, the longest one."""
        return max(len(checks) for checks in (self._checks, *self._others))

    def narrow(self, records: list[Record]) -> list[Record]:
        """Return records without those that fields alone rule out; what is left may still not pass.

        Whatever their payloads hold, that costs some hundred nanoseconds each and needs no clock.

        Args:
            records: Any number.
        """
        for check in self._quick:
            records = [record for record in records if check(record)]
        return records

    def score(self, record: Record) -> int:
        """Return how many of the terms hold for a record: all if it passes, else of the best alternative."""
        if self(record):
            return self.terms
        return max(sum(check(record) for check in checks) for checks in (self._checks, *self._others))

    def __call__(self, record: Record) -> bool:
        """Return whether the record passes."""
        # Loops, not all() and any() with generators, which cost three times as much for each row.
        for check in self._checks:
            if not check(record):
                break
        else:
            return True
        for checks in self._others:  # noqa: SIM110
            if all(check(record) for check in checks):
                return True
        return False


def _compile(term: re.Match[str]) -> Predicate:
    if term["relation"]:
        check = _comparison(term)
    elif term["name"] and "." in term["name"]:
        check = at_path(term["name"].split("."), [value[0].casefold() for value in _values(term)])
    elif term["name"]:
        check = _field(term)
    elif term["regex"]:
        check = _regex(term)
    else:
        word = term["word"]
        if word.casefold() in _MEANT:
            raise FilterError(term.start("word"), _MEANT[word.casefold()])
        check = contains(plain(word))
    return (lambda record: not check(record)) if term["negated"] else check


def _regex(term: re.Match[str]) -> Predicate:
    """Compile an expression with RE2, whose time is linear in the text whatever a person types."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False  # it would write them to stderr
    try:
        search = re2.compile(term["regex"].replace(r"\/", "/").encode(), options).search
    except re2.error as error:
        raise FilterError(term.start("regex"), _regex_problem(error)) from None
    # RE2 takes bytes as UTF-8, as payloads are: nothing is decoded.
    return lambda record: any(search(text) is not None for text in texts(record))


def _regex_problem(error: re2.error) -> str:
    reason = bytes(error.args[0]).decode(errors="replace")
    if reason.startswith(("invalid perl operator", "invalid escape sequence: \\")):
        # What RE2 leaves out, since its time could not be bounded.
        why = "Look-around and back-references cannot be searched."
        return f"The regular expression is wrong ({reason}). {why}"
    return f"The regular expression is wrong: {reason}."


def _comparison(term: re.Match[str]) -> Predicate:
    compile_measure = _MEASURES.get(term["measure"].lower())
    if compile_measure is None:
        sentence = f"“{term['measure']}” cannot be compared; size, took and time can."
        raise FilterError(term.start("measure"), f"{sentence} To search for the text, quote it.")
    return compile_measure(term)


def _size(term: re.Match[str]) -> Predicate:
    amount = re.fullmatch(r"(\d{1,15})([kmKM]?)[bB]?", term["amount"])
    if amount is None:
        raise FilterError(term.start("amount"), "A size is a number of bytes, such as size>200 or size<10k.")
    limit = int(amount[1]) * _UNIT[amount[2].lower()]
    if term["relation"] == ">":
        return lambda record: record.size_bytes > limit
    return lambda record: record.size_bytes < limit


def _took(term: re.Match[str]) -> Predicate:
    amount = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s)?", term["amount"], re.IGNORECASE)
    if amount is None:
        raise FilterError(
            term.start("amount"), "A time is a number of ms or s, such as took>100ms or took>1.5s."
        )
    limit_s = float(amount[1]) / (1 if (amount[2] or "").lower() == "s" else 1000)
    if term["relation"] == ">":
        return lambda record: record.delivery is not None and record.delivery.took_s > limit_s
    return lambda record: record.delivery is not None and record.delivery.took_s < limit_s


def _time(term: re.Match[str]) -> Predicate:
    clock = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", term["amount"])
    if clock is None:
        raise FilterError(term.start("amount"), "A time of day is written as 20:41 or 20:41:05.")
    limit_s = int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
    if term["relation"] == ">":
        return lambda record: second_of_day(record) >= limit_s
    return lambda record: second_of_day(record) < limit_s


_MEASURES: dict[str, Callable[[re.Match[str]], Predicate]] = {"size": _size, "took": _took, "time": _time}


def _values(term: re.Match[str]) -> list[re.Match[str]]:
    found = list(re.finditer(_VALUE, term["values"]))
    if not found:
        raise FilterError(term.end("name") + 1, f"Write a value after “{term['name']}:”.")
    return found


def _field(term: re.Match[str]) -> Predicate:
    name, start = term["name"].lower(), term.start("name")
    if name not in FIELDS:
        if name in _MEASURES:
            raise FilterError(start, f"“{name}” is compared: write {name}> or {name}<.")
        names = ", ".join(f"{each}:" for each in FIELDS)
        sentence = f"There is no field “{name}:”. Fields: {names}. To search for the text, quote it."
        raise FilterError(start, sentence)
    found = _values(term)
    for value in found:
        if problem := value_problem(name, value[0]):
            raise FilterError(term.start("values") + value.start(), problem)
    return equals(name, [value[0].casefold() for value in found])


def _explain(text: str, position: int) -> FilterError:
    start = position + (text[position] in "!-")
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
