"""Messages that wait to be sent, and those that wait for the server's answer."""

from __future__ import annotations

import asyncio
import itertools
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Any

from .errors import ClientError, QueueFull, SendRefused

IN_FLIGHT = 100
"""Sent at most before the first is answered: a long queue must not run into the server's rate limit."""


@dataclass(frozen=True)
class Sent:
    """What the server says of a message.

    Attributes:
        id: The server's id of it.
        recipients: Connections it was written to; `None` where the server does not say.
        is_queued: Whether it waits for a recipient who is away.
    """

    id: str
    recipients: int | None = None
    is_queued: bool = False


class Waiting:
    """A message that was not answered yet, and the future of whoever sent it."""

    def __init__(self, frame: dict[str, Any]) -> None:
        self.frame = frame
        self.answer: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()

    def settle(self, outcome: Sent | ClientError) -> None:
        """Tell whoever waits; nothing happens if nobody does any more."""
        if self.answer.done():
            return
        if isinstance(outcome, Sent):
            self.answer.set_result(outcome)
        else:
            self.answer.set_exception(outcome)


class SendQueue:
    """Messages that wait to be sent, bounded, and those that wait for the server's answer.

    Args:
        limit: Messages that may wait, sent or not.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._numbers = itertools.count(1)
        self._queue: deque[Waiting] = deque()
        self._flying: OrderedDict[str, Waiting] = OrderedDict()

    def __len__(self) -> int:
        return len(self._queue) + len(self._flying)

    def add(self, frame: dict[str, Any]) -> Waiting:
        """Queue a message.

        Raises:
            QueueFull: As many wait as may.
        """
        if len(self) >= self._limit:
            raise QueueFull(f"{self._limit} messages wait to be sent already.")
        waiting = Waiting({**frame, "messageId": f"m{next(self._numbers)}"})
        self._queue.append(waiting)
        return waiting

    def next_of(self) -> Waiting | None:
        """Return the message to be sent now; `None` if there is none, or enough are under way."""
        while self._queue and len(self._flying) < IN_FLIGHT:
            waiting = self._queue.popleft()
            if waiting.answer.done():  # whoever sent it has given up
                continue
            self._flying[waiting.frame["messageId"]] = waiting
            return waiting
        return None

    def heard(self, frame: dict[str, Any], own_id: str, *, is_accepting: bool) -> None:
        """Look whether a frame of the server answers a message.

        Args:
            frame: Any frame.
            own_id: The connection's client id.
            is_accepting: Whether the server answers every message with `message_accepted`; else its echo is
                the answer.
        """
        kind, key = frame.get("type"), frame.get("messageId")
        if kind in ("message_delivered", "message_accepted"):
            self._settle(key, _sent(frame))
        elif kind == "error" and key is not None:
            retry = frame.get("retryAfterMs")
            after_s = retry / 1000 if isinstance(retry, int | float) else None
            refused = SendRefused(str(frame.get("message", "")), str(frame.get("code", "")), after_s)
            self._settle(key, refused)
        elif kind == "message" and frame.get("from") == own_id and not is_accepting:
            self._heard_echo(frame)

    def _heard_echo(self, frame: dict[str, Any]) -> None:
        # Frames of one sender keep their order, so the echo is the oldest one's that reads the same.
        for key, waiting in self._flying.items():
            if waiting.frame["type"] == "message" and waiting.frame["content"] == frame.get("content"):
                self._settle(key, _sent(frame))
                return

    def _settle(self, key: object, outcome: Sent | ClientError) -> None:
        waiting = self._flying.pop(key, None) if isinstance(key, str) else None
        if waiting is not None:
            waiting.settle(outcome)

    def lose(self, error: ClientError) -> None:
        """Note that the connection is gone: what was sent and not answered ends with this error."""
        # Replaced first: whoever is told may send again at once, and that is another message.
        flying, self._flying = self._flying, OrderedDict()
        for waiting in flying.values():
            waiting.settle(error)

    def end(self, error: ClientError) -> None:
        """Fail every message that waits, with this error."""
        self.lose(error)
        while self._queue:
            self._queue.popleft().settle(error)


def _sent(frame: dict[str, Any]) -> Sent:
    recipients = frame.get("recipients")
    return Sent(
        str(frame.get("id", "")),
        recipients if isinstance(recipients, int) else None,
        frame.get("queued") is True,
    )
