"""What a route of the HTTP side is: its method and path, what it takes, and every way in which it ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import msgspec

from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.failures import Failure


class Auth(Enum):
    """Who may call a route."""

    ANYONE = "anyone"
    USER = "user"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Answer:
    """A way in which a request succeeds.

    Attributes:
        status: HTTP status.
        when: What it means; for the API documents.
        body: The JSON body; `None` for an answer without one, or of another kind.
        kinds: Media types of an answer that is no JSON of ours.
    """

    status: int
    when: str
    body: type[msgspec.Struct] | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter of the query.

    Attributes:
        name: Its name.
        kind: `string` or `integer`.
        text: Its meaning, for the API documents.
    """

    name: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path.

    Attributes:
        name: Names the handler, and the operation in the API documents.
        method: HTTP method; `GET` takes `HEAD` too, unless `has_head` says otherwise.
        path: With parameters in braces. Letter case and one slash at the end do not count.
        tag: Group in the API documents.
        summary: What it does, in a few words.
        answers: All ways in which it succeeds.
        body: Type of its JSON body; `None` if it takes none.
        auth: Who may call it.
        failures: Its failures, besides those of every route, of every body and of every token.
        text: More about it; may be empty.
        query: Parameters of the query.
        has_head: Whether `HEAD` is answered as `GET` without the body.
    """

    name: str
    method: str
    path: str
    tag: str
    summary: str
    answers: tuple[Answer, ...]
    body: type[msgspec.Struct] | None = None
    auth: Auth = Auth.ANYONE
    failures: tuple[Failure, ...] = ()
    text: str = ""
    query: tuple[Query, ...] = ()
    has_head: bool = True

    @property
    def methods(self) -> tuple[str, ...]:
        """Every method it answers."""
        return ("GET", "HEAD") if self.method == "GET" and self.has_head else (self.method,)

    @property
    def all_failures(self) -> tuple[Failure, ...]:
        """How it fails, all told."""
        of_body = _OF_BODY if self.body is not None else ()
        return tuple(dict.fromkeys((*self.failures, *of_body, *_OF_AUTH[self.auth], *_OF_EVERY_ROUTE)))


_OF_EVERY_ROUTE = (
    fail.INVALID_REQUEST,
    fail.MALFORMED_HTTP,
    fail.BANNED,
    fail.METHOD_NOT_ALLOWED,
    fail.EXPECTATION_FAILED,
    fail.MISDIRECTED_HOST,
    fail.HEAD_TOO_LARGE,
    fail.SERVER_ERROR,
    fail.BUSY,
)
_OF_BODY = (fail.BODY_TIMEOUT, fail.PAYLOAD_TOO_LARGE, fail.UNSUPPORTED_MEDIA_TYPE)
_OF_AUTH: dict[Auth, tuple[Failure, ...]] = {
    Auth.ANYONE: (),
    Auth.USER: (fail.UNAUTHORIZED, fail.UNAVAILABLE),
    Auth.HOST: (fail.UNAUTHORIZED, fail.FORBIDDEN, fail.UNAVAILABLE),
}
