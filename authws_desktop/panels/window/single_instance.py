"""One window for each data folder: a second launch raises the first.

A lock file decides who is first (the system's record of the process tells a left-over from a live one); a
local socket only carries the message, for a socket outlives a program that was killed.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QThread, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

ANSWER_TIMEOUT_MS = 1500
TRIES = 4
PAUSE_MS = 200
MAX_MESSAGE_BYTES = 1024
_HELLO = b"raise "
_DONE = b"done\n"
_TOKEN = "XDG_ACTIVATION_TOKEN"  # noqa: S105 - Wayland lets only its holder take the focus


class SingleInstance(QObject):
    """Finds out whether this is the first window of a data folder.

    Attributes:
        complaint: What to say when the first one does not answer.

    Signals:
        launched_again: Somebody started the program a second time.

    Args:
        folder: The data folder.
    """

    launched_again = Signal()

    def __init__(self, folder: Path) -> None:
        super().__init__()
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = QLockFile(str(folder / "window.lock"))
        self._lock.setStaleLockTime(0)  # never by age: a window may be open for weeks
        digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        self._name = f"authws-desktop-{digest}"
        self._server: QLocalServer | None = None

    def claim(self) -> bool:
        """Become the first one; `False` if there is one already."""
        if not self._lock.tryLock(0):
            # A folder that cannot be written holds no lock: then nobody can be first, and opening it says so.
            return self._lock.error() != QLockFile.LockError.LockFailedError
        QLocalServer.removeServer(self._name)  # left by one that was killed
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        self._server.listen(self._name)
        return True

    def release(self) -> None:
        """Let the next launch be the first."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._lock.unlock()

    # The second launch

    def raise_first(self) -> bool:
        """Have the first one raise its window; `False` if it does not answer."""
        for _ in range(TRIES):
            if self._send():
                return True
            QThread.msleep(PAUSE_MS)  # it may hold the lock and not listen yet
        return False

    def _send(self) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(ANSWER_TIMEOUT_MS):
            return False
        socket.write(_HELLO + os.environ.get(_TOKEN, "").encode()[:500] + b"\n")
        socket.flush()
        answered = socket.waitForReadyRead(ANSWER_TIMEOUT_MS) and bytes(socket.readAll().data()) == _DONE
        socket.disconnectFromServer()
        return answered

    @property
    def complaint(self) -> str:
        """What to say when the first one does not answer."""
        pid = self._lock.getLockInfo()[0]
        who = f"process {pid}" if pid else "another process"
        return self.tr(
            "Authws Desktop is already open ({who}), but it does not answer. Wait a moment, or end that "
            "process, and start it again."
        ).format(who=who)

    # The first one

    @Slot()
    def _on_connection(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            socket.readyRead.connect(self._on_ready)
            socket.disconnected.connect(socket.deleteLater)
            if socket.bytesAvailable():
                self._read(socket)

    @Slot()
    def _on_ready(self) -> None:
        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > MAX_MESSAGE_BYTES:
                socket.abort()
            return
        line = bytes(socket.readLine(MAX_MESSAGE_BYTES).data())
        if not line.startswith(_HELLO):
            socket.abort()
            return
        token = line.removeprefix(_HELLO).strip().decode("ascii", "ignore")
        if token:
            os.environ[_TOKEN] = token  # where Qt looks for it
        socket.write(_DONE)
        socket.flush()
        self.launched_again.emit()
