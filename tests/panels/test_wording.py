"""Numbers, times and sizes in words."""

from __future__ import annotations

import pytest

from authws_desktop.panels.rates import RateMeter
from authws_desktop.panels.wording import counted, size_words, span_words, uptime_words


@pytest.mark.parametrize(
    ("span_s", "words"),
    [(0, "0 s"), (20, "20 s"), (90, "1 min 30 s"), (86_400, "24 h"), (604_800, "7 d"), (3661, "1 h 1 min")],
)
def test_spans(span_s: int, words: str) -> None:
    """Seconds are shown in their two largest units."""
    assert span_words(span_s) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1024, "1 KiB"), (1536, "1.5 KiB"), (4 * 1024**2, "4 MiB"), (2**34, "16 GiB")],
)
def test_sizes(size: int, words: str) -> None:
    """Bytes are shown in binary units."""
    assert size_words(size) == words


@pytest.mark.parametrize(
    ("span_s", "words"), [(0, "00:00"), (134.9, "02:14"), (3734, "1:02:14"), (273_906, "3 d 04:05:06")]
)
def test_uptimes(span_s: float, words: str) -> None:
    """A running time is shown as a clock."""
    assert uptime_words(span_s) == words


def test_counted() -> None:
    """One and many have their own nouns, thousands are apart."""
    assert counted(1, "client", "clients") == "1 client"
    assert counted(0, "client", "clients") == "0 clients"
    assert counted(10_000, "client", "clients") == "10,000 clients"


def test_rate_is_that_of_the_last_second() -> None:
    """A burst is forgotten a second later; a total that starts anew gives no negative rate."""
    meter = RateMeter()
    assert meter.read(0.0, 0) == 0
    assert meter.read(0.5, 50) == 100
    for tenth in range(6, 26):
        meter.read(tenth / 10, 50)
    assert meter.per_second == 0
    assert meter.read(2.6, 10) == 0
    assert meter.read(3.1, 20) == pytest.approx(20)
