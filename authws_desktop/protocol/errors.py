"""What goes wrong with a peer's message; errors carry data, `str()` is a sentence for the peer."""

from __future__ import annotations

from authws_desktop.protocol.codes import AuthReason, ErrorCode
from authws_desktop.protocol.envelope import Envelope


class FrameError(Exception):
    """A frame of the client that is answered by an `error` frame; the connection goes on.

    Attributes:
        code: The error code.
        message: A sentence that names the field, where one is at fault.
        envelope: What the frame says of itself; `None` where it has not been looked at yet.
        reason: Why a token was refused (`AUTH_ERROR` only).
        retry_after_ms: When to try again (`RATE_LIMIT_EXCEEDED` and `UNAVAILABLE`).
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        envelope: Envelope | None = None,
        reason: AuthReason | None = None,
        retry_after_ms: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.envelope = envelope
        self.reason = reason
        self.retry_after_ms = retry_after_ms
