"""Totals since the server started; whoever shows rates takes differences."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


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
        refused_by_code: The same by error code, or by status where a handshake has no other.
        refused_logins: Of these, logins by name and password.
        logins: Logins by name and password that were accepted.
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
    refused_by_code: Counter[str] = field(default_factory=Counter)
    logins: int = 0

    def refuse(self, code: str) -> None:
        """Count a refusal.

        Args:
            code: One of a fixed set, never a client's own word: there is a figure for each.
        """
        self.refusals += 1
        self.refused_by_code[str(code)] += 1
