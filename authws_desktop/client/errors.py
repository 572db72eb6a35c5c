"""What can go wrong; each is a sentence for a person, with a code for programs."""

from __future__ import annotations


class ClientError(Exception):
    """Anything that this package raises by itself.

    Attributes:
        code: Stable, for programs.
    """

    code = "CLIENT_ERROR"


class Ended(ClientError):
    """The client tries no more: closed, banned, or its token no longer counts and no new one can be had.

    Attributes:
        code: The server's code, or `CLOSED`.
    """

    def __init__(self, sentence: str, code: str = "CLOSED") -> None:
        super().__init__(sentence)
        self.code = code


class QueueFull(ClientError):
    """As many messages wait to be sent as may."""

    code = "QUEUE_FULL"


class Unsure(ClientError):
    """The connection ended after a message was sent and before the server answered: it may have arrived."""

    code = "CONNECTION_LOST"


class MessageTooBig(ClientError):
    """The server takes no frame so large."""

    code = "MESSAGE_TOO_BIG"


class SendRefused(ClientError):
    """The server refused a message.

    Attributes:
        code: The server's, such as `INVALID_RECIPIENT`.
        retry_after_s: When it may be tried again, seconds; `None` where the server does not say.
    """

    def __init__(self, sentence: str, code: str, retry_after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.retry_after_s = retry_after_s


class HttpFailure(ClientError):
    """The HTTP side refused something.

    Attributes:
        status: HTTP status.
        code: The server's, such as `INVALID_CREDENTIALS`.
        body: The answer, decoded; empty where it was no JSON object.
        retry_after_s: When it may be tried again, seconds; `None` where the server does not say.
    """

    def __init__(self, status: int, body: dict[str, object], retry_after_s: float | None = None) -> None:
        super().__init__(str(body.get("message") or f"HTTP {status}"))
        self.status = status
        self.body = body
        self.code = str(body.get("code") or f"HTTP_{status}")
        self.retry_after_s = retry_after_s

    @property
    def is_final(self) -> bool:
        """Whether the same request would fail again: not for 408, 429 and what is the server's trouble."""
        return 400 <= self.status < 500 and self.status not in (408, 429)
