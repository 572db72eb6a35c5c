"""What other nodes tell: each envelope is read once, and a hole before it is noticed."""

from __future__ import annotations

import logging
from collections.abc import Callable

import msgspec

from authws_desktop.cluster.codec import Item, decode_envelope
from authws_desktop.cluster.numbers import Numbers

log = logging.getLogger(__name__)


class Envelopes:
    """Decodes the envelopes of other nodes, drops those that came twice, and has holes repaired.

    Attributes:
        gaps: How many never came.

    Args:
        apply: Called with each item, behind its node and the epoch of that node's start.
        reread: Called with a node that was met anew, or of which an envelope is missing, before its items:
            what was followed of it so far says nothing.
    """

    def __init__(self, apply: Callable[[str, bytes, Item], None], reread: Callable[[str], None]) -> None:
        self._apply = apply
        self._reread = reread
        self._numbers = Numbers()
        self.gaps = 0

    def take(self, data: bytes) -> None:
        """Read an envelope as it came, and hand on what is in it."""
        try:
            epoch, envelope = decode_envelope(data)
        except msgspec.DecodeError as error:
            log.warning("What another node told cannot be understood: %s", error)
            return
        if not envelope.number or self._is_new(envelope.node, epoch, envelope.number):
            for item in envelope.items:
                self._apply(envelope.node, epoch, item)

    def _is_new(self, node: str, epoch: bytes, number: int) -> bool:
        heard = self._numbers.hear(node, epoch, number)
        if heard.missing:
            self.gaps += heard.missing
            log.warning("%d envelopes of the node %s never came.", heard.missing, node)
        if heard.missing or heard.is_first:
            self._reread(node)
        return not heard.is_again

    def forget(self, node: str) -> None:
        """Keep nothing of a node that is gone."""
        self._numbers.forget(node)
