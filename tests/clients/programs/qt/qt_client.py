"""`QWebSocket` of Qt 6, by PyQt6; its event loop runs while something is waited for."""

from collections import deque
from collections.abc import Callable

from PyQt6.QtCore import QCoreApplication, QEventLoop, QUrl
from PyQt6.QtWebSockets import QWebSocket, QWebSocketHandshakeOptions, QWebSocketProtocol
from walk import Closed, walk_blocking

application = QCoreApplication([])


class Client:
    def __init__(self, url: str, offered: list[str]) -> None:
        self._socket = QWebSocket()
        self._came: deque[str] = deque()
        self._is_open = self._is_closed = False
        self._socket.connected.connect(lambda: setattr(self, "_is_open", True))
        self._socket.disconnected.connect(lambda: setattr(self, "_is_closed", True))
        self._socket.textMessageReceived.connect(self._came.append)
        options = QWebSocketHandshakeOptions()
        options.setSubprotocols(offered)
        self._socket.open(QUrl(url), options)
        self._run_until(lambda: self._is_open or self._is_closed)
        if not self._is_open:
            raise ConnectionError(self._socket.errorString())
        self.subprotocol = self._socket.subprotocol()

    def _run_until(self, is_there: Callable[[], object]) -> None:
        while not is_there():
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    async def send(self, text: str) -> None:
        self._socket.sendTextMessage(text)

    async def receive(self) -> str:
        self._run_until(lambda: self._came or self._is_closed)
        if not self._came:
            raise Closed(self._code(), self._socket.closeReason())
        return self._came.popleft()

    async def close(self) -> int | None:
        self._socket.close(QWebSocketProtocol.CloseCode.CloseCodeNormal, "bye")
        self._run_until(lambda: self._is_closed)
        return self._code()

    def _code(self) -> int:
        code = self._socket.closeCode()
        return int(getattr(code, "value", code))


async def connect(url: str, offered: list[str]) -> Client:
    return Client(url, offered)


walk_blocking(connect)
