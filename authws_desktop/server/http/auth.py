"""Accounts over HTTP: register, log in, and the life of a token (`/auth/*`)."""

from __future__ import annotations

from aiohttp import web

from authws_desktop.accounts.models import IssuedToken, Role
from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.errors import RequestError
from authws_desktop.protocol.http_messages import (
    Credentials,
    GuestName,
    PasswordChange,
    PendingAnswer,
    Profile,
    ProfileAnswer,
    Registration,
    TokenAnswer,
    TokenUser,
)
from authws_desktop.protocol.timestamps import format_timestamp
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.http.errors import json_response
from authws_desktop.server.http.page_headers import CLEAR_SITE_DATA, is_trustworthy
from authws_desktop.server.http.requests import (
    ACCOUNT,
    CLAIMED_NAME,
    VISITOR,
    Handlers,
    address_of,
    app_of,
    checked_token,
    read_body,
)
from authws_desktop.traffic.redaction import redact_text

_PENDING_TEXT = "Your account waits for the host's approval. Log in once it is approved."


class AuthApi:
    """The routes below `/auth`.

    Args:
        endpoint: Shared state.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._accounts = endpoint.accounts

    def handlers(self) -> Handlers:
        """Return what answers each route, by its name."""
        return {
            "register": self._register,
            "joinAsGuest": self._join_as_guest,
            "login": self._login,
            "refresh": self._refresh,
            "me": self._me,
            "changePassword": self._change_password,
            "logout": self._logout,
        }

    async def _register(self, request: web.BaseRequest) -> web.Response:
        body = await read_body(request, Registration)
        request[CLAIMED_NAME] = redact_text(body.username)[:64]
        mode = self._endpoint.settings.registration
        if mode == "closed":
            raise RequestError(fail.REGISTRATION_CLOSED)
        address, app = address_of(request), app_of(request)
        if mode == "approval":
            await self._accounts.registration.apply(body.username, body.password, address=address, app=app)
            return json_response(PendingAnswer(_PENDING_TEXT), 202)
        # `UNSET` is false, too: an empty code is answered with INVITE_REQUIRED.
        invite = (body.invite_code or "") if mode == "invite" else None
        issued = await self._accounts.registration.register(
            body.username, body.password, invite=invite, address=address, app=app
        )
        return _answer(request, issued, 201)

    async def _join_as_guest(self, request: web.BaseRequest) -> web.Response:
        body = await read_body(request, GuestName)
        request[CLAIMED_NAME] = redact_text(body.username)[:64]
        if self._endpoint.settings.guests == "off":
            raise RequestError(fail.GUESTS_OFF)
        issued = await self._accounts.registration.join_as_guest(
            body.username, address=address_of(request), app=app_of(request)
        )
        return _answer(request, issued, 201)

    async def _login(self, request: web.BaseRequest) -> web.Response:
        body = await read_body(request, Credentials)
        request[CLAIMED_NAME] = redact_text(body.username)[:64]
        issued = await self._accounts.logins.login(
            body.username, body.password, address=address_of(request), app=app_of(request)
        )
        self._endpoint.hub.counters.logins += 1
        return _answer(request, issued)

    async def _refresh(self, request: web.BaseRequest) -> web.Response:
        checked = await checked_token(self._endpoint, request)
        return _answer(request, await self._accounts.sessions.refresh(checked))

    async def _me(self, request: web.BaseRequest) -> web.Response:
        account = (await checked_token(self._endpoint, request)).account
        profile = Profile(
            account.id, account.username, str(account.role), format_timestamp(account.created_at)
        )
        return json_response(ProfileAnswer(profile))

    async def _change_password(self, request: web.BaseRequest) -> web.Response:
        checked = await checked_token(self._endpoint, request)
        body = await read_body(request, PasswordChange)
        issued = await self._accounts.logins.change_password(
            checked, body.current_password, body.new_password, address=address_of(request)
        )
        return _answer(request, issued)

    async def _logout(self, request: web.BaseRequest) -> web.Response:
        checked = await checked_token(self._endpoint, request)
        if checked.account.role is Role.GUEST:
            await self._accounts.registration.leave_as_guest(checked.account.id)
        else:
            await self._accounts.sessions.logout(checked)
        # Only the web client stores anything at this origin; where this is ignored, it clears itself.
        is_heeded = is_trustworthy(request[VISITOR])
        return web.Response(status=204, headers={CLEAR_SITE_DATA: '"storage"'} if is_heeded else None)


def _answer(request: web.BaseRequest, issued: IssuedToken, status: int = 200) -> web.Response:
    request[ACCOUNT] = issued.account
    user = TokenUser(issued.account.id, issued.account.username)
    return json_response(TokenAnswer(issued.token, user, format_timestamp(issued.expires_at)), status)
