"""Regular expressions that a person types, kept from freezing the program.

Python's `re` backtracks, holds the interpreter while it does, and cannot be interrupted. So:

- an expression that repeats something already variable (`(a+)+`, `(a|b.)*`) is refused: it can take
  exponential time;
- of what remains, the time grows at most with the length to the power of its `degree` (the number of
  variable parts plus one). A long text is therefore tried on a short beginning first, then on twice as
  much, and so on; where the next step could take longer than `BUDGET_S`, the text is given up and counted
  in `skipped`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from time import perf_counter
from typing import Any

BUDGET_S = 0.02
"""Longest time one text may take: a window's tick at 30 a second has room for it."""
MAX_VARIABLE_PARTS = 6
PROBE_STEPS = 50_000
"""Steps that are surely within the budget."""

_parser: Any = re._parser  # type: ignore[attr-defined]
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")


class SafeRegex:
    """A case-insensitive expression with bounded time a text.

    Attributes:
        skipped: How many texts were given up.

    Args:
        expression: In Python's syntax.

    Raises:
        ValueError: It is wrong, or could take exponential time; a sentence.
    """

    def __init__(self, expression: str) -> None:
        try:
            parts = _variable_parts(_parser.parse(expression, re.IGNORECASE), is_repeated=False)
            self._pattern = re.compile(expression, re.IGNORECASE)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"The regular expression is wrong: {error}.") from error
        if parts > MAX_VARIABLE_PARTS:
            raise ValueError(
                f"The regular expression has {parts} repetitions and choices; "
                f"at most {MAX_VARIABLE_PARTS} can be searched."
            )
        self._degree = parts + 1
        self._probe = int(PROBE_STEPS ** (1 / self._degree)) if parts else 1 << 62
        self.skipped = 0

    def search(self, text: str) -> bool:
        """Return whether the expression is found; `False` for a text that was given up."""
        length = self._probe
        while length < len(text):
            if self._time_s(text, length) * 2**self._degree > BUDGET_S:
                self.skipped += 1
                return False
            length *= 2
        return self._pattern.search(text) is not None

    def _time_s(self, text: str, length: int) -> float:
        """Return the time a beginning takes; the better of two, lest a pause of the machine counts."""
        best_s = BUDGET_S
        for _ in range(2):
            started_s = perf_counter()
            self._pattern.search(text, 0, length)
            best_s = min(best_s, perf_counter() - started_s)
            if best_s * 2**self._degree <= BUDGET_S:
                break
        return best_s


def _variable_parts(items: Any, *, is_repeated: bool) -> int:
    """Count the parts that may match in several ways, as if fixed repetitions were written out."""
    count = 0
    for operator, argument in items:
        name = str(operator)
        times, is_inner_repeated = 1, is_repeated
        is_variable = name == "BRANCH"
        if name in _REPEATS:
            low, high = argument[0], argument[1]
            is_variable = low != high
            times = 1 if is_variable else int(low)
            is_inner_repeated = is_repeated or (is_variable and int(high) > 1)
        if is_variable and is_repeated:
            raise ValueError(
                "The regular expression repeats a part that itself varies, such as (a+)+; "
                "that can take forever. Write it without the inner or the outer repetition."
            )
        inner = sum(_variable_parts(body, is_repeated=is_inner_repeated) for body in _bodies(argument))
        count += times * inner + is_variable
    return count


def _bodies(argument: Any) -> Iterator[Any]:
    if isinstance(argument, _parser.SubPattern):
        yield argument
    elif isinstance(argument, (tuple, list)):
        for each in argument:
            yield from _bodies(each)
