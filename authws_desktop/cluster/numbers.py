"""Sequence numbers of what other nodes tell: they show what came twice and what never came."""

from __future__ import annotations

from typing import NamedTuple


class Heard(NamedTuple):
    """What a number says about what came before it.

    Attributes:
        is_again: It came already: its node lost the link, and sent it once more.
        is_first: Nothing was heard of this start of its node yet.
        missing: How many between the last one and this one never came.
    """

    is_again: bool = False
    is_first: bool = False
    missing: int = 0


class Numbers:
    """The last sequence number heard of each node, and of which start of it."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[bytes, int]] = {}

    def hear(self, node: str, epoch: bytes, number: int) -> Heard:
        """Note a number of a node, and return what it says about those before it.

        Args:
            node: The node's id.
            epoch: Of its start.
            number: The number.
        """
        known, last = self._last.get(node, (b"", 0))
        # Only within one start of a node: its epoch tells apart the numbers of the start before.
        if known == epoch and number <= last:
            return Heard(is_again=True)
        self._last[node] = epoch, number
        return Heard(missing=number - last - 1) if known == epoch else Heard(is_first=True)

    def forget(self, node: str) -> None:
        """Keep nothing of a node that is gone."""
        self._last.pop(node, None)
