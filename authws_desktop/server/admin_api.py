"""Administration over HTTP, for scripts and tests: `/admin/*`.

Only for accounts with the role host, and only with a Bearer token in the header: neither a cookie nor a
query counts, so no page of another origin can act in a host's name. Every act is written to the audit as
done by "admin API: NAME", and each request is a row of the traffic.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from aiohttp import web

from authws_desktop.accounts.audit import Actor, admin_api
from authws_desktop.accounts.password_strength import generate_password
from authws_desktop.accounts.records import Account, Role
from authws_desktop.hub.client import Client
from authws_desktop.protocol.admin_messages import (
    ConnectionsAnswer,
    NewUser,
    PasswordReset,
    Sending,
    SentAnswer,
    SessionsAnswer,
    Unset,
    UserAnswer,
    UserChange,
    UsersAnswer,
)
from authws_desktop.protocol.codes import CloseCode, HttpErrorCode
from authws_desktop.server.admin_views import admin_connection, admin_session, admin_user
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.http_errors import ApiError, json_response
from authws_desktop.server.http_requests import checked_token, read_body

T = TypeVar("T")


class AdminApi:
    """The routes below `/admin`.

    Args:
        endpoint: Shared state.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._accounts = endpoint.accounts
        self._hub = endpoint.hub

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        user = "/admin/users/{id}"
        return [
            web.get("/admin/users", self._list_users, allow_head=False),
            web.post("/admin/users", self._create_user),
            web.get(user, self._show_user, allow_head=False),
            web.patch(user, self._change_user),
            web.delete(user, self._delete_user),
            web.post(f"{user}/password", self._reset_password),
            web.get(f"{user}/sessions", self._list_sessions, allow_head=False),
            web.delete(f"{user}/sessions", self._end_sessions),
            web.delete("/admin/sessions/{id}", self._end_session),
            web.get("/admin/connections", self._list_connections, allow_head=False),
            web.delete("/admin/connections/{id}", self._close_connection),
            web.post("/admin/send", self._send),
        ]

    def _host(self, request: web.Request) -> Actor:
        """Return who acts.

        Raises:
            ApiError: There is no token, or its account is no host's.
            TokenRefused: The token does not count.
        """
        account = checked_token(self._endpoint, request).account
        if account.role is not Role.HOST:
            text = "Only accounts with the role 'host' may do this."
            raise ApiError(403, HttpErrorCode.FORBIDDEN, text)
        return admin_api(account.username, request.remote or "")

    # Users

    async def _list_users(self, request: web.Request) -> web.Response:
        self._host(request)
        users = [admin_user(each, self._connections(each)) for each in self._accounts.users()]
        return json_response(UsersAnswer(users))

    async def _create_user(self, request: web.Request) -> web.Response:
        actor = self._host(request)
        body = await read_body(request, NewUser)
        password = _given(body.password)
        made = generate_password() if password is None else None
        role = _given(body.role) or Role.MEMBER
        account = await self._accounts.create(body.username, password or made or "", role, actor=actor)
        return self._answer(account, 201, made)

    async def _show_user(self, request: web.Request) -> web.Response:
        self._host(request)
        return self._answer(self._account(request))

    async def _change_user(self, request: web.Request) -> web.Response:
        actor = self._host(request)
        account, body = self._account(request), await read_body(request, UserChange)
        username, role, disabled = _given(body.username), _given(body.role), _given(body.disabled)
        expected = _given(body.revision)
        if username is None and role is None and disabled is None:
            text = "Send at least one of 'username', 'role' and 'disabled'."
            raise ApiError(400, HttpErrorCode.INVALID_REQUEST, text)
        if username is not None or role is not None:
            account = await self._accounts.update(
                account.id, username=username, role=role, expected_revision=expected, actor=actor
            )
            expected = None if expected is None else account.revision
        if disabled is not None:
            account = await self._accounts.set_disabled(
                account.id, disabled, expected_revision=expected, actor=actor
            )
        return self._answer(account)

    async def _delete_user(self, request: web.Request) -> web.Response:
        actor = self._host(request)
        account, expected = self._account(request), _revision_of(request)
        await self._accounts.delete(account.id, expected_revision=expected, actor=actor)
        return web.Response(status=204)

    async def _reset_password(self, request: web.Request) -> web.Response:
        actor = self._host(request)
        account, body = self._account(request), await read_body(request, PasswordReset)
        password = _given(body.password)
        made = generate_password() if password is None else None
        account = await self._accounts.reset_password(
            account.id, password or made or "", expected_revision=_given(body.revision), actor=actor
        )
        return self._answer(account, made=made)

    # Sessions

    async def _list_sessions(self, request: web.Request) -> web.Response:
        self._host(request)
        sessions = self._accounts.sessions_of(self._account(request).id)
        return json_response(SessionsAnswer([admin_session(each) for each in sessions]))

    async def _end_sessions(self, request: web.Request) -> web.Response:
        actor = self._host(request)
        await self._accounts.revoke_all(self._account(request).id, actor=actor)
        return web.Response(status=204)

    async def _end_session(self, request: web.Request) -> web.Response:
        actor = self._host(request)
        jti = request.match_info["id"]
        if self._accounts.session(jti) is None:
            raise ApiError(404, HttpErrorCode.NOT_FOUND, "There is no such session.")
        await self._accounts.revoke_session(jti, actor=actor)
        return web.Response(status=204)

    # Connections

    async def _list_connections(self, request: web.Request) -> web.Response:
        self._host(request)
        found = [admin_connection(client) for client in self._hub.clients.values()]
        return json_response(ConnectionsAnswer(found))

    async def _close_connection(self, request: web.Request) -> web.Response:
        actor = self._host(request)
        client = self._hub.clients.get(request.match_info["id"])
        if client is None:
            raise ApiError(404, HttpErrorCode.NOT_FOUND, "There is no such connection.")
        await self._accounts.note_act("close connections", client.username or client.client_id, actor=actor)
        self._hub.close([client], CloseCode.KICKED)
        return web.Response(status=204)

    async def _send(self, request: web.Request) -> web.Response:
        actor = self._host(request)
        body = await read_body(request, Sending)
        to = _given(body.to)
        if to is not None:
            self._receivers(to)
        await self._accounts.note_act("send", "everyone" if to is None else to, actor=actor)
        if to is None:
            delivery = self._hub.broadcast_from_host(body.content)
        else:
            delivery = self._hub.direct_from_host(self._receivers(to), to, body.content)
        return json_response(SentAnswer(len(delivery.recipients)))

    def _receivers(self, to: str) -> list[Client]:
        receivers = self._hub.find_receivers(to)
        if not receivers:
            text = "Nobody is connected by that id or name."
            raise ApiError(404, HttpErrorCode.NOT_FOUND, text, field="to")
        return receivers

    # What these share

    def _account(self, request: web.Request) -> Account:
        account = self._accounts.get(request.match_info["id"])
        if account is None:
            raise ApiError(404, HttpErrorCode.NOT_FOUND, "There is no user with this id.")
        return account

    def _connections(self, account: Account) -> int:
        return len(self._hub.connections_of(account.id))

    def _answer(self, account: Account, status: int = 200, made: str | None = None) -> web.Response:
        user = admin_user(account, self._connections(account))
        return json_response(UserAnswer(user, password=msgspec.UNSET if made is None else made), status)


def _given(value: T | Unset) -> T | None:
    return None if isinstance(value, Unset) else value


def _revision_of(request: web.Request) -> int | None:
    text = request.query.get("revision")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        text = "The query 'revision' must be a whole number."
        raise ApiError(400, HttpErrorCode.INVALID_REQUEST, text, field="revision")
    return int(text)
