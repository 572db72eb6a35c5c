"""Totals since the server started; whoever shows rates takes differences."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Totals.

    Attributes:
        connections: WebSocket connections accepted.
        messages_in: Frames received.
        messages_out: Frames sent, one a receiver.
        bytes_in, bytes_out: Their payloads (in) and whole frames (out).
        presence_bytes: The part of `bytes_out` that was user lists.
        http_requests: Requests answered.
        refusals: Logins, tokens, handshakes and messages refused.
        refused_logins: Of these, logins by name and password.
    """

    connections: int = 0
    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    presence_bytes: int = 0
    http_requests: int = 0
    refusals: int = 0
    refused_logins: int = 0
