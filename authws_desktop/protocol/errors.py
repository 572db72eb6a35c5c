"""What a peer is answered in place of what it asked for.

    WireError
    ├── FrameError      a frame, answered by an `error` frame
    └── RequestError    an HTTP request or a handshake, answered by a status and JSON

Errors carry what the answer holds; `str()` is a sentence for the peer. They are no `ProductError`s: nobody at
this computer did anything wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authws_desktop.protocol.codes import AuthReason, ErrorCode
from authws_desktop.protocol.envelope import Envelope
from authws_desktop.protocol.failures import Failure


class WireError(Exception):
    """Base of what is answered on the wire."""


class FrameError(WireError):
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


class RequestError(WireError):
    """A request that is refused: its connection may go on, a handshake's does not.

    Attributes:
        failure: Status, code and default text of the answer.
        message: A sentence; the failure's own where none is given.
        field: The field of the body or the query at fault, if one is.
        retry_after_s: When to try again, seconds (429 and 503).
        headers: Further headers of the answer, such as `Allow`.
        detail: What the host sees; the message where nothing more is to be said.
        more: Further fields of `HttpError`, by name.
    """

    def __init__(
        self,
        failure: Failure,
        message: str = "",
        *,
        field: str | None = None,
        retry_after_s: float | None = None,
        headers: Mapping[str, str] | None = None,
        detail: str = "",
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message or failure.sentence)
        self.failure = failure
        self.message = message or failure.sentence
        self.field = field
        self.retry_after_s = retry_after_s
        self.headers = headers or {}
        self.detail = detail or self.message
        self.more = more or {}
