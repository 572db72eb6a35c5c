"""Administration over HTTP, for scripts and tests: `/admin/*`.

Only for accounts with the role host or with the admin token, and only with a Bearer token in the header:
neither a cookie nor a query counts, so no page of another origin can act in a host's name. Every act is
written to the audit as done by "admin API: NAME", and each request is a row of the traffic.
"""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from msgspec import UNSET, UnsetType

from authws_desktop.accounts.audit import Actor
from authws_desktop.accounts.models import Account, Role
from authws_desktop.accounts.password_strength import generate_password
from authws_desktop.hub.client import Client
from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.admin_messages import (
    ConnectionsAnswer,
    HostMessage,
    NewUser,
    PasswordReset,
    PinnedAnswer,
    PinnedMessage,
    SentAnswer,
    SessionsAnswer,
    UserAnswer,
    UserChange,
    UsersAnswer,
)
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.protocol.errors import RequestError
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.http.admin_views import admin_connection, admin_session, admin_user
from authws_desktop.server.http.errors import json_response
from authws_desktop.server.http.requests import VALUES, Handlers, checked_host, read_body, whole_number

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

    def handlers(self) -> Handlers:
        """Return what answers each route, by its name."""
        return {
            "listUsers": self._list_users,
            "createUser": self._create_user,
            "showUser": self._show_user,
            "changeUser": self._change_user,
            "deleteUser": self._delete_user,
            "resetPassword": self._reset_password,
            "listSessions": self._list_sessions,
            "endSessions": self._end_sessions,
            "endSession": self._end_session,
            "listConnections": self._list_connections,
            "closeConnection": self._close_connection,
            "send": self._send,
            "pinned": self._show_pinned,
            "unpin": self._unpin,
        }

    async def _host(self, request: web.BaseRequest) -> Actor:
        return await checked_host(self._endpoint, request)

    # Users

    async def _list_users(self, request: web.BaseRequest) -> web.Response:
        await self._host(request)
        users = [admin_user(each, self._connections(each)) for each in self._accounts.users()]
        return json_response(UsersAnswer(users))

    async def _create_user(self, request: web.BaseRequest) -> web.Response:
        actor = await self._host(request)
        body = await read_body(request, NewUser)
        password = _given(body.password)
        made = generate_password() if password is None else None
        role = _given(body.role) or Role.MEMBER
        account = await self._accounts.administration.create(
            body.username, password or made or "", role, actor=actor
        )
        return self._answer(account, 201, made)

    async def _show_user(self, request: web.BaseRequest) -> web.Response:
        await self._host(request)
        return self._answer(self._account(request))

    async def _change_user(self, request: web.BaseRequest) -> web.Response:
        actor = await self._host(request)
        account, body = self._account(request), await read_body(request, UserChange)
        username, role, disabled = _given(body.username), _given(body.role), _given(body.disabled)
        expected = _given(body.revision)
        if username is None and role is None and disabled is None:
            text = "Send at least one of 'username', 'role' and 'disabled'."
            raise RequestError(fail.INVALID_REQUEST, text)
        if username is not None or role is not None:
            account = await self._accounts.administration.update(
                account.id, username=username, role=role, expected_revision=expected, actor=actor
            )
            # The first of the two changes raised the revision itself.
            expected = None if expected is None else account.revision
        if disabled is not None:
            account = await self._accounts.administration.set_disabled(
                account.id, disabled, expected_revision=expected, actor=actor
            )
        return self._answer(account)

    async def _delete_user(self, request: web.BaseRequest) -> web.Response:
        actor = await self._host(request)
        account, expected = self._account(request), whole_number(request, "revision")
        await self._accounts.administration.delete(account.id, expected_revision=expected, actor=actor)
        return web.Response(status=204)

    async def _reset_password(self, request: web.BaseRequest) -> web.Response:
        actor = await self._host(request)
        account, body = self._account(request), await read_body(request, PasswordReset)
        password = _given(body.password)
        made = generate_password() if password is None else None
        account = await self._accounts.administration.reset_password(
            account.id, password or made or "", expected_revision=_given(body.revision), actor=actor
        )
        return self._answer(account, made=made)

    # Sessions

    async def _list_sessions(self, request: web.BaseRequest) -> web.Response:
        await self._host(request)
        sessions = self._accounts.sessions.of(self._account(request).id)
        return json_response(SessionsAnswer([admin_session(each) for each in sessions]))

    async def _end_sessions(self, request: web.BaseRequest) -> web.Response:
        actor = await self._host(request)
        await self._accounts.sessions.revoke_all(self._account(request).id, actor=actor)
        return web.Response(status=204)

    async def _end_session(self, request: web.BaseRequest) -> web.Response:
        actor = await self._host(request)
        jti = request[VALUES]["id"]
        if self._accounts.sessions.get(jti) is None:
            raise RequestError(fail.NOT_FOUND, "There is no such session.")
        await self._accounts.sessions.revoke(jti, actor=actor)
        return web.Response(status=204)

    # Connections

    async def _list_connections(self, request: web.BaseRequest) -> web.Response:
        await self._host(request)
        found = [admin_connection(client) for client in self._hub.clients.values()]
        return json_response(ConnectionsAnswer(found))

    async def _close_connection(self, request: web.BaseRequest) -> web.Response:
        actor = await self._host(request)
        client = self._hub.clients.get(request[VALUES]["id"])
        if client is None:
            raise RequestError(fail.NOT_FOUND, "There is no such connection.")
        await self._accounts.audit.write(
            "close connections", client.username or client.client_id, actor=actor
        )
        # It may have gone while the act was written; then this does nothing.
        self._hub.close([client], CloseCode.KICKED)
        return web.Response(status=204)

    async def _send(self, request: web.BaseRequest) -> web.Response:
        actor = await self._host(request)
        body = await read_body(request, HostMessage)
        to = _given(body.to)
        if to is not None:
            # Asked before the act is written, and again after it: the await in between may see the last of
            # them leave.
            if body.pinned:
                text = "Only a message to everyone is pinned."
                raise RequestError(fail.INVALID_REQUEST, text, field="pinned")
            self._receivers(to)
        await self._accounts.audit.write("send", "everyone" if to is None else to, actor=actor)
        if to is None:
            delivery = self._hub.talk.broadcast_from_host(body.content, is_pinned=body.pinned)
        else:
            delivery = self._hub.talk.direct_from_host(self._receivers(to), to, body.content)
        return json_response(SentAnswer(len(delivery.recipients)))

    async def _show_pinned(self, request: web.BaseRequest) -> web.Response:
        await self._host(request)
        found = self._hub.talk.pins.pinned
        pinned = None if found is None else PinnedMessage(found.wire_id, found.timestamp, found.content)
        return json_response(PinnedAnswer(pinned))

    async def _unpin(self, request: web.BaseRequest) -> web.Response:
        actor = await self._host(request)
        await self._accounts.audit.write("take down announcement", "", actor=actor)
        self._hub.talk.pins.unpin()
        return web.Response(status=204)

    def _receivers(self, to: str) -> list[Client]:
        receivers = self._hub.find_receivers(to)
        if not receivers:
            text = "Nobody is connected by that id or name."
            raise RequestError(fail.NOT_FOUND, text, field="to")
        return receivers

    # What these share

    def _account(self, request: web.BaseRequest) -> Account:
        account = self._accounts.get(request[VALUES]["id"])
        if account is None:
            raise RequestError(fail.NOT_FOUND, "There is no user with this id.")
        return account

    def _connections(self, account: Account) -> int:
        return len(self._hub.connections_of(account.id))

    def _answer(self, account: Account, status: int = 200, made: str | None = None) -> web.Response:
        user = admin_user(account, self._connections(account))
        return json_response(UserAnswer(user, password=UNSET if made is None else made), status)


def _given(value: T | UnsetType) -> T | None:
    return None if isinstance(value, UnsetType) else value
