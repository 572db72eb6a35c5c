"""Makes records: takes the time, hides secrets, and adds them to the ring."""

from __future__ import annotations

import time
from collections.abc import Callable

from authws_desktop.hub.redaction import redact, redact_text
from authws_desktop.hub.traffic import Delivery, Direction, Identity, Kind, Record, TrafficRing

PAYLOAD_KEPT_BYTES = 1024 * 1024
"""Longer payloads are cut in the record (a 64 MiB frame would push everything else out)."""


class Recorder:
    """The one place where records come into being.

    Attributes:
        ring: The records.

    Args:
        ring: Where records go.
        now: Wall clock, seconds since the epoch.
    """

    def __init__(self, ring: TrafficRing, now: Callable[[], float] = time.time) -> None:
        self.ring = ring
        self._now = now

    def add(
        self,
        direction: Direction,
        kind: Kind,
        identity: Identity,
        payload: bytes = b"",
        *,
        to: str = "",
        recipients: int = 0,
        outcome: str = "",
        detail: str = "",
        is_binary: bool = False,
        is_from_host: bool = False,
        delivery: Delivery | None = None,
        claims: bytes = b"",
    ) -> None:
        """Add a record; see `Record` for the fields.

        `to` is kept as it is: it must name somebody who is connected, which no secret does.
        """
        ring = self.ring
        size = len(payload)
        if size > PAYLOAD_KEPT_BYTES:
            payload = bytes(payload[:PAYLOAD_KEPT_BYTES])
        ring.append(
            Record(
                ring.last_number + 1,
                self._now(),
                direction,
                kind,
                identity,
                redact(payload),
                size,
                to,
                recipients,
                outcome,
                redact_text(detail) if detail else detail,
                is_binary,
                is_from_host,
                delivery,
                redact(claims) if claims else claims,
            )
        )
