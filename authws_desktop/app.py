"""The window and the server in one process: builds every object once, in order, and ends them in reverse.

Start: Qt application, loop, log, service, accounts, window, server (if asked). End: window hidden, server
stopped (clients get 1001), accounts closed, loop closed.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from authws_desktop import __version__, eventloop
from authws_desktop.accounts.errors import AccountsError
from authws_desktop.errors import ProductError
from authws_desktop.logs import LogRing, close_logging, set_up_logging
from authws_desktop.panels.kit.dialog import finished
from authws_desktop.panels.kit.language import SPEECH
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.panels.window.shown_window import ShownWindow
from authws_desktop.panels.window.single_instance import SingleInstance
from authws_desktop.panels.window.trouble_dialog import TroubleDialog
from authws_desktop.paths import APP_NAME, DataPaths, resource_dir
from authws_desktop.server.service import Service
from authws_desktop.settings import LoadedSettings, SettingsError
from authws_desktop.stop_signals import StopSignals

log = logging.getLogger(__name__)


class _QuitFilter(QObject):
    """Turns the system's request to quit (Cmd-Q, end of session) into ours, which stops the server first."""

    def __init__(self, on_quit: Callable[[], None]) -> None:
        super().__init__()
        self._on_quit = on_quit

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Quit:
            self._on_quit()
            return True
        return False


def run_window(settings: LoadedSettings, paths: DataPaths, *, jwt_secret: str, is_started: bool) -> int:
    """Open the window and run until it is closed.

    Args:
        settings: The settings to start with, each with its source.
        paths: The folders of settings, data and log.
        jwt_secret: The signing secret from outside, or empty.
        is_started: Whether to start the server at once.

    Returns:
        The process's exit status.
    """
    app = new_application()
    instance = _new_instance(paths)
    # Before the log, the loop and the accounts: a second window must touch none of the first one's files.
    if not instance.claim():
        return 0 if instance.raise_first() else show_trouble(instance.complaint)
    ring = LogRing()
    set_up_logging(settings.values, paths, ring=ring, warnings=settings.warnings)
    sys.excepthook = log_uncaught
    try:
        return eventloop.run(app, lambda: _run(app, settings, paths, ring, jwt_secret, is_started, instance))
    finally:
        close_logging()
        instance.release()


def _new_instance(paths: DataPaths) -> SingleInstance:
    try:
        return SingleInstance(paths.data_dir)
    except OSError as error:
        raise SettingsError(
            f"The data folder {paths.data_dir} cannot be made ({error.strerror}). Correct the rights of the "
            "folder above it, or choose another one with --data-dir."
        ) from None


def show_trouble(text: str) -> int:
    """Say in a dialog what keeps the program from starting; returns the process's exit status."""
    app = new_application()
    theme = Theme()
    theme.apply(app, "system")
    eventloop.run(app, lambda: finished(TroubleDialog(text, theme)))
    return 1


def new_application() -> QApplication:
    """Return the Qt application with its names and icon."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(sys.argv[:1])
    app.setApplicationName(APP_NAME)
    app.setApplicationDisplayName("Authws Desktop")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName(APP_NAME)
    app.setWindowIcon(QIcon(str(resource_dir() / "icons" / "authws-desktop.svg")))
    app.setQuitOnLastWindowClosed(False)
    return app


async def _run(
    app: QApplication,
    settings: LoadedSettings,
    paths: DataPaths,
    ring: LogRing,
    jwt_secret: str,
    is_started: bool,
    instance: SingleInstance,
) -> int:
    stopped = asyncio.Event()
    signals = StopSignals(asyncio.get_running_loop(), stopped.set)
    quit_filter = _QuitFilter(stopped.set)
    app.installEventFilter(quit_filter)
    SPEECH.use(app, settings.values.window_language)
    theme = Theme()
    theme.apply(app, settings.values.theme)
    try:
        service = Service(settings, paths, jwt_secret=jwt_secret)
        await service.open()
    except AccountsError as error:
        log.error("%s", error)
        await finished(TroubleDialog(str(error), theme))
        return 1
    try:
        await _show(app, service, theme, ring, stopped, is_started, instance)
        return 0
    finally:
        await service.close()
        app.removeEventFilter(quit_filter)
        signals.finish()


async def _show(
    app: QApplication,
    service: Service,
    theme: Theme,
    ring: LogRing,
    stopped: asyncio.Event,
    is_started: bool,
    instance: SingleInstance,
) -> None:
    window_state = WindowState(service.paths.window_file)
    shown = ShownWindow(app, service, lambda: MainWindow(service, theme, window_state, ring), stopped.set)
    instance.launched_again.connect(shown.bring_back)
    shown.show()
    # What is there now stays. Python's own search for garbage, which `cli` has switched off, stays off: the
    # window searches on its own thread.
    gc.freeze()
    if is_started:
        with contextlib.suppress(ProductError):  # the server bar says what is the matter
            await service.start()
    await stopped.wait()
    # The window first, so that nobody acts on a server that is ending.
    await shown.close()
    await service.close()
    shown.window.deleteLater()


def log_uncaught(kind: type[BaseException], error: BaseException, traceback: object) -> None:
    """Log what a Qt slot raised; without this PySide prints it and the window seems to ignore the click."""
    log.critical("Uncaught error", exc_info=error)
