"""Bodies of the HTTP side, both ways."""

from __future__ import annotations

import msgspec


class Credentials(msgspec.Struct):
    """Body of login."""

    username: str
    password: str


class Registration(msgspec.Struct, rename="camel"):
    """Body of register. `invite_code` counts where registration needs an invitation."""

    username: str
    password: str
    invite_code: str | msgspec.UnsetType = msgspec.UNSET


class PendingAnswer(msgspec.Struct):
    """Answer to register where the host approves each newcomer: there is no token yet."""

    message: str
    status: str = "pending"


class PasswordChange(msgspec.Struct, rename="camel"):
    """Body of `/auth/password`."""

    current_password: str
    new_password: str


class TokenUser(msgspec.Struct):
    """The user a token belongs to."""

    id: str
    username: str


class TokenAnswer(msgspec.Struct, rename="camel"):
    """Success of register, login, refresh and password change. `expires_at` is a timestamp."""

    token: str
    user: TokenUser
    expires_at: str
    status: str = "success"


class Profile(msgspec.Struct, rename="camel"):
    """The user behind `/auth/me`."""

    id: str
    username: str
    role: str
    created_at: str


class ProfileAnswer(msgspec.Struct):
    """Success of `/auth/me`."""

    user: Profile
    status: str = "success"


class ServerStatus(msgspec.Struct, rename="camel"):
    """What `GET /` tells a program."""

    version: str
    authenticated_clients: int
    total_clients: int
    uptime_seconds: float
    timestamp: str
    status: str = "ok"
    service: str = "websocket-server"


class HttpError(msgspec.Struct):
    """Body of every failure."""

    code: str
    message: str
    status: str = "error"
    field: str | msgspec.UnsetType = msgspec.UNSET
