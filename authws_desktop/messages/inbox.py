"""Directs that wait for users who are away, or for an acknowledgement: counts of what is in the database."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable

from authws_desktop.messages.kept import Kept
from authws_desktop.protocol.limits import INBOX_MAX
from authws_desktop.traffic.record import Fate, HeldFrame

_FOLLOWED = 10_000
"""Rows of the traffic that are told what becomes of their message."""


class Inbox:
    """Counts the directs that wait for each user, and updates the rows of the traffic that show them."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._followed: OrderedDict[int, HeldFrame] = OrderedDict()

    def load(self, counts: dict[str, int]) -> None:
        """Take over what waits in the database, when nothing has been added yet."""
        self._counts = Counter(counts)

    def holds_for(self, user_id: str) -> bool:
        """Tell whether anything waits for a user."""
        return self._counts[user_id] > 0 if user_id in self._counts else False

    def is_full(self, user_id: str) -> bool:
        """Tell whether no more may wait for a user."""
        return self._counts.get(user_id, 0) >= INBOX_MAX

    def add(self, user_id: str) -> None:
        """Count one more message that waits for a user."""
        self._counts[user_id] += 1

    def remove(self, user_id: str, count: int = 1) -> None:
        """Count so many fewer for a user."""
        self._counts[user_id] -= count
        # Less than nothing where another node's counting overlapped with ours (`spread`, rule 3).
        if self._counts[user_id] <= 0:
            del self._counts[user_id]

    def forget(self, user_id: str) -> None:
        """Count nothing for a user who is gone."""
        self._counts.pop(user_id, None)

    def clear(self) -> None:
        """Forget all counts: nothing waits any more."""
        self._counts.clear()

    def follow(self, number: int, held: HeldFrame) -> None:
        """Have a row of the traffic told what becomes of a message."""
        self._followed[number] = held
        # The oldest row keeps the last it was told: that costs the host a detail, and memory is bounded.
        if len(self._followed) > _FOLLOWED:
            self._followed.popitem(last=False)

    def settle(self, messages: Iterable[Kept], fate: Fate, now_s: float) -> None:
        """Tell the rows of the traffic what became of messages; `now_s` is monotonic."""
        for message in messages:
            held = self._followed.get(message.number)
            if held is not None:
                held.settle(fate, now_s)
                # Replayed is not the end: it may still be acknowledged or expire.
                if fate is not Fate.REPLAYED:
                    del self._followed[message.number]
