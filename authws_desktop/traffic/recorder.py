"""Makes records: takes the time, hides secrets, and adds them to the ring."""

from __future__ import annotations

import time
from collections.abc import Callable

from authws_desktop.traffic.record import Delivery, Direction, HttpExchange, Identity, Kind, Record
from authws_desktop.traffic.redaction import redact, redact_http, redact_text
from authws_desktop.traffic.ring import TrafficRing

PAYLOAD_KEPT_BYTES = 1024 * 1024
"""Longer payloads are cut in the record (a 64 MiB frame would push everything else out)."""


class Recorder:
    """The one place where records come into being.

    Attributes:
        ring: The records.

    Args:
        ring: Takes the records.
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
        http: HttpExchange | None = None,
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
            # Cut before it is searched: the search of a frame of the largest size would hold up the loop. A
            # secret that the cut goes through is still found, as redaction takes broken values.
            kept = bytes(payload[:PAYLOAD_KEPT_BYTES])
        if not is_searched:
            kept = redact(kept)
        # In the order of its fields: by their names it takes six times as long, and a direct makes two.
        record = Record(
            ring.last_number + 1,
            self._now(),
            direction,
            kind,
            identity,
            kept,
            size,
            to if is_searched else redact_text(to),  # clients choose `to` and put anything there
            recipients,
            outcome,
            redact_text(detail) if detail else detail,
            is_binary,
            is_from_host,
            delivery,
            redact(claims) if claims else claims,
            redact_exchange(http) if http else None,
        )
        ring.append(record)
        # Told by identity: `redact` returns its argument where it hides nothing. An answer made of such a
        # payload need not be searched again (`is_searched`).
        return kept is payload


def redact_exchange(http: HttpExchange) -> HttpExchange:
    """Return a request and its answer without what is secret in them."""
    return HttpExchange(redact_http(http.request), redact_http(http.response))
