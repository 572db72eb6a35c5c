"""Kinds of fields on the wire, each with its meaning, an example and its limits for the API documents.

The limits stand beside the types and are not checked by them: who checks a name or a password answers in
sentences, with the rule that was broken.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, UnsetType

from authws_desktop.protocol.limits import (
    APP_NAME_MAX_CHARS,
    MAX_DEPTH,
    PASSWORD_MAX_CHARS,
    PASSWORD_MIN_CHARS,
    USERNAME_MAX_CHARS,
    USERNAME_MIN_CHARS,
    USERNAME_MIN_LETTERS,
)

_USERNAME_RULE = {"minLength": USERNAME_MIN_CHARS, "maxLength": USERNAME_MAX_CHARS}
_PASSWORD_RULE = {
    "minLength": PASSWORD_MIN_CHARS,
    "maxLength": PASSWORD_MAX_CHARS,
    "format": "password",
}
_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}
_NEW_NAME = (
    f"{USERNAME_MIN_LETTERS} to {USERNAME_MAX_CHARS} characters, one where it is Han, Hangul or Kana: "
    "letters, marks and digits of any script, `. _ - @ + '` and single blanks inside. Compared after NFKC "
    "and case folding, shown as typed."
)
_NEW_PASSWORD = (
    "Any Unicode, compared after NFC. Its length is counted in characters; the host may set another minimum."  # noqa: S105
)
_NOT_OLDER = "The `revision` the user must still have; else 409. Left out: the last one wins."

Timestamp = Annotated[
    str,
    Meta(
        description="ISO 8601 in UTC with milliseconds and `Z`.",
        examples=["2026-01-31T12:34:56.789Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
UserId = Annotated[
    str, Meta(description="A user's id: opaque, for the life of the account.", examples=["u_7Jq2"])
]
Username = Annotated[str, Meta(description="As typed when the account was made.", examples=["Ana"])]
NewUsername = Annotated[str, Meta(description=_NEW_NAME, examples=["Ana"], extra_json_schema=_USERNAME_RULE)]
NewPassword = Annotated[
    str, Meta(description=_NEW_PASSWORD, examples=["correct horse"], extra_json_schema=_PASSWORD_RULE)
]
GivenUsername = Annotated[
    str,
    Meta(description="In any letter case; compared as it was when the account was made.", examples=["Ana"]),
]
GivenPassword = Annotated[
    str,
    Meta(
        description="The password until now.",
        examples=["correct horse"],
        extra_json_schema={"format": "password"},
    ),
]
Token = Annotated[
    str, Meta(description="A JSON Web Token.", examples=["eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"])
]
ClientId = Annotated[
    str, Meta(description="Of a connection: opaque, unique for the life of the server.", examples=["c1"])
]
MessageId = Annotated[str, Meta(description="Id of the message on this server.", examples=["1-2"])]
GivenMessageId = Annotated[
    str, Meta(description="The `id` of a message of this server.", examples=["s1a2b3c4-1f"])
]
Replayed = Annotated[Literal[True] | UnsetType, Meta(description="It comes from the past.", examples=[True])]
Echo = Annotated[
    Literal[True] | UnsetType,
    Meta(description="One's own, sent on another connection.", examples=[True]),
]
Count = Annotated[int, Meta(examples=[2], extra_json_schema={"minimum": 0})]
Sentence = Annotated[str, Meta(description="A sentence for people; may change.", examples=["It is so."])]
Content = Annotated[
    msgspec.Raw,
    Meta(
        description=f"Any JSON value, passed on as it was sent. A message has at most {MAX_DEPTH} arrays and "
        "objects within each other.",
        examples=["Hello"],
    ),
]
ReplyId = Annotated[
    msgspec.Raw | UnsetType,
    Meta(
        description="As the request had it; absent where it had none.",
        examples=["m1"],
        extra_json_schema=_SCALAR,
    ),
]
GivenReplyId = Annotated[
    msgspec.Raw,
    Meta(description="Any JSON scalar, echoed in the answer.", examples=["m1"], extra_json_schema=_SCALAR),
]
Recipient = Annotated[
    str,
    Meta(
        description="A client id, or a username or user id: then all that user's connections are meant.",
        examples=["Ben"],
    ),
]
AppName = Annotated[
    str | None,
    Meta(
        description=f"The client program's name, shown to the host; what is over {APP_NAME_MAX_CHARS} "
        "characters is cut off.",
        examples=["Authws web"],
        extra_json_schema={"maxLength": APP_NAME_MAX_CHARS},
    ),
]


class PresenceWish(StrEnum):
    """How a client wants to be told who is here."""

    FULL = "full"
    DELTA = "delta"
    NONE = "none"


GivenPresence = Annotated[
    PresenceWish | None,
    Meta(
        description="How to be told who is here: `full`, a `user_list` at every change, as without this "
        "field, but with each user's role; `delta`, one `user_list`, then `presence`; `none`.",
        examples=["delta"],
    ),
]
_ROLES = ["host", "member", "guest"]
_ROLE = Meta(
    description="What the user may do; a guest came in by name alone.",
    examples=["member"],
    extra_json_schema={"enum": _ROLES},
)
Role = Annotated[str, _ROLE]
ShownRole = Annotated[str | UnsetType, _ROLE]
GivenRole = Annotated[
    str | UnsetType,
    Meta(
        description="What the user may do.",
        examples=["member"],
        extra_json_schema={"enum": ["host", "member"]},
    ),
]
GivenSince = Annotated[
    msgspec.Raw,
    Meta(
        description="The id of the last message seen, or `start`: what was missed follows the answer. Only "
        "where `features` has `history`.",
        examples=["start"],
        extra_json_schema={"type": "string"},
    ),
]
GivenOldConnection = Annotated[
    msgspec.Raw,
    Meta(
        description="With `since`: the `clientId` of one's own connection that this one takes the place of. "
        "That is closed first, and what had not been read from it never counts: what was said there is among "
        "the missed, or can be said again. Only where `features` has `replaces`.",
        extra_json_schema={"type": "string"},
    ),
]
_WISH: dict[str, Any] = {"type": "boolean"}
GivenAckWish = Annotated[
    msgspec.Raw,
    Meta(
        description="Repeat directs after a reconnect until an `ack` names them.",
        examples=[True],
        extra_json_schema=_WISH,
    ),
]
GivenEchoWish = Annotated[
    msgspec.Raw,
    Meta(
        description="Get one's own directs that other connections of this user send.",
        examples=[True],
        extra_json_schema=_WISH,
    ),
]
GivenPinWish = Annotated[
    msgspec.Raw,
    Meta(
        description="Be told when an announcement that stays is taken down (`message_unpinned`).",
        examples=[True],
        extra_json_schema=_WISH,
    ),
]
GivenReceiptWish = Annotated[
    msgspec.Raw,
    Meta(
        description="Answer with `message_acknowledged` once the recipient has acknowledged it.",
        examples=[True],
        extra_json_schema=_WISH,
    ),
]
Revision = Annotated[int, Meta(description="Moves with each change, logins aside.", examples=[7])]
GivenRevision = Annotated[int | UnsetType, Meta(description=_NOT_OLDER, examples=[7])]
Success = Literal["success"]
