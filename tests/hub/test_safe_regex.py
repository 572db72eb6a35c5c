"""Regular expressions cannot freeze the program."""

from __future__ import annotations

import pytest

from authws_desktop.hub import safe_regex
from authws_desktop.hub.safe_regex import BUDGET_S, SafeRegex
from tests.work import TickingClock


class SlowPattern:
    """Searches in vain, for a time that grows with the length as fast as an expression's degree allows.

    Attributes:
        searches_s: What each search took.
    """

    def __init__(self, degree: int, step_s: float, clock: TickingClock) -> None:
        self.searches_s: list[float] = []
        self._degree = degree
        self._step_s = step_s
        self._clock = clock

    def search(self, text: str, start: int = 0, end: int | None = None) -> None:
        """Let time pass."""
        length = len(text[start:end])
        self.searches_s.append(length**self._degree * self._step_s)
        self._clock.now_s += self.searches_s[-1]


@pytest.mark.parametrize(
    "expression", [r"(a+)+b", r"(a*)*b", r"(a|ab)*c", r"(\w+\s?)*$", r"((a{1,9}){1,9})x", r"(?:x*y*)+z"]
)
def test_exponential_expressions_are_refused(expression: str) -> None:
    """A repetition of something that varies is not accepted."""
    with pytest.raises(ValueError, match="forever"):
        SafeRegex(expression)


@pytest.mark.parametrize("expression", [r"a?" * 20 + "a" * 20, r"(a+){12}", ".*" * 9])
def test_too_many_variable_parts_are_refused(expression: str) -> None:
    """Many of them in a row are as bad."""
    with pytest.raises(ValueError, match="at most"):
        SafeRegex(expression)


@pytest.mark.parametrize("expression", ["(", "[a", "*a", "(?P<x>a)(?P<x>b)", "a{99999999999}"])
def test_wrong_expressions_are_refused_in_words(expression: str) -> None:
    """The error is a sentence."""
    with pytest.raises(ValueError, match="wrong"):
        SafeRegex(expression)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (r"colou?r", "the COLOR red"),
        (r"(foo|bar)\d+", "x bar42"),
        (r"\"id\":\s*\d+", '{"id": 7}'),
        (r"^\{.*\}$", '{"a":1}'),
        (r"[ab]+c", "abac"),
        (r"(ab){2}", "abab"),
    ],
)
def test_everyday_expressions_work(expression: str, text: str) -> None:
    """What people write is accepted, whatever the case."""
    assert SafeRegex(expression).search(text)


@pytest.mark.parametrize("expression", [r"a+b", r".*.*x", r"a*a*a*a*b", r"(x?)a*a*b", r"\w*\d*\s*!"])
def test_long_texts_end_in_time(expression: str) -> None:
    """A text on which the expression backtracks is given up, and counted."""
    regex = SafeRegex(expression)
    regex.search("a" * 1_000_000)
    assert regex.skipped == 1


@pytest.mark.parametrize("step_s", [1e-9, 1e-8, 1e-7])
@pytest.mark.parametrize("expression", [r"a+b", r".*.*x", r"a*a*a*a*b"])
def test_no_search_takes_longer_than_the_budget(
    expression: str, step_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On machines fast and slow: a text is given up before the search that would take too long."""
    clock = TickingClock()
    monkeypatch.setattr(safe_regex, "perf_counter", clock)
    regex = SafeRegex(expression)
    pattern = SlowPattern(regex._degree, step_s, clock)
    monkeypatch.setattr(regex, "_pattern", pattern)
    assert not regex.search("a" * 1_000_000)
    assert regex.skipped == 1
    assert len(pattern.searches_s) > 1
    assert max(pattern.searches_s) <= BUDGET_S


def test_long_texts_without_backtracking_are_searched_whole() -> None:
    """A megabyte is no reason by itself."""
    regex = SafeRegex(r"needle\d")
    assert regex.search("x" * 1_000_000 + "needle7")
    assert regex.skipped == 0
