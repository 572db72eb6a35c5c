"""Bodies of the admin side (`/admin/*`), both ways."""

from __future__ import annotations

import msgspec

UNSET = msgspec.UNSET
Unset = msgspec.UnsetType


class NewUser(msgspec.Struct):
    """Body of creating a user. Without a password one is made and answered."""

    username: str
    password: str | Unset = UNSET
    role: str | Unset = UNSET


class UserChange(msgspec.Struct):
    """Body of changing a user. With `revision` it must still be that of the user."""

    username: str | Unset = UNSET
    role: str | Unset = UNSET
    disabled: bool | Unset = UNSET
    revision: int | Unset = UNSET


class PasswordReset(msgspec.Struct):
    """Body of setting a user's password. Without one it is made and answered."""

    password: str | Unset = UNSET
    revision: int | Unset = UNSET


class Sending(msgspec.Struct):
    """Body of sending as the server: to everyone, or `to` a client id, user id or username."""

    content: msgspec.Raw
    to: str | Unset = UNSET


class AdminUser(msgspec.Struct, rename="camel"):
    """A user, as hosts see one. `revision` moves with each change, logins aside."""

    id: str
    username: str
    role: str
    disabled: bool
    created_at: str
    last_login_at: str | None
    connections: int
    revision: int
    changed_by: str


class UsersAnswer(msgspec.Struct):
    """All users, oldest first."""

    users: list[AdminUser]
    status: str = "success"


class UserAnswer(msgspec.Struct):
    """One user; `password` where one was made."""

    user: AdminUser
    status: str = "success"
    password: str | Unset = UNSET


class AdminConnection(msgspec.Struct, rename="camel"):
    """A WebSocket connection; user and session are null before it has authenticated."""

    id: str
    address: str
    app: str
    user_id: str | None
    username: str | None
    session_id: str | None
    connected_at: str
    last_active_at: str
    messages_in: int
    messages_out: int


class ConnectionsAnswer(msgspec.Struct):
    """All open connections, oldest first."""

    connections: list[AdminConnection]
    status: str = "success"


class AdminSession(msgspec.Struct, rename="camel"):
    """A token that still counts; `id` is its `jti`."""

    id: str
    issued_at: str
    expires_at: str
    last_used_at: str | None
    address: str
    app: str


class SessionsAnswer(msgspec.Struct):
    """A user's sessions, oldest first."""

    sessions: list[AdminSession]
    status: str = "success"


class SentAnswer(msgspec.Struct):
    """How many connections a message was written to."""

    recipients: int
    status: str = "success"
