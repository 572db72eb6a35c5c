"""One limit over what all connections hold in memory together; who holds most makes room first."""

from __future__ import annotations

from typing import Protocol


class Holder(Protocol):
    """What holds memory for one connection."""

    def make_room(self) -> None:
        """Give up what is held, by `Budget.hold` with less; ends the connection if need be."""


class Budget:
    """Counts the memory that connections hold, and keeps it under one limit. Used on the loop only.

    Attributes:
        limit_bytes: What all may hold together, bytes.
        total_bytes: What all hold now, bytes.

    Args:
        limit_bytes: What all may hold together, bytes.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.total_bytes = 0
        self._held: dict[Holder, int] = {}
        self._is_making_room = False

    def hold(self, holder: Holder, size_bytes: int) -> None:
        """Note how much somebody holds now; if that is too much in all, those who hold most make room.

        Args:
            holder: The connection's side that holds it.
            size_bytes: In place of what was noted before; 0 for nothing more.
        """
        self.total_bytes += size_bytes - self._held.get(holder, 0)
        if size_bytes:
            self._held[holder] = size_bytes
        else:
            self._held.pop(holder, None)
        if self.total_bytes > self.limit_bytes and not self._is_making_room:
            self._make_room()

    def _make_room(self) -> None:
        # An eighth more than needed: sorting thousands of holders for each further frame would be an attack
        # of its own.
        wanted = self.limit_bytes - self.limit_bytes // 8
        self._is_making_room = True
        try:
            # A list of its own: `make_room` calls `hold`, which changes the dictionary. `_is_making_room`
            # keeps that call from beginning anew.
            for holder in sorted(self._held, key=self._held.__getitem__, reverse=True):
                if self.total_bytes <= wanted:
                    return
                holder.make_room()
        finally:
            self._is_making_room = False
