"""What one connection is allowed."""

from __future__ import annotations

from authws_desktop.hub.client import RateLimit


def test_who_waits_as_long_as_told_does_not_flood() -> None:
    """A client that tries each message once too early, and waits then, may go on for ever."""
    now_s = 0.0
    limit = RateLimit(1, 3, now_s)
    admitted = 0
    for _ in range(100):
        if limit.admit(now_s):
            admitted += 1
        else:
            now_s += limit.retry_after_ms / 1000
        assert not limit.is_flooding
    assert admitted > 40


def test_who_keeps_sending_floods() -> None:
    """More than two bursts refused in a row."""
    limit = RateLimit(1, 3, 0)
    for number in range(3 + 7):
        assert limit.is_flooding is False
        assert limit.admit(0) is (number < 3)
    assert limit.is_flooding is True
