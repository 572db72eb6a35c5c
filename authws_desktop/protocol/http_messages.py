"""Bodies of the HTTP side, both ways."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from authws_desktop.protocol.codes import HttpErrorCode
from authws_desktop.protocol.traffic_messages import TrafficRow
from authws_desktop.protocol.wire_types import (
    Count,
    GivenPassword,
    GivenUsername,
    NewPassword,
    NewUsername,
    Role,
    Sentence,
    Success,
    Timestamp,
    Token,
    UserId,
    Username,
)


class Credentials(msgspec.Struct):
    """Body of login."""

    username: GivenUsername
    password: GivenPassword


class Registration(msgspec.Struct, rename="camel"):
    """Body of register."""

    username: NewUsername
    password: NewPassword
    invite_code: Annotated[
        str | UnsetType,
        Meta(
            description="Where registration needs an invitation: its code. Case, spaces and dashes do not "
            "matter. Ignored elsewhere.",
            examples=["k7mq-x2pd-9rtc"],
        ),
    ] = UNSET


class GuestName(msgspec.Struct):
    """Body of coming in by name alone."""

    username: NewUsername


class PendingAnswer(msgspec.Struct):
    """Registered, but the host approves each newcomer: there is no token yet."""

    message: Sentence
    status: Literal["pending"] = "pending"


class PasswordChange(msgspec.Struct, rename="camel"):
    """Body of the password change."""

    current_password: GivenPassword
    new_password: NewPassword


class TokenUser(msgspec.Struct):
    """The user a token belongs to."""

    id: UserId
    username: Username


class TokenAnswer(msgspec.Struct, rename="camel"):
    """A token."""

    token: Token
    user: TokenUser
    expires_at: Timestamp
    status: Success = "success"


class Profile(msgspec.Struct, rename="camel"):
    """A user."""

    id: UserId
    username: Username
    role: Role
    created_at: Timestamp


class ProfileAnswer(msgspec.Struct):
    """The user behind a token."""

    user: Profile
    status: Success = "success"


class ServerStatus(msgspec.Struct, rename="camel"):
    """What the server is doing."""

    version: Annotated[str, Meta(description="Of the program.", examples=["1.0.0"])]
    authenticated_clients: Count
    total_clients: Count
    uptime_seconds: Annotated[
        float, Meta(description="Since it started.", examples=[12.5], extra_json_schema={"minimum": 0})
    ]
    timestamp: Timestamp
    registration: Annotated[
        Literal["open", "invite", "approval", "closed"],
        Meta(description="Who may make an account.", examples=["open"]),
    ]
    title: Annotated[str, Meta(description="What this is, for people; may be empty.", examples=["Class 7b"])]
    welcome: Annotated[
        str, Meta(description="A sentence for who comes in; may be empty.", examples=["Hello!"])
    ]
    language: Annotated[
        str, Meta(description="BCP 47 tag of the language for people; empty: their own.", examples=["de"])
    ]
    guests: Annotated[bool, Meta(description="Whether one comes in by name alone.", examples=[True])]
    guest_directs: Annotated[
        bool, Meta(description="Whether guests may write to each other.", examples=[True])
    ]
    who_may_write: Annotated[
        Literal["everyone", "host"], Meta(description="Who may write to everyone.", examples=["everyone"])
    ]
    images: Annotated[bool, Meta(description="Whether the host wants pictures.", examples=[False])]
    status: Literal["ok"] = "ok"
    service: Literal["websocket-server"] = "websocket-server"


class Health(msgspec.Struct):
    """A sign of life."""

    status: Literal["ok"] = "ok"


class HttpError(msgspec.Struct):
    """Body of every failure."""

    code: HttpErrorCode
    message: Sentence
    status: Literal["error"] = "error"
    field: Annotated[
        str | UnsetType,
        Meta(description="The field at fault; only where one is.", examples=["password"]),
    ] = UNSET
    position: Annotated[
        int | UnsetType,
        Meta(description="With INVALID_FILTER: index of the character where it is wrong.", examples=[5]),
    ] = UNSET
    seen: Annotated[
        int | UnsetType,
        Meta(description="With WAIT_TIMEOUT: how many of the wanted rows came.", examples=[1]),
    ] = UNSET
    nearest: Annotated[
        list[TrafficRow] | UnsetType,
        Meta(description="With WAIT_TIMEOUT: up to five rows that pass most of the filter's terms."),
    ] = UNSET
    row: Annotated[TrafficRow | UnsetType, Meta(description="With UNWANTED_ROW: the row that came.")] = UNSET
