"""Every failure of the HTTP side and of the handshake: its status, its code, and when it comes.

A failure is named here once. The program raises it by this name, the API documents list it, and so the two
cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass

from authws_desktop.protocol.codes import HttpErrorCode
from authws_desktop.protocol.limits import HEAD_TIMEOUT_S, MAX_BODY_BYTES, MAX_HEAD_BYTES


@dataclass(frozen=True, slots=True)
class Failure:
    """A way in which a request can fail.

    Attributes:
        status: HTTP status.
        code: Stable code of the JSON body.
        when: When it comes; for the API documents.
        sentence: What the body says, where nothing more exact is known.
    """

    status: int
    code: HttpErrorCode
    when: str
    sentence: str


INVALID_REQUEST = Failure(
    400,
    HttpErrorCode.INVALID_REQUEST,
    "The body is not JSON in UTF-8, or a field is missing, of the wrong type or against its rule: `field` "
    "names it. Or the request itself is malformed: no `Host` or several, no HTTP.",
    "Field 'password' is missing.",
)
MALFORMED_HTTP = Failure(
    400,
    HttpErrorCode.INVALID_REQUEST,
    "The request is no HTTP/1.1.",
    "The request cannot be understood as HTTP/1.1.",
)
INVALID_FILTER = Failure(
    400,
    HttpErrorCode.INVALID_FILTER,
    "The filter is wrong: `position` is the index of the character where.",
    "The closing quote is missing.",
)
UNAUTHORIZED = Failure(
    401,
    HttpErrorCode.UNAUTHORIZED,
    "No token, or one that does not count: wrong signature, expired, revoked.",
    "Send the token as 'Authorization: Bearer TOKEN'.",
)
INVALID_CREDENTIALS = Failure(
    401,
    HttpErrorCode.INVALID_CREDENTIALS,
    "Unknown user or wrong password; which of them is not told.",
    "Username or password is wrong.",
)
ACCOUNT_DISABLED = Failure(
    403,
    HttpErrorCode.ACCOUNT_DISABLED,
    "The password was right, and the account is disabled.",
    "This account is disabled. Ask the host to enable it.",
)
ACCOUNT_PENDING = Failure(
    403,
    HttpErrorCode.ACCOUNT_PENDING,
    "The password was right, and the account waits for the host's approval.",
    "This account waits for the host's approval.",
)
REGISTRATION_CLOSED = Failure(
    403,
    HttpErrorCode.REGISTRATION_CLOSED,
    "Only the host makes accounts here.",
    "Registration is closed. Ask the host for an account.",
)
GUESTS_OFF = Failure(
    403,
    HttpErrorCode.GUESTS_OFF,
    "The host lets nobody in by name alone.",
    "Guests are not let in here. Log in, or ask the host.",
)
INVITE_REQUIRED = Failure(
    403,
    HttpErrorCode.INVITE_REQUIRED,
    "An invitation is needed and was not given.",
    "An invitation is needed to register here.",
)
INVITE_INVALID = Failure(
    403,
    HttpErrorCode.INVITE_INVALID,
    "The invitation is unknown, used up or over.",
    "This invitation cannot be used.",
)
FORBIDDEN = Failure(
    403,
    HttpErrorCode.FORBIDDEN,
    "The account is no host's.",
    "Only accounts with the role 'host' may do this.",
)
FORBIDDEN_ORIGIN = Failure(
    403,
    HttpErrorCode.FORBIDDEN_ORIGIN,
    "WebSocket only: pages of this origin may not connect.",
    "Pages of https://app.example.org may not connect.",
)
BANNED = Failure(
    403,
    HttpErrorCode.BANNED,
    "The host has banned the client's address, or the user.",
    "The host has banned this address.",
)
NOT_FOUND = Failure(
    404,
    HttpErrorCode.NOT_FOUND,
    "There is nothing at this path, or nothing with this id.",
    "There is nothing at this path.",
)
METHOD_NOT_ALLOWED = Failure(
    405,
    HttpErrorCode.METHOD_NOT_ALLOWED,
    "The path takes other methods: `Allow` names them.",
    "This path takes POST.",
)
BODY_TIMEOUT = Failure(
    408,
    HttpErrorCode.INVALID_REQUEST,
    "The body did not arrive in time.",
    "The body did not arrive in time.",
)
HEAD_TIMEOUT = Failure(
    408,
    HttpErrorCode.INVALID_REQUEST,
    f"The request head was not complete within {HEAD_TIMEOUT_S:.0f} s.",
    f"The request head was not complete within {HEAD_TIMEOUT_S:.0f} s.",
)
WAIT_TIMEOUT = Failure(
    408,
    HttpErrorCode.WAIT_TIMEOUT,
    "The rows did not come in time: `seen` says how many did, `nearest` has those that came closest.",
    "1 of 2 rows came within 5 s.",
)
UNWANTED_ROW = Failure(
    409,
    HttpErrorCode.UNWANTED_ROW,
    "With `absent`: a row came that was to stay away. It is in `row`.",
    "Row 17 passes the filter.",
)
USERNAME_TAKEN = Failure(
    409,
    HttpErrorCode.USERNAME_TAKEN,
    "Another account has this name, compared after NFKC and case folding.",
    "The username 'Ana' is taken. Choose another one.",
)
CONFLICT = Failure(
    409,
    HttpErrorCode.CONFLICT,
    "The user was changed meanwhile: its `revision` is another one.",
    "Somebody else changed this account meanwhile.",
)
PAYLOAD_TOO_LARGE = Failure(
    413,
    HttpErrorCode.PAYLOAD_TOO_LARGE,
    f"The body is over {MAX_BODY_BYTES // 1024} KiB.",
    f"The body is over {MAX_BODY_BYTES // 1024} KiB.",
)
UNSUPPORTED_MEDIA_TYPE = Failure(
    415,
    HttpErrorCode.UNSUPPORTED_MEDIA_TYPE,
    "The body is not sent as application/json.",
    "Send the body as application/json.",
)
RANGE_NOT_SATISFIABLE = Failure(
    416,
    HttpErrorCode.INVALID_REQUEST,
    "The file has no such part.",
    "The file has no such part.",
)
EXPECTATION_FAILED = Failure(
    417,
    HttpErrorCode.INVALID_REQUEST,
    "`Expect` asks for anything but `100-continue`.",
    "Of 'Expect', only 100-continue is known here.",
)
MISDIRECTED_HOST = Failure(
    421,
    HttpErrorCode.MISDIRECTED_HOST,
    "The `Host` header is neither an address nor a known name of this server (DNS rebinding).",
    "This server is not known as 'example.org'. Use its address, or have the host list this name.",
)
UPGRADE_REQUIRED = Failure(
    426,
    HttpErrorCode.UPGRADE_REQUIRED,
    "The path is the WebSocket's, and the request does not ask for one: `Upgrade` says what to ask for.",
    "This is the WebSocket's path. Connect to it with a WebSocket client.",
)
TOO_MANY_REQUESTS = Failure(
    429,
    HttpErrorCode.TOO_MANY_REQUESTS,
    "Too many attempts from this address or for this account; `Retry-After` says when to come again.",
    "Too many attempts. Try again in 30 s.",
)
HEAD_TOO_LARGE = Failure(
    431,
    HttpErrorCode.INVALID_REQUEST,
    f"The request head is over {MAX_HEAD_BYTES // 1024} KiB.",
    f"The request head is over {MAX_HEAD_BYTES // 1024} KiB.",
)
SERVER_ERROR = Failure(
    500,
    HttpErrorCode.SERVER_ERROR,
    "The server made a mistake; its log has the details.",
    "The server made a mistake. Its log has the details.",
)
BUSY = Failure(
    503,
    HttpErrorCode.BUSY,
    "Too much to do just now: `Retry-After` says when to come again.",
    "The server is busy. Try again in a moment.",
)
NO_ROOM = Failure(
    503,
    HttpErrorCode.BUSY,
    "There are as many connections as the server accepts, in all or from the client's address.",
    "The server has no room for more connections.",
)
TOO_MANY_READERS = Failure(
    503,
    HttpErrorCode.BUSY,
    "As many requests as the server takes wait for rows already.",
    "Too many requests wait for rows already.",
)
NOT_READY = Failure(
    503,
    HttpErrorCode.BUSY,
    "The server cannot do all its work just now: the accounts are not available, or it is stopping.",
    "Accounts are not available now.",
)
UNAVAILABLE = Failure(
    503,
    HttpErrorCode.SERVER_ERROR,
    "The accounts cannot be read or written just now; `Retry-After` says when to come again.",
    "Accounts are not available now.",
)
