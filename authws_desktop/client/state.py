"""Where a client is, and why a connection has ended."""

from __future__ import annotations

from enum import Enum

from .errors import ClientError
from .policy import Next


class State(Enum):
    """Whether the client is connected, trying, or ended."""

    NEW = "new"
    CONNECTING = "connecting"
    ONLINE = "online"
    WAITING = "waiting"
    ENDED = "ended"


class Lost(ClientError):
    """The connection has ended; says whether to come back, and what to tell who waits for an answer."""

    def __init__(self, following: Next, sentence: str, code: str, error: ClientError) -> None:
        super().__init__(sentence)
        self.following = following
        self.code = code
        self.error = error
