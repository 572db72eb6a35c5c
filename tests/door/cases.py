"""The cases of the door: requests and talks as data, with the answer that this server owes.

Each is put to this server, and to a Node.js server in the shape of most, `reference.cjs`. Where that one answers
otherwise, the table in `docs/protocol.md` says so and why. `{token}` is filled in, in targets and headers.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any

from tests.door.wire import UPGRADE, Headers

PAGE = "http://localhost:5173"
EVIL = "http://evil.example"
USERNAME = "ana"
PASSWORD = "correct horse"


@dataclass(frozen=True)
class Request:
    """A request, as it is written to the wire.

    Attributes:
        name: Of the case, unique; the table in the documentation bears it.
        expected: The answer's status, and `; header: value` for each header of `shows` that it has.
        shows: The headers that count.
        hosts: The values of `Host`.
        is_later: Whether it is the second request of its connection.
    """

    name: str
    expected: str
    target: str = "/"
    method: str = "GET"
    headers: Headers = ()
    body: bytes = b""
    shows: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ("localhost",)
    is_later: bool = False


@dataclass(frozen=True)
class Talk:
    """A WebSocket connection, and what it says.

    Attributes:
        name: Of the case, unique; the table in the documentation bears it.
        expected: The types of the frames that answer, in order, with the codes of errors; `closed CODE`.
        says: Frames to send after login, whose own frames do not count. Without any the client does not log in; it
            sends an unknown type, whose error tells whether the door has let it in.
        target: As in `Request`.
        headers: In addition to the handshake's.
        subprotocols: What it offers.
    """

    name: str
    expected: str
    says: tuple[str | bytes, ...] = ()
    target: str = "/"
    headers: Headers = ()
    subprotocols: tuple[str, ...] = ()


def upgrade(name: str, expected: str, target: str = "/", headers: Headers = (), **more: Any) -> Request:
    """Return an upgrade request; `headers` come before those of the handshake."""
    return Request(name, expected, target, headers=(*headers, *UPGRADE), **more)


def without(header: str, *instead: tuple[str, str]) -> Headers:
    """Return the headers of a handshake without one of them."""
    return (*(pair for pair in UPGRADE if pair[0] != header), *instead)


def login(
    name: str, expected: str, body: bytes, *headers: tuple[str, str], target: str = "/auth/login"
) -> Request:
    """Return a login with a body of its own; it says its length unless it is chunked."""
    chunked = any(key == "Transfer-Encoding" for key, _ in headers)
    length = () if chunked else (("Content-Length", str(len(body))),)
    return Request(name, expected, target, "POST", (*headers, *length), body)


def preflight(
    name: str, expected: str, show: str, origin: str = PAGE, wanted: str = "content-type"
) -> Request:
    """Return what a browser asks before it posts JSON to another origin."""
    asked = (("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", wanted))
    shows = (show,) if show else ()
    return Request(name, expected, "/auth/login", "OPTIONS", (("Origin", origin), *asked), shows=shows)


JSON = ("Content-Type", "application/json")
LOGIN = json.dumps({"username": USERNAME, "password": PASSWORD}).encode()
SELECTED = ("sec-websocket-protocol",)
ALLOWED = "access-control-allow-origin"


def padded(size: int) -> bytes:
    """Return a login's body with a field nobody knows, of about so many bytes."""
    return json.dumps({"username": USERNAME, "password": PASSWORD, "pad": "x" * size}).encode()


ROUTES = (
    login("a login", "200", LOGIN, JSON),
    login("a route in other letters", "200", LOGIN, JSON, target="/Auth/LOGIN"),
    login("a route with a slash at the end", "200", LOGIN, JSON, target="/auth/login/"),
    login("a route with a query", "200", LOGIN, JSON, target="/auth/login?x=y"),
    login("two slashes before a route", "404", LOGIN, JSON, target="//auth/login"),
    login("a path that is none, POST", "404", LOGIN, JSON, target="/api/auth/login"),
    Request("a path that is none, GET", "404", "/nothing"),
    Request("a path that is none, DELETE", "404", "/nothing", "DELETE"),
    Request("a failure's body", "404; content-type: application/json", "/nothing", shows=("content-type",)),
    Request("another method on a route", "405; allow: POST, OPTIONS", "/auth/login", "GET", shows=("allow",)),
    Request("DELETE on /", "405", "/", "DELETE"),
    Request("a method that HTTP does not know", "405", "/", "FOO"),
    Request("HEAD on /", "200", "/", "HEAD"),
    Request("GET on the WebSocket path", "426; upgrade: websocket", "/ws", shows=("upgrade",)),
    Request("a head of 10 KiB", "200", headers=(("X-Pad", "x" * 10_000),)),
    Request("a head of 20 KiB", "431", headers=(("X-Pad", "x" * 20_000),)),
)

BODIES = (
    login("a byte-order mark before the body", "200", b"\xef\xbb\xbf" + LOGIN, JSON),
    login("a type with a charset", "200", LOGIN, ("Content-Type", "application/json; charset=UTF-8")),
    login("a type in other letters", "200", LOGIN, ("Content-Type", "APPLICATION/JSON")),
    login("half a surrogate pair in the body", "200", LOGIN[:-1] + rb',"x":"\ud83c"}', JSON),
    login(
        "a body in UTF-16",
        "400",
        LOGIN.decode().encode("utf-16"),
        ("Content-Type", "application/json; charset=utf-16"),
    ),
    login("a body in ISO 8859-1", "400", b'{"username":"jos\xe9","password":"correct horse"}', JSON),
    login("a body that is no JSON", "400", b"{", JSON),
    login("an array as the body", "400", b"[]", JSON),
    login("an empty body", "400", b"", JSON),
    login("a body without a type", "415", LOGIN),
    login("a body as plain text", "415", LOGIN, ("Content-Type", "text/plain")),
    login(
        "a form",
        "415",
        b"username=ana&password=correct+horse",
        ("Content-Type", "application/x-www-form-urlencoded"),
    ),
    login(
        "a body in chunks",
        "200",
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(LOGIN), LOGIN),
        JSON,
        ("Transfer-Encoding", "chunked"),
    ),
    login("a body in gzip", "200", gzip.compress(LOGIN), JSON, ("Content-Encoding", "gzip")),
    login("a body in an unknown coding", "415", LOGIN, JSON, ("Content-Encoding", "rot13")),
    login("Expect: 100-continue", "200", LOGIN, JSON, ("Expect", "100-continue")),
    login("another Expect", "417", LOGIN, JSON, ("Expect", "miracles")),
    login("a body of 50 KB", "200", padded(50_000), JSON),
    login("a body of 80 KB", "413", padded(80_000), JSON),
    login("a body of 200 KB", "413", padded(200_000), JSON),
)

PAGES = (
    preflight("a preflight", "204", ""),
    preflight(
        "a preflight's methods",
        "204; access-control-allow-methods: POST, OPTIONS",
        "access-control-allow-methods",
    ),
    preflight(
        "a preflight's headers",
        "204; access-control-allow-headers: content-type,traceparent",
        "access-control-allow-headers",
        wanted="content-type,traceparent",
    ),
    preflight(
        "a preflight's credentials",
        "204; access-control-allow-credentials: true",
        "access-control-allow-credentials",
    ),
    preflight("a preflight's origin", f"204; {ALLOWED}: {PAGE}", ALLOWED),
    preflight("a preflight of a page unknown", "204", ALLOWED, origin=EVIL),
    Request(
        "a page of another port", f"200; {ALLOWED}: {PAGE}", headers=(("Origin", PAGE),), shows=(ALLOWED,)
    ),
    Request("a page unknown", "200", headers=(("Origin", EVIL),), shows=(ALLOWED,)),
    Request("Vary without an Origin", "200; vary: Origin", shows=("vary",)),
    upgrade("a WebSocket of another port's page", "101", headers=(("Origin", PAGE),)),
    upgrade("a WebSocket of a page unknown", "403", headers=(("Origin", EVIL),)),
    upgrade("a WebSocket of a page from disk", "403", headers=(("Origin", "null"),)),
    upgrade("a WebSocket of an app shell", "101", headers=(("Origin", "capacitor://localhost"),)),
    upgrade("the server itself as the origin", "101", headers=(("Origin", "ws://localhost:4000"),)),
)

HANDSHAKES = (
    upgrade("an upgrade at /", "101"),
    upgrade("an upgrade at /ws", "101", "/ws"),
    upgrade("an upgrade at /ws/", "101", "/ws/"),
    upgrade("an upgrade at /socket", "101", "/socket"),
    upgrade("an upgrade at a long path", "101", "/api/v1/chat/room%201"),
    upgrade("an upgrade at //", "101", "//"),
    upgrade("an upgrade with a query", "101", "/?x=y"),
    upgrade("an upgrade with a query and no path", "101", "?x=y"),
    upgrade("an upgrade at an HTTP route", "405", "/auth/login"),
    upgrade(
        "one subprotocol",
        "101; sec-websocket-protocol: json",
        headers=(("Sec-WebSocket-Protocol", "json"),),
        shows=SELECTED,
    ),
    upgrade(
        "two subprotocols",
        "101; sec-websocket-protocol: v12.stomp",
        headers=(("Sec-WebSocket-Protocol", "v12.stomp, json"),),
        shows=SELECTED,
    ),
    upgrade(
        "two subprotocols on two lines",
        "101; sec-websocket-protocol: one",
        headers=(("Sec-WebSocket-Protocol", "one"), ("Sec-WebSocket-Protocol", "two")),
        shows=SELECTED,
    ),
    upgrade("an empty subprotocol", "400", headers=(("Sec-WebSocket-Protocol", ""),)),
    upgrade("a later request of a connection", "101", is_later=True),
    upgrade(
        "compression offered",
        "101",
        headers=(("Sec-WebSocket-Extensions", "permessage-deflate"),),
        shows=("sec-websocket-extensions",),
    ),
    Request("a handshake without a key", "400", headers=without("Sec-WebSocket-Key")),
    Request(
        "a handshake with a short key",
        "400",
        headers=without("Sec-WebSocket-Key", ("Sec-WebSocket-Key", "AAAA")),
    ),
    Request(
        "an unknown version of the protocol",
        "426; sec-websocket-version: 13",
        headers=without("Sec-WebSocket-Version", ("Sec-WebSocket-Version", "12")),
        shows=("sec-websocket-version",),
    ),
    Request(
        "the protocol's draft of 2010",
        "426",
        headers=without("Sec-WebSocket-Version", ("Sec-WebSocket-Version", "8")),
    ),
    Request("a handshake as POST", "405", method="POST", headers=UPGRADE),
    Request(
        "HTTP/2 offered by its upgrade",
        "200",
        headers=(
            ("Connection", "Upgrade, HTTP2-Settings"),
            ("Upgrade", "h2c"),
            ("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"),
        ),
    ),
    upgrade("this computer by another name", "101", hosts=("app.localhost:4000",)),
    upgrade("an IPv6 host without brackets", "101", hosts=("::1:4000",)),
    upgrade("a host unknown", "421", hosts=("evil.example",)),
    upgrade("no host", "400", hosts=()),
    upgrade("two hosts", "400", hosts=("localhost", "localhost")),
    Request("a host unknown, over HTTP", "421", hosts=("evil.example",)),
    Request("no host, over HTTP", "400", hosts=()),
)

TOKENS = (
    Talk("no token", "connection, error UNAUTHORIZED"),
    Talk(
        "a token in a header",
        "connection, authentication, error INVALID_MESSAGE_TYPE",
        headers=(("Authorization", "Bearer {token}"),),
    ),
    Talk(
        "a token in the query",
        "connection, authentication, error INVALID_MESSAGE_TYPE",
        target="/?token={token}",
    ),
    Talk(
        "an access token in the query",
        "connection, authentication, error INVALID_MESSAGE_TYPE",
        target="/?access_token={token}",
    ),
    Talk(
        "a token as a subprotocol",
        "connection, authentication, error INVALID_MESSAGE_TYPE",
        subprotocols=("access_token", "{token}"),
    ),
    Talk(
        "a wrong token in the query", "connection, error AUTH_ERROR, error UNAUTHORIZED", target="/?token=abc"
    ),
)

SMALL = 900_000
FRAMES = (
    Talk("a message", "message", ('{"type":"message","content":"hello"}',)),
    Talk("a message in a binary frame", "message", (b'{"type":"message","content":"hello"}',)),
    Talk("half a surrogate pair in a message", "message", (r'{"type":"message","content":"Party \ud83c"}',)),
    Talk("the other half", "message", (r'{"type":"message","content":"\udf89 over"}',)),
    Talk("a byte-order mark before a message", "message", ('\ufeff{"type":"message","content":1}',)),
    Talk("blanks around a message", "message", (' \r\n{ "type" : "message" , "content" : 1 }\n',)),
    Talk("fields nobody knows", "message", ('{"type":"message","content":1,"x":[{}]}',)),
    Talk(
        "a direct to oneself by name",
        "direct, message_delivered 7",
        (f'{{"type":"direct","to":"{USERNAME}","content":1,"messageId":7}}',),
    ),
    Talk(
        "a messageId that is text",
        "direct, message_delivered 'a'",
        (f'{{"type":"direct","to":"{USERNAME}","content":1,"messageId":"a"}}',),
    ),
    Talk(
        "a direct to nobody",
        "error INVALID_RECIPIENT",
        ('{"type":"direct","to":"nobody-there","content":1}',),
    ),
    Talk("a direct without a recipient", "error MISSING_RECIPIENT", ('{"type":"direct","content":1}',)),
    Talk("a frame that is no JSON", "error INVALID_MESSAGE", ("{",)),
    Talk("a type that is unknown", "error INVALID_MESSAGE_TYPE", ('{"type":"dance"}',)),
    Talk("a message of 900 kB", "message", (json.dumps({"type": "message", "content": "x" * SMALL}),)),
    Talk("a message of 2 MB", "closed 1009", (json.dumps({"type": "message", "content": "x" * 2_000_000}),)),
)

REQUESTS = (*ROUTES, *BODIES, *PAGES, *HANDSHAKES)
TALKS = (*TOKENS, *FRAMES)
CASES: tuple[Request | Talk, ...] = (*REQUESTS, *TALKS)
