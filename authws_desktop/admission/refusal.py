"""Why somebody may not come in, and what the host could do about it."""

from __future__ import annotations

from dataclasses import dataclass

from authws_desktop.protocol.failures import Failure


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request, a page or a user is not admitted, in the words for client and host.

    Attributes:
        failure: Status and code for the client.
        sentence: The text for the client.
        remedy: What the host is told besides: the ready setting that would allow it; may be empty.
        close_reason: Reason in the close frame of a WebSocket connection.
    """

    failure: Failure
    sentence: str
    remedy: str = ""
    close_reason: str = ""

    @property
    def detail(self) -> str:
        """What the host sees, in the log and in the traffic."""
        return f"{self.sentence} {self.remedy}".rstrip()


class Refused(Exception):
    """Raised to refuse a request or a login; carries the refusal.

    Attributes:
        refusal: Why.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.sentence)
        self.refusal = refusal
