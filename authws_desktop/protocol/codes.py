"""Error codes, reasons and close codes, as clients see them."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class ErrorCode(StrEnum):
    """`code` of an `error` frame."""

    AUTH_ERROR = "AUTH_ERROR"
    UNAUTHORIZED = "UNAUTHORIZED"
    INVALID_MESSAGE = "INVALID_MESSAGE"
    INVALID_MESSAGE_TYPE = "INVALID_MESSAGE_TYPE"
    MISSING_RECIPIENT = "MISSING_RECIPIENT"
    INVALID_RECIPIENT = "INVALID_RECIPIENT"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"


class AuthReason(StrEnum):
    """`reason` of an `AUTH_ERROR`: why a token was refused."""

    MALFORMED = "malformed"
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired"
    WRONG_ISSUER = "wrong_issuer"
    UNKNOWN_USER = "unknown_user"
    DISABLED = "disabled"
    REVOKED = "revoked"
    BANNED = "banned"


AUTH_REASON_TEXT: dict[AuthReason, str] = {
    AuthReason.MALFORMED: "The token is not a valid JSON Web Token signed with HS256.",
    AuthReason.BAD_SIGNATURE: "The token was signed with another secret.",
    AuthReason.EXPIRED: "The token has expired. Log in again.",
    AuthReason.WRONG_ISSUER: "The token was issued by another server.",
    AuthReason.UNKNOWN_USER: "The account of this token no longer exists.",
    AuthReason.DISABLED: "The account of this token is disabled.",
    AuthReason.REVOKED: "The token was revoked. Log in again.",
    AuthReason.BANNED: "The host has banned this account.",
}


class HttpErrorCode(StrEnum):
    """`code` of a JSON error body of the HTTP side."""

    INVALID_REQUEST = "INVALID_REQUEST"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    UNAUTHORIZED = "UNAUTHORIZED"
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    ACCOUNT_PENDING = "ACCOUNT_PENDING"
    REGISTRATION_CLOSED = "REGISTRATION_CLOSED"
    INVITE_REQUIRED = "INVITE_REQUIRED"
    INVITE_INVALID = "INVITE_INVALID"
    FORBIDDEN = "FORBIDDEN"
    FORBIDDEN_ORIGIN = "FORBIDDEN_ORIGIN"
    BANNED = "BANNED"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    USERNAME_TAKEN = "USERNAME_TAKEN"
    CONFLICT = "CONFLICT"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    MISDIRECTED_HOST = "MISDIRECTED_HOST"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    BUSY = "BUSY"
    SERVER_ERROR = "SERVER_ERROR"


class CloseCode(IntEnum):
    """WebSocket close codes this server sends (RFC 6455 section 7.4, 4000 and up are ours)."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    INVALID_DATA = 1007
    MESSAGE_TOO_BIG = 1009
    AUTH_TIMEOUT = 4001
    TOKEN_EXPIRED = 4003
    ACCOUNT_ENDED = 4004
    KICKED = 4005
    BANNED = 4006
    TOO_SLOW = 4008
    FLOODING = 4009
    SECRET_CHANGED = 4010


CLOSE_TEXT: dict[CloseCode, str] = {
    CloseCode.GOING_AWAY: "server is stopping",
    CloseCode.MESSAGE_TOO_BIG: "frame over the size limit",
    CloseCode.AUTH_TIMEOUT: "did not authenticate in time",
    CloseCode.TOKEN_EXPIRED: "token expired",
    CloseCode.ACCOUNT_ENDED: "account or token ended",
    CloseCode.KICKED: "disconnected by the host",
    CloseCode.BANNED: "banned by the host",
    CloseCode.TOO_SLOW: "reads too slowly",
    CloseCode.FLOODING: "kept sending over the rate limit",
    CloseCode.SECRET_CHANGED: "signing secret was changed",
}
