"""Times in words."""

import datetime

from authws_desktop.panels.accounts.times import exact_text, left_text, when_text

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
