"""Why somebody may not come in, and what the host could do about it."""

from __future__ import annotations

from dataclasses import dataclass

from authws_desktop.protocol.errors import RequestError
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

    def as_error(self) -> RequestError:
        """Return what refuses a request, a handshake or a login when it is raised."""
        return RequestError(self.failure, self.sentence, detail=self.detail)
