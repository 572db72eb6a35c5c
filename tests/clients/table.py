"""The table of clients: what each is, what installs it, and what it cannot do by its own fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Client:
    """A client library, or one way to use it.

    Attributes:
        name: As the matrix shows it.
        language: A key of `languages.LANGUAGES`.
        program: The file under `programs/LANGUAGE/`.
        package: What installs it, a name of the language's registry or of Debian.
        raised: The default limit that the program raises, for an allowed message is larger or a loaded machine
            slower; or empty.
        faults: Why a column fails through no fault of the server, by column.
    """

    name: str
    language: str
    program: str
    package: str
    raised: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)


NO_CLOSE_WAIT = "it ends the TCP connection without waiting for the server's close frame"
HURRIED = "1 s for the closing handshake"
NO_CODE = "it drops the server's close frame and tells nobody the code"


def closing(reason: str) -> dict[str, str]:
    """Return the fault of a client that cannot say how its own closing was answered."""
    return dict.fromkeys(("close", "win close"), reason)


def stopping(reason: str) -> dict[str, str]:
    """Return the fault of a client that cannot say how the server closed."""
    return dict.fromkeys(("stop", "win stop"), reason)


CLIENTS = (
    Client("websockets (asyncio)", "python", "websockets_asyncio.py", "websockets"),
    Client("websockets (threads)", "python", "websockets_sync.py", "websockets"),
    Client("websockets (legacy)", "python", "websockets_legacy.py", "websockets"),
    Client("aiohttp", "python", "aiohttp_client.py", "aiohttp"),
    Client("websocket-client", "python", "websocket_client.py", "websocket-client"),
    Client("WebSocketApp", "python", "websocket_app.py", "websocket-client"),
    Client("tornado", "python", "tornado_client.py", "tornado"),
    Client("autobahn (asyncio)", "python", "autobahn_asyncio.py", "autobahn", raised=HURRIED),
    Client("autobahn (twisted)", "python", "autobahn_twisted.py", "autobahn[twisted]", raised=HURRIED),
    Client("httpx-ws", "python", "httpx_ws_client.py", "httpx-ws", faults=closing(NO_CLOSE_WAIT)),
    Client("picows", "python", "picows_client.py", "picows"),
    Client("trio-websocket", "python", "trio_websocket_client.py", "trio-websocket"),
    Client("lomond", "python", "lomond_client.py", "lomond"),
    Client(
        "simple-websocket",
        "python",
        "simple_websocket_client.py",
        "simple-websocket",
        faults=closing(NO_CLOSE_WAIT),
    ),
    Client("wsproto", "python", "wsproto_client.py", "wsproto"),
    Client("ws4py", "python", "ws4py_client.py", "ws4py"),
    Client("curl_cffi (libcurl)", "python", "curl_cffi_client.py", "curl-cffi"),
    Client(
        "niquests",
        "python",
        "niquests_client.py",
        "niquests[ws]",
        faults={**closing(NO_CLOSE_WAIT), **stopping(NO_CODE)},
    ),
    Client(
        "aiosonic",
        "python",
        "aiosonic_client.py",
        "aiosonic",
        faults={"[::1]": "its resolver asks for IPv4 addresses only", **stopping(NO_CODE)},
    ),
    Client("wreq (tungstenite)", "python", "wreq_client.py", "wreq"),
    Client("ws", "node", "ws.cjs", "ws"),
    Client("isomorphic-ws", "node", "isomorphic-ws.cjs", "isomorphic-ws"),
    Client("undici", "node", "undici.cjs", "undici"),
    Client("websocket (W3C)", "node", "websocket.cjs", "websocket"),
    Client("websocket (events)", "node", "websocket-client.cjs", "websocket"),
    Client("faye-websocket", "node", "faye.cjs", "faye-websocket"),
    Client("faye + deflate", "node", "faye-deflate.cjs", "permessage-deflate"),
    Client("rxjs", "node", "rxjs.cjs", "rxjs"),
    Client("reconnecting-websocket", "node", "reconnecting-websocket.cjs", "reconnecting-websocket"),
    Client("partysocket", "node", "partysocket.cjs", "partysocket"),
    Client("websocket-as-promised", "node", "websocket-as-promised.cjs", "websocket-as-promised"),
    Client("websocket-ts", "node", "websocket-ts.cjs", "websocket-ts"),
    Client("nodejs-websocket", "node", "nodejs-websocket.cjs", "nodejs-websocket"),
    Client("websocket13", "node", "websocket13.cjs", "websocket13"),
    Client("jsdom", "node", "jsdom.cjs", "jsdom"),
    Client("happy-dom", "node", "happy-dom.cjs", "happy-dom"),
    Client("gorilla", "go", "gorilla.go", "golang-github-gorilla-websocket-dev"),
    Client("coder (nhooyr)", "go", "coder.go", "golang-nhooyr-websocket-dev", raised="messages of 32 KiB"),
    Client(
        "x/net",
        "go",
        "xnet.go",
        "golang-golang-x-net-dev",
        faults={**closing(NO_CLOSE_WAIT), **stopping(NO_CODE)},
    ),
    Client("java.net.http", "java", "JavaNet.java", "openjdk-17-jdk-headless"),
    Client("OkHttp", "java", "Okhttp.java", "libokhttp-java"),
    Client("Jetty", "java", "Jetty.java", "libjetty9-extra-java", raised="messages of 64 KiB"),
    Client("Tomcat", "java", "Tomcat.java", "libtomcat10-java", raised="messages of 8 KiB"),
    Client(
        "faye-websocket (Ruby)",
        "ruby",
        "faye.rb",
        "ruby-faye-websocket",
        faults={"[::1]": "it looks the literal up as a name, brackets and all"},
    ),
    Client("Mojo::UserAgent", "perl", "mojo.pl", "libmojolicious-perl", raised="messages of 256 KiB"),
    Client(
        "libwebsockets",
        "cpp",
        "libwebsockets.cpp",
        "libwebsockets-dev",
        faults=closing("it does not tell which code answers a closing of its own"),
    ),
    Client("Boost.Beast", "cpp", "beast.cpp", "libboost-dev"),
    Client("websocketpp", "cpp", "websocketpp.cpp", "libwebsocketpp-dev"),
    Client("QWebSocket (Qt 6)", "qt", "qt_client.py", "PyQt6"),
)
