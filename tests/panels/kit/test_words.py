"""How times, lengths of time, sizes and counts are written."""

from __future__ import annotations

import datetime

import pytest

from authws_desktop.panels.kit.words import (
    age_text,
    ago_text,
    count_text,
    counted,
    difference_text,
    duration_text,
    duration_words,
    exact_text,
    left_text,
    log_time_text,
    moment_text,
    size_text,
    size_words,
    time_text,
    uptime_text,
    when_text,
)

NOW = datetime.datetime(2026, 3, 10, 14, 5).astimezone().timestamp()
DAY_S = 86_400


def test_days_close_by_are_named() -> None:
    """Today, yesterday and tomorrow are said as such, others by their date."""
    assert when_text(NOW, NOW) == "Today 14:05"
    assert when_text(NOW - DAY_S, NOW) == "Yesterday 14:05"
    assert when_text(NOW + DAY_S, NOW) == "Tomorrow 14:05"
    assert when_text(NOW - 9 * DAY_S, NOW) == "1 Mar 2026, 14:05"
    assert when_text(None, NOW) == "Never"


def test_what_is_left_is_said_in_two_units() -> None:
    """Seconds only count below a minute, so that words do not flicker."""
    assert left_text(NOW + 9.4, NOW) == "in 9 s"
    assert left_text(NOW + 3 * 3600 + 125, NOW) == "in 3 h 2 min"
    assert left_text(NOW + 30 * DAY_S + 29, NOW) == "in 30 d"
    assert left_text(NOW + 20_782 * DAY_S, NOW) == "in 20,782 d"
    assert left_text(NOW, NOW) == "expired"


def test_what_was_just_given_is_said_whole() -> None:
    """Two hours that were given a moment ago are two hours, not one second less."""
    assert left_text(NOW + 7200 - 0.8, NOW) == "in 2 h"
    assert left_text(NOW + 7200 - 31, NOW) == "in 1 h 59 min"
    assert left_text(NOW + 59.9, NOW) == "in 59 s"


def test_tool_tips_are_exact() -> None:
    """To the second, with the time zone."""
    assert exact_text(NOW).startswith("2026-03-10 14:05:00 ")
    assert exact_text(None) == ""


def test_what_was_is_said_in_whole_minutes() -> None:
    """Seconds only count below a minute."""
    assert ago_text(NOW - 0.5, NOW) == "just now"
    assert ago_text(NOW - 59, NOW) == "59 s ago"
    assert ago_text(NOW - 3 * 60 - 59, NOW) == "3 min ago"


def test_moments_have_their_date_and_second() -> None:
    """For people, and as in the log file."""
    assert moment_text(NOW) == "10 Mar 2026, 14:05:00"
    assert log_time_text(NOW + 0.25) == "2026-03-10 14:05:00.250"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "+0 µs"),
        (0.000_042, "+42 µs"),
        (-0.000_042, "-42 µs"),
        (0.0124, "+12 ms"),
        (1.7, "+1.7 s"),
        (75.0, "+1 min"),
        (7500.0, "+2 h"),
        (-0.25, "-250 ms"),
        (-7500.0, "-2 h"),
    ],
)
def test_difference(seconds: float, expected: str) -> None:
    """In the unit that fits; a clock set back is told."""
    assert difference_text(seconds) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-5, "0 s"), (59.9, "59 s"), (60, "1 min"), (3600, "1 h"), (200_000, "2 d")]
)
def test_age(seconds: float, expected: str) -> None:
    """In one unit."""
    assert age_text(seconds) == expected


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1000 * 1024, "1.0 MiB"),
        (1023 * 1024**2, "1.0 GiB"),
        (1024**2, "1.0 MiB"),
        (5 * 1024**4, "5.0 TiB"),
    ],
)
def test_size(size_bytes: int, expected: str) -> None:
    """In binary units."""
    assert size_text(size_bytes) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "< 1 µs"),
        (0.00005, "50 µs"),
        (0.0009999, "1.0 ms"),
        (0.0021, "2.1 ms"),
        (0.25, "250 ms"),
        (0.9996, "1.0 s"),
        (2.391, "2.4 s"),
        (75.0, "1 min"),
    ],
)
def test_duration(seconds: float, expected: str) -> None:
    """In the unit that fits, four digits at most."""
    assert duration_text(seconds) == expected


def test_time_of_day_to_the_millisecond() -> None:
    """Truncated, never rounded into the next second."""
    assert time_text(1_790_000_000.9999).endswith(".999")


@pytest.mark.parametrize(
    ("span_s", "words"),
    [(0, "0 s"), (20, "20 s"), (90, "1 min 30 s"), (86_400, "24 h"), (604_800, "7 d"), (3661, "1 h 1 min")],
)
def test_spans(span_s: int, words: str) -> None:
    """Seconds are shown in their two largest units."""
    assert duration_words(span_s) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (4 * 1024**2, "4 MiB"),
        (2**34, "16 GiB"),
        (1000 * 1024, "1000 KiB"),
    ],
)
def test_sizes(size: int, words: str) -> None:
    """Bytes are shown in binary units."""
    assert size_words(size) == words


@pytest.mark.parametrize(
    ("number", "words"), [(9_999, "9,999"), (10_000, "10.0 k"), (999_950, "1.0 M"), (7 * 10**12, "7000.0 G")]
)
def test_counts_of_a_column(number: int, words: str) -> None:
    """A number that is cut is a wrong number: four digits and a unit."""
    assert count_text(number) == words


@pytest.mark.parametrize(
    ("span_s", "words"), [(0, "00:00"), (134.9, "02:14"), (3734, "1:02:14"), (273_906, "3 d 04:05:06")]
)
def test_uptimes(span_s: float, words: str) -> None:
    """A running time is shown as a clock."""
    assert uptime_text(span_s) == words


def test_counted() -> None:
    """One and many have their own nouns, thousands are apart."""
    assert counted(1, "%n client", "%n clients") == "1 client"
    assert counted(0, "%n client", "%n clients") == "0 clients"
    assert counted(10_000, "%n client", "%n clients") == "10,000 clients"
