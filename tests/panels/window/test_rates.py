"""The rates in the server bar."""

from __future__ import annotations

import pytest

from authws_desktop.panels.window.rates import RateMeter


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
