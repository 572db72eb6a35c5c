"""Reading what other nodes tell."""

from __future__ import annotations

import logging

import pytest

from authws_desktop.cluster.codec import VERSION, Changed, Item, NodeEnvelope, encode_envelope
from authws_desktop.cluster.envelopes import Envelopes

EPOCH = b"8 bytes."


class Reader:
    """Envelopes that are read, and what came of it, in order."""

    def __init__(self) -> None:
        self.happened: list[object] = []
        self.envelopes = Envelopes(self._apply, lambda node: self.happened.append(f"reread {node}"))

    def _apply(self, node: str, epoch: bytes, item: Item) -> None:
        assert epoch == EPOCH
        self.happened.append((node, item))

    def take(self, number: int) -> None:
        self.envelopes.take(encode_envelope(EPOCH, NodeEnvelope(VERSION, "b", number, [Changed()])))


def test_each_envelope_is_read_once_and_in_order() -> None:
    """A node that is met is read whole before its items count; what comes again is passed over."""
    reader = Reader()
    for number in (1, 2, 2):
        reader.take(number)
    assert reader.happened == ["reread b", ("b", Changed()), ("b", Changed())]
    assert reader.envelopes.gaps == 0


def test_a_hole_is_counted_and_the_node_is_read_anew(caplog: pytest.LogCaptureFixture) -> None:
    """Before the items behind it."""
    reader = Reader()
    reader.take(1)
    reader.happened.clear()
    with caplog.at_level(logging.WARNING):
        reader.take(4)
    assert reader.happened == ["reread b", ("b", Changed())]
    assert reader.envelopes.gaps == 2
    assert "2 envelopes of the node b never came" in caplog.text


def test_what_has_no_number_is_read_as_it_comes() -> None:
    """It is for this node alone, and no part of what all are told."""
    reader = Reader()
    for _ in range(2):
        reader.take(0)
    assert reader.happened == [("b", Changed())] * 2


def test_what_cannot_be_read_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    """Such as what a newer program tells."""
    reader = Reader()
    with caplog.at_level(logging.WARNING):
        reader.envelopes.take(EPOCH + b"\xc1")
    assert reader.happened == []
    assert "cannot be understood" in caplog.text
