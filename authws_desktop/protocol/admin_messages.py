"""Bodies of the admin side (`/admin/*`), both ways."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from authws_desktop.protocol.wire_types import (
    ClientId,
    Content,
    Count,
    GivenRevision,
    GivenRole,
    MessageId,
    NewPassword,
    NewUsername,
    Revision,
    Role,
    Success,
    Timestamp,
    UserId,
    Username,
)

_Address = Annotated[
    str, Meta(description="An IP address; empty where it is unknown.", examples=["192.0.2.7"])
]
_App = Annotated[str, Meta(description="The program's name; empty where it is unknown.", examples=["chat"])]
_SessionId = Annotated[str, Meta(description="A token's `jti`.", examples=["s_1"])]


class NewUser(msgspec.Struct):
    """Body of creating a user. Without a password one is made and answered."""

    username: NewUsername
    password: NewPassword | UnsetType = UNSET
    role: GivenRole = UNSET


class UserChange(msgspec.Struct):
    """Body of changing a user: what is to be another value."""

    username: NewUsername | UnsetType = UNSET
    role: GivenRole = UNSET
    disabled: Annotated[
        bool | UnsetType,
        Meta(description="A disabled user's tokens end, and its connections are closed with 4004."),
    ] = UNSET
    revision: GivenRevision = UNSET


class PasswordReset(msgspec.Struct):
    """Body of setting a user's password. Without one it is made and answered."""

    password: NewPassword | UnsetType = UNSET
    revision: GivenRevision = UNSET


class HostMessage(msgspec.Struct):
    """Body of sending as user `server`."""

    content: Content
    to: Annotated[
        str | UnsetType,
        Meta(description="A client id, user id or username; left out: everyone.", examples=["Ana"]),
    ] = UNSET
    pinned: Annotated[
        bool,
        Meta(
            description="To everyone only: it stays for who comes later, in place of another one that does."
        ),
    ] = False


class AdminUser(msgspec.Struct, rename="camel"):
    """A user, as hosts see one."""

    id: UserId
    username: Username
    role: Role
    disabled: Annotated[bool, Meta(description="Whether it may not log in.")]
    created_at: Timestamp
    last_login_at: Timestamp | None
    connections: Count
    revision: Revision
    changed_by: Annotated[str, Meta(description="Who changed it last.", examples=["window"])]


class UsersAnswer(msgspec.Struct):
    """All users, oldest first."""

    users: list[AdminUser]
    status: Success = "success"


class UserAnswer(msgspec.Struct):
    """One user."""

    user: AdminUser
    status: Success = "success"
    password: Annotated[
        str | UnsetType,
        Meta(description="The password that was made; only where none was sent.", examples=["k7mq-x2pd"]),
    ] = UNSET


class AdminConnection(msgspec.Struct, rename="camel"):
    """A WebSocket connection; user and session are null before it has authenticated."""

    id: ClientId
    address: _Address
    app: _App
    user_id: UserId | None
    username: Username | None
    session_id: _SessionId | None
    connected_at: Timestamp
    last_active_at: Timestamp
    messages_in: Count
    messages_out: Count
    faults: Annotated[
        str, Meta(description="What is broken on purpose for it; empty if nothing.", examples=[""])
    ]


class ConnectionsAnswer(msgspec.Struct):
    """All open connections, oldest first."""

    connections: list[AdminConnection]
    status: Success = "success"


class AdminSession(msgspec.Struct, rename="camel"):
    """A token that still counts."""

    id: _SessionId
    issued_at: Timestamp
    expires_at: Timestamp
    last_used_at: Timestamp | None
    address: _Address
    app: _App


class SessionsAnswer(msgspec.Struct):
    """A user's sessions, oldest first."""

    sessions: list[AdminSession]
    status: Success = "success"


class PinnedMessage(msgspec.Struct):
    """An announcement that stays."""

    id: MessageId
    timestamp: Timestamp
    content: Content


class PinnedAnswer(msgspec.Struct):
    """What stays on top now; null for nothing."""

    pinned: PinnedMessage | None
    status: Success = "success"


class SentAnswer(msgspec.Struct):
    """How far a message went."""

    recipients: Annotated[int, Meta(description="Connections it was written to.", examples=[3])]
    status: Success = "success"
