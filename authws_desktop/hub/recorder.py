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
        is_searched: bool = False,
    ) -> bool:
        """Add a record; see `Record` for the fields.

        With `is_searched`, payload and `to` are made of what was searched for secrets and held none.

        Returns:
            Whether the payload was kept as it came: whole and without secrets.
        """
        ring = self.ring
        kept, size = payload, len(payload)
        if size > PAYLOAD_KEPT_BYTES:
            kept = bytes(payload[:PAYLOAD_KEPT_BYTES])
        if not is_searched:
            kept = redact(kept)
        ring.append(
            Record(
                ring.last_number + 1,
                self._now(),
                direction,
                kind,
                identity,
                kept,
                size,
                to if is_searched else redact_text(to),
                recipients,
                outcome,
                redact_text(detail) if detail else detail,
                is_binary,
                is_from_host,
                delivery,
                redact(claims) if claims else claims,
            )
        )
        return kept is payload
