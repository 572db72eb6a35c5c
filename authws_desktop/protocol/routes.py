"""The routes of the HTTP side: one table, from which router, CORS preflight and API documents come."""

from __future__ import annotations

from authws_desktop.protocol import failures as fail
from authws_desktop.protocol import http_messages as http
from authws_desktop.protocol.admin_routes import ADMIN_ROUTES
from authws_desktop.protocol.route import Answer, Auth, Query, Route
from authws_desktop.protocol.traffic_routes import TRAFFIC_ROUTES

JSON = "application/json"
HTML = "text/html"


_NEW_TOKEN = Answer(200, "A new token.", http.TokenAnswer)

_ACCOUNTS = (
    Route(
        "register",
        "POST",
        "/auth/register",
        "accounts",
        "Make an account and log in",
        (
            Answer(201, "The account was made.", http.TokenAnswer),
            Answer(202, "The host has to approve the account first; log in then.", http.PendingAnswer),
        ),
        body=http.Registration,
        failures=(
            fail.REGISTRATION_CLOSED,
            fail.INVITE_REQUIRED,
            fail.INVITE_INVALID,
            fail.USERNAME_TAKEN,
            fail.TOO_MANY_REQUESTS,
            fail.UNAVAILABLE,
        ),
        text="Depending on how the host set registration: open to everyone, with an invitation, with the "
        "host's approval (202, and a token only by logging in afterwards), or closed.",
    ),
    Route(
        "joinAsGuest",
        "POST",
        "/auth/guest",
        "accounts",
        "Come in by name alone",
        (Answer(201, "The guest is logged in.", http.TokenAnswer),),
        body=http.GuestName,
        failures=(fail.GUESTS_OFF, fail.USERNAME_TAKEN, fail.TOO_MANY_REQUESTS, fail.UNAVAILABLE),
        text="Where the host lets guests in (`guests` of the status). A guest has no password and cannot "
        "log in: it lasts until it logs out, its token runs out, or the host stops the server or ends it.",
    ),
    Route(
        "login",
        "POST",
        "/auth/login",
        "accounts",
        "Log in",
        (_NEW_TOKEN,),
        body=http.Credentials,
        failures=(
            fail.INVALID_CREDENTIALS,
            fail.ACCOUNT_DISABLED,
            fail.ACCOUNT_PENDING,
            fail.TOO_MANY_REQUESTS,
            fail.UNAVAILABLE,
        ),
        text="An unknown user and a wrong password get the same answer in the same time.",
    ),
    Route(
        "refresh",
        "POST",
        "/auth/refresh",
        "accounts",
        "Exchange a token for a new one",
        (_NEW_TOKEN,),
        auth=Auth.USER,
    ),
    Route(
        "me",
        "GET",
        "/auth/me",
        "accounts",
        "Who the token belongs to",
        (Answer(200, "The user.", http.ProfileAnswer),),
        auth=Auth.USER,
    ),
    Route(
        "changePassword",
        "POST",
        "/auth/password",
        "accounts",
        "Change the password",
        (Answer(200, "A new token; every other token of the user has ended.", http.TokenAnswer),),
        body=http.PasswordChange,
        auth=Auth.USER,
        failures=(fail.INVALID_CREDENTIALS, fail.TOO_MANY_REQUESTS),
    ),
    Route(
        "logout",
        "POST",
        "/auth/logout",
        "accounts",
        "End this token",
        (Answer(204, "The token has ended."),),
        auth=Auth.USER,
    ),
)
_SERVER = (
    Route(
        "root",
        "GET",
        "/",
        "server",
        "Status, or the web client",
        (
            Answer(
                200,
                "The web client for a request whose `Accept` has `text/html`; the status for any other.",
                http.ServerStatus,
                (HTML,),
            ),
        ),
        text="With `Upgrade: websocket` this path, like every path without a route, is the WebSocket's.",
    ),
    Route(
        "websocket",
        "GET",
        "/ws",
        "server",
        "The WebSocket",
        (Answer(101, "With `Upgrade: websocket`: see /asyncapi.json."),),
        failures=(fail.UPGRADE_REQUIRED, fail.FORBIDDEN_ORIGIN),
    ),
    Route(
        "health",
        "GET",
        "/healthz",
        "server",
        "Whether the server answers",
        (Answer(200, "It does.", http.Health),),
    ),
    Route(
        "ready",
        "GET",
        "/readyz",
        "server",
        "Whether the server can do its work",
        (Answer(200, "It runs, and the accounts can be read and written.", http.Health),),
        failures=(fail.NOT_READY,),
    ),
    Route(
        "metrics",
        "GET",
        "/metrics",
        "server",
        "Figures for Prometheus",
        (Answer(200, "Prometheus' text format.", kinds=("text/plain",)),),
        auth=Auth.HOST,
    ),
    Route(
        "openapi",
        "GET",
        "/openapi.json",
        "server",
        "This document",
        (Answer(200, "OpenAPI 3.1.", kinds=(JSON,)),),
    ),
    Route(
        "asyncapi",
        "GET",
        "/asyncapi.json",
        "server",
        "The WebSocket side's document",
        (Answer(200, "AsyncAPI 3.0.", kinds=(JSON,)),),
    ),
    Route(
        "openProbe",
        "GET",
        "/probe/{token}",
        "server",
        "Whether this device reaches the server",
        (
            Answer(
                200,
                "The second visit: a plain page. The probe is used up, unless the visitor is the host's own "
                "computer.",
                kinds=(HTML,),
            ),
            Answer(
                303,
                "The first visit: sent to the same address with `?back`, which measures the round trip.",
            ),
        ),
        failures=(fail.NOT_FOUND,),
        text="A one-time address that the host's network check gives out. It holds no data and ends after "
        "ten minutes.",
        query=(Query("back", "string", "There on the second visit."),),
        has_head=False,  # previews of links send it, and would use the probe up
    ),
    Route(
        "trustPage",
        "GET",
        "/trust",
        "server",
        "How to trust the server's own authority",
        (Answer(200, "A page.", kinds=(HTML,)),),
        failures=(fail.NOT_FOUND,),
        text="Only while the server makes its certificate itself; then also without TLS. While TLS is on, "
        "any other request without it is answered 308 with the same address on https.",
        query=(Query("invite", "string", "An invitation's code, which goes along to the web client."),),
    ),
    Route(
        "authority",
        "GET",
        "/trust/authority.crt",
        "server",
        "The authority's certificate",
        (Answer(200, "PEM.", kinds=("application/x-x509-ca-cert",)),),
        failures=(fail.NOT_FOUND,),
        text="Only while the server makes its certificate itself; then also without TLS.",
    ),
    Route(
        "authorityProfile",
        "GET",
        "/trust/authority.mobileconfig",
        "server",
        "The authority's certificate for Apple's devices",
        (Answer(200, "A configuration profile.", kinds=("application/x-apple-aspen-config",)),),
        failures=(fail.NOT_FOUND,),
        text="Only while the server makes its certificate itself; then also without TLS.",
    ),
)
WEB_FILE = Route(
    "webFile",
    "GET",
    "/{file}",
    "server",
    "A file of the web client",
    (
        Answer(200, "The file.", kinds=("application/octet-stream",)),
        Answer(206, "The part of it that was asked for.", kinds=("application/octet-stream",)),
    ),
    failures=(fail.NOT_FOUND, fail.RANGE_NOT_SATISFIABLE),
)
DOCS_FILE = Route(
    "docsFile",
    "GET",
    "/docs/{file}",
    "server",
    "A file of the documentation",
    (
        *WEB_FILE.answers,
        Answer(308, "Of `/docs`: the documentation begins at `/docs/`, to which its links are relative."),
    ),
    failures=WEB_FILE.failures,
)
FILE_ROUTES = (DOCS_FILE, WEB_FILE)
"""Tried last, in this order: any path at which there is such a file. A WebSocket opens there all the same."""

ROUTES: tuple[Route, ...] = (*_ACCOUNTS, *_SERVER, *ADMIN_ROUTES, *TRAFFIC_ROUTES)
"""Every route but those of `FILE_ROUTES`."""
