"""How times and sizes are written."""

from __future__ import annotations

import pytest

from authws_desktop.panels.live import formats


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "+0 ms"),
        (0.0124, "+12 ms"),
        (1.7, "+1.7 s"),
        (75.0, "+1 min"),
        (7500.0, "+2 h"),
        (-0.25, "-250 ms"),
    ],
)
def test_difference(seconds: float, expected: str) -> None:
    """In the unit that fits; a clock set back is told."""
    assert formats.difference(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-5, "0 s"), (59.9, "59 s"), (60, "1 min"), (3600, "1 h"), (200_000, "2 d")]
)
def test_age(seconds: float, expected: str) -> None:
    """In one unit."""
    assert formats.age(seconds) == expected


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1024**2, "1.0 MiB"), (5 * 1024**4, "5120.0 GiB")],
)
def test_size(size_bytes: int, expected: str) -> None:
    """In binary units."""
    assert formats.size(size_bytes) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.0, "< 0.001 ms"), (0.00005, "0.050 ms"), (0.0021, "2.1 ms"), (0.25, "250 ms"), (1.5, "1,500 ms")],
)
def test_duration(seconds: float, expected: str) -> None:
    """In milliseconds."""
    assert formats.duration(seconds) == expected


def test_time_of_day_to_the_millisecond() -> None:
    """Truncated, never rounded into the next second."""
    assert formats.time_of_day(1_790_000_000.9999).endswith(".999")
