"""What the server sends, field by field."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from authws_desktop.protocol import server_messages as m
from authws_desktop.protocol.codes import CLOSE_TEXT, AuthReason, CloseCode, ErrorCode
from authws_desktop.protocol.envelope import Envelope
from authws_desktop.protocol.errors import FrameError
from authws_desktop.protocol.framing import text_frame
from authws_desktop.protocol.timestamps import TimestampFormatter, format_timestamp

RAW = msgspec.Raw(b'{"a": 1}')
T = "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            m.Connected("c1", T, "authws/1", 30_000),
            {"type": "connection", "status": "connected", "clientId": "c1", "authenticated": False,
             "timestamp": T, "protocol": 2, "features": ["presence", "pinned"], "server": "authws/1", "authDeadlineMs": 30_000},
        ),
        (
            m.Authenticated(m.WireUser("u1", "ana"), T, "c1", T),
            {"type": "authentication", "status": "authenticated", "user": {"id": "u1", "username": "ana"},
             "timestamp": T, "clientId": "c1", "expiresAt": T},
        ),
        (
            m.Broadcast("c1", "ana", RAW, T, "m1"),
            {"type": "message", "from": "c1", "username": "ana", "content": {"a": 1}, "timestamp": T, "id": "m1"},
        ),
        (
            m.DirectMessage("c1", "Ben", "ana", RAW, T, "m1"),
            {"type": "direct", "from": "c1", "to": "Ben", "username": "ana", "content": {"a": 1},
             "timestamp": T, "id": "m1"},
        ),
        (
            m.Delivered("Ben", T, "m1", 2),
            {"type": "message_delivered", "to": "Ben", "timestamp": T, "id": "m1", "recipients": 2},
        ),
        (
            m.Delivered("Ben", T, "m1", 2, msgspec.Raw(b"null")),
            {"type": "message_delivered", "to": "Ben", "timestamp": T, "id": "m1", "recipients": 2,
             "messageId": None},
        ),
        (
            m.UserList([m.WirePresence("c1", "ana", T, "u1")], T),
            {"type": "user_list", "timestamp": T,
             "users": [{"id": "c1", "username": "ana", "lastActive": T, "userId": "u1"}]},
        ),
        (
            m.Presence([m.WirePresence("c1", "ana", T, "u1", "host")], ["c2"], 1),
            {"type": "presence", "left": ["c2"], "count": 1,
             "joined": [{"id": "c1", "username": "ana", "lastActive": T, "userId": "u1", "role": "host"}]},
        ),
        (
            m.ErrorMessage.of(FrameError(ErrorCode.UNAUTHORIZED, "No."), T),
            {"type": "error", "code": "UNAUTHORIZED", "message": "No.", "timestamp": T},
        ),
        (
            m.ErrorMessage.of(
                FrameError(ErrorCode.AUTH_ERROR, "No.", envelope=Envelope("x", msgspec.Raw(b"7")),
                           reason=AuthReason.EXPIRED, retry_after_ms=5), T),
            {"type": "error", "code": "AUTH_ERROR", "message": "No.", "timestamp": T, "messageId": 7,
             "reason": "expired", "retryAfterMs": 5},
        ),
    ],
)  # fmt: skip
def test_every_message_has_exactly_the_contract_s_fields(
    message: msgspec.Struct, expected: dict[str, Any]
) -> None:
    """Existing clients find every field by its name, and nothing is sent by accident."""
    assert json.loads(m.encode(message)) == expected


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65536, b"\x81\x7f" + (65536).to_bytes(8, "big")),
    ],
)
def test_frames_follow_rfc_6455(size: int, head: bytes) -> None:
    """A server's frame is final, text, unmasked, with the shortest length form."""
    assert text_frame(b"x" * size) == head + b"x" * size


def test_timestamps_are_iso_8601_utc_with_milliseconds() -> None:
    """The form JavaScript's `toISOString` has."""
    assert format_timestamp(1_767_225_600.0) == T
    assert format_timestamp(1_767_225_600.9876) == "2026-01-01T00:00:00.987Z"


def test_the_formatter_agrees_and_reuses_within_a_millisecond() -> None:
    """One millisecond, one string object."""
    formatter = TimestampFormatter()
    first = formatter(1_767_225_600.1001)
    assert formatter(1_767_225_600.1009) is first == format_timestamp(1_767_225_600.1001)
    assert formatter(1_767_225_600.1011) == "2026-01-01T00:00:00.101Z"


def test_close_reasons_fit_a_close_frame() -> None:
    """A close frame carries at most 123 bytes of reason (RFC 6455 section 5.5)."""
    assert all(len(text.encode()) <= 123 for text in CLOSE_TEXT.values())
    assert all(code in CLOSE_TEXT for code in CloseCode if code >= 4000)
