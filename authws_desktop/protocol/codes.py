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
    UNAVAILABLE = "UNAVAILABLE"
    INBOX_FULL = "INBOX_FULL"
    DELIVERY_EXPIRED = "DELIVERY_EXPIRED"
    FORBIDDEN = "FORBIDDEN"
    RECIPIENT_UNREACHABLE = "RECIPIENT_UNREACHABLE"
    DELIVERY_UNKNOWN = "DELIVERY_UNKNOWN"


ERROR_TEXT: dict[ErrorCode, str] = {
    ErrorCode.AUTH_ERROR: "Token refused; see `reason`.",
    ErrorCode.UNAUTHORIZED: "Anything but `authenticate` before authentication.",
    ErrorCode.INVALID_MESSAGE: "Not JSON, not an object, or a field missing or of the wrong type.",
    ErrorCode.INVALID_MESSAGE_TYPE: "Unknown `type`.",
    ErrorCode.MISSING_RECIPIENT: "`direct` without `to`.",
    ErrorCode.INVALID_RECIPIENT: "Nobody authenticated by that id or name.",
    ErrorCode.RATE_LIMIT_EXCEEDED: "Over the connection's message rate; the frame is dropped.",
    ErrorCode.UNAVAILABLE: "It cannot be kept or read just now, and nobody got it; see `retryAfterMs`.",
    ErrorCode.INBOX_FULL: "Too many messages wait for this user already.",
    ErrorCode.DELIVERY_EXPIRED: "A message that was queued was not fetched in time, and is gone.",
    ErrorCode.FORBIDDEN: "The host lets only hosts write to everyone, or no guest write to another guest.",
    ErrorCode.RECIPIENT_UNREACHABLE: "The recipient is at another node, which cannot be reached now.",
    ErrorCode.DELIVERY_UNKNOWN: "The recipient's node did not answer in time: perhaps it was delivered.",
}
"""When each code comes."""


class AuthReason(StrEnum):
    """`reason` of an `AUTH_ERROR`: why a token was refused."""

    MALFORMED = "malformed"
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_ISSUER = "wrong_issuer"
    WRONG_AUDIENCE = "wrong_audience"
    UNKNOWN_TOKEN = "unknown_token"  # noqa: S105 - a reason
    UNKNOWN_USER = "unknown_user"
    DISABLED = "disabled"
    REVOKED = "revoked"
    BANNED = "banned"


AUTH_REASON_TEXT: dict[AuthReason, str] = {
    AuthReason.MALFORMED: "The token is not a valid JSON Web Token.",
    AuthReason.BAD_SIGNATURE: "The token was not signed by this server.",
    AuthReason.EXPIRED: "The token has expired. Log in again.",
    AuthReason.NOT_YET_VALID: "The token is not valid yet. Check the clocks of both computers.",
    AuthReason.WRONG_ISSUER: "The token was issued by another server.",
    AuthReason.WRONG_AUDIENCE: "The token is meant for another service.",
    AuthReason.UNKNOWN_TOKEN: "This server does not know the token. Log in again.",
    AuthReason.UNKNOWN_USER: "The account of this token no longer exists.",
    AuthReason.DISABLED: "The account of this token is disabled.",
    AuthReason.REVOKED: "The token was revoked. Log in again.",
    AuthReason.BANNED: "The host has banned this account.",
}


class RecoveryReason(StrEnum):
    """`reason` of an `authentication` with `recovered:false`: why the missed messages do not follow."""

    TOO_OLD = "too_old"
    UNKNOWN_ID = "unknown_id"
    OTHER_SERVER = "other_server"
    UNAVAILABLE = "unavailable"


RECOVERY_REASON_TEXT: dict[RecoveryReason, str] = {
    RecoveryReason.TOO_OLD: "Messages after this id are no longer kept.",
    RecoveryReason.UNKNOWN_ID: "This server never gave this id.",
    RecoveryReason.OTHER_SERVER: "Another server gave this id.",
    RecoveryReason.UNAVAILABLE: "The messages cannot be read just now.",
}


class HttpErrorCode(StrEnum):
    """`code` of a JSON error body of the HTTP side."""

    INVALID_REQUEST = "INVALID_REQUEST"
    INVALID_FILTER = "INVALID_FILTER"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    UNAUTHORIZED = "UNAUTHORIZED"
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    ACCOUNT_PENDING = "ACCOUNT_PENDING"
    REGISTRATION_CLOSED = "REGISTRATION_CLOSED"
    GUESTS_OFF = "GUESTS_OFF"
    INVITE_REQUIRED = "INVITE_REQUIRED"
    INVITE_INVALID = "INVITE_INVALID"
    FORBIDDEN = "FORBIDDEN"
    FORBIDDEN_ORIGIN = "FORBIDDEN_ORIGIN"
    BANNED = "BANNED"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    USERNAME_TAKEN = "USERNAME_TAKEN"
    CONFLICT = "CONFLICT"
    WAIT_TIMEOUT = "WAIT_TIMEOUT"
    UNWANTED_ROW = "UNWANTED_ROW"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    MISDIRECTED_HOST = "MISDIRECTED_HOST"
    UPGRADE_REQUIRED = "UPGRADE_REQUIRED"
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


RECONNECT_TEXT: dict[CloseCode, str] = {
    CloseCode.GOING_AWAY: "yes, with backoff",
    CloseCode.MESSAGE_TOO_BIG: "no, not with the same frame",
    CloseCode.AUTH_TIMEOUT: "yes, then authenticate",
    CloseCode.TOKEN_EXPIRED: "yes, after a new login",
    CloseCode.ACCOUNT_ENDED: "only after a new login",
    CloseCode.KICKED: "yes, after a pause",
    CloseCode.BANNED: "no",
    CloseCode.TOO_SLOW: "yes, with backoff",
    CloseCode.FLOODING: "yes, after a pause",
    CloseCode.SECRET_CHANGED: "yes, after a new login",
}
"""Whether a client should connect again after each of these."""
