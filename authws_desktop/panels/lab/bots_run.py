"""Virtual users for the window's own server: the command `bots` in a child process."""

from __future__ import annotations

import asyncio
import re
import secrets
import sys
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer

from authws_desktop.accounts.errors import UnknownAccount
from authws_desktop.errors import ProductError
from authws_desktop.network.addresses import EVERY_ADDRESS, Address
from authws_desktop.panels.kit.language import tr
from authws_desktop.server.service import Service
from authws_desktop.testing.bots import Report

STOP_TIMEOUT_MS = 15_000
"""Time for the child to end its connections and remove its accounts before it is killed."""
_MARK_BYTES = 4
_NAME = "bot-{mark}-"


class BotsError(ProductError):
    """The child has ended without a report; says why."""


@dataclass(frozen=True)
class BotsOrder:
    """What virtual users are to do.

    Attributes:
        count: How many.
        script: `chatter`, `echo`, or a file of exported rows.
        rate: Messages of each a second.
        duration_s: For so long.
    """

    count: int
    script: str
    rate: int
    duration_s: int


class BotsRun(QObject):
    """One run of virtual users in a child process.

    However the child ends, its accounts are gone afterwards.

    Attributes:
        process: The child.

    Args:
        service: The server they go to; it must be running.
        order: What they do.
        parent: Qt parent.
    """

    def __init__(self, service: Service, order: BotsOrder, parent: QObject) -> None:
        super().__init__(parent)
        self._service = service
        self._order = order
        self._mark = secrets.token_hex(_MARK_BYTES)
        self._is_stopped = False
        self.process = QProcess(self)

    async def run(self) -> Report | None:
        """Run to the end; `None` if it was stopped.

        Raises:
            BotsError: The child could not start, was killed, or had to give up.
        """
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end(*_how: object) -> None:
            # Other errors are followed by `finished`; one that could not start is not.
            if self.process.state() is QProcess.ProcessState.NotRunning and not ended.done():
                ended.set_result(None)

        self.process.finished.connect(end)
        self.process.errorOccurred.connect(end)
        is_here = Address(self._host).is_only_here
        try:
            with self._service.lent_admin_token(is_anywhere=not is_here) as token:
                environment = QProcessEnvironment.systemEnvironment()
                environment.insert("AUTHWS_ADMIN_TOKEN", token.text)
                tls = self._service.location.tls
                if tls is not None and tls.authority_file is not None:
                    environment.insert("SSL_CERT_FILE", str(tls.authority_file))
                self.process.setProcessEnvironment(environment)
                program, *arguments = self._command()
                self.process.start(program, arguments)
                await ended
        finally:
            self.process.kill()
            await self._remove_accounts()
        return self._outcome()

    def stop(self) -> None:
        """Let the child end: it closes its connections and removes its accounts; may be called again."""
        if self._is_stopped:  # a second signal would interrupt what the first one set going
            return
        self._is_stopped = True
        if sys.platform == "win32":  # its programs without a window know no polite signal
            self.process.kill()
            return
        self.process.terminate()
        QTimer.singleShot(STOP_TIMEOUT_MS, self.process, self.process.kill)

    @property
    def _host(self) -> str:
        host = self._service.location.listening_at[0][0]
        return "localhost" if host in EVERY_ADDRESS else host

    def _command(self) -> list[str]:
        is_frozen = getattr(sys, "frozen", False)
        program = [sys.executable] if is_frozen else [sys.executable, "-m", "authws_desktop"]
        order, url = self._order, self._service.location.url_of(Address(self._host))
        what = ["--count", str(order.count), "--script", order.script, "--rate", str(order.rate)]
        long = ["--duration", str(order.duration_s), "--mark", self._mark, "--json"]
        where = ["--url", url, "--data-dir", str(self._service.paths.data_dir)]
        return [*program, "bots", *what, *long, *where]

    def _outcome(self) -> Report | None:
        if self._is_stopped:
            return None
        is_normal = self.process.exitStatus() is QProcess.ExitStatus.NormalExit
        if is_normal and self.process.exitCode() == 0:
            return msgspec.json.decode(self.process.readAllStandardOutput().data(), type=Report)
        said = bytes(self.process.readAllStandardError().data()).decode("utf-8", "replace").strip()
        if self.process.error() is QProcess.ProcessError.FailedToStart:
            said = self.process.errorString()
        elif not is_normal:
            said = tr("Their process was ended from outside.")
        raise BotsError(said.splitlines()[-1] if said else "")

    async def _remove_accounts(self) -> None:
        """Remove what a child that was killed has left behind."""
        own = re.compile(re.escape(_NAME.format(mark=self._mark)) + r"\d+")
        for account in [each for each in self._service.accounts.users() if own.fullmatch(each.username)]:
            try:
                await self._service.accounts.administration.delete(account.id)
            except UnknownAccount:
                continue  # the child was faster
