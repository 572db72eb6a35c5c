"""The program tries itself: window, server, accounts, WebSocket, web client, icons, files, stop.

Run by `authws-desktop --self-test` on a built or installed program, where a missing module, plugin or file
shows only when it is used. Works in a temporary folder, on a free loopback port; nothing of the user's is
read or written.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage
from PySide6.QtWidgets import QApplication

from authws_desktop import eventloop
from authws_desktop.app import log_uncaught, new_application
from authws_desktop.compiled import form_words
from authws_desktop.errors import ProductError
from authws_desktop.logs import LogRing, close_logging, set_up_logging
from authws_desktop.panels.kit.theme import Theme, icon_file
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.paths import DataPaths, resource_dir
from authws_desktop.server.service import ServerState, Service
from authws_desktop.settings import LoadedSettings, Settings, Source

STEP_DEADLINE_S = 20.0
USERNAME, PASSWORD = "self.test", "correct horse battery"
CONTENT = {"text": "Zażółć gęślą jaźń 🐎", "number": 1.5}
_ASSET = re.compile(r'<(?:link|script)[^>]*(?:href|src)="(/[^"]+)"')
_DOCS_FILE = re.compile(r'(?:href|src)="(?:\./)?([\w/.-]+\.\w+)"')


class SelfTestError(ProductError):
    """Something does not work; `str()` is a sentence that says what."""


@dataclass
class Trial:
    """What the steps share.

    Attributes:
        app: Qt's application.
        service: The server under test.
        log_ring: Its log.
        window: The window, once it is open.
        token: From the login.
    """

    app: QApplication
    service: Service
    log_ring: LogRing
    window: MainWindow | None = None
    token: str = field(default="", repr=False)

    @property
    def base(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.service.location.port}"


Step = Callable[[Trial], Awaitable[str]]


def run_self_test(say: Callable[[str], object]) -> int:
    """Try everything once.

    Args:
        say: Told each step with its time, and at the end a sentence.

    Returns:
        The process's exit status: 0 when all works, else 1.
    """
    hook, sys.excepthook = sys.excepthook, log_uncaught
    try:
        # Windows cannot remove files that a scanner holds open: that is no failure of the program.
        with tempfile.TemporaryDirectory(prefix="authws-self-test-", ignore_cleanup_errors=True) as folder:
            app = new_application()
            try:
                eventloop.run(app, lambda: _run(app, DataPaths.under(Path(folder)), say))
            finally:
                close_logging()
    except (SelfTestError, OSError) as error:
        say(f"The self-test failed. {error}")
        return 1
    finally:
        sys.excepthook = hook
    say("The self-test passed.")
    return 0


async def _run(app: QApplication, paths: DataPaths, say: Callable[[str], object]) -> None:
    ring = LogRing()
    settings = trial_settings()
    set_up_logging(settings.values, paths, ring=ring)
    trial = Trial(app, await _made("make the server", lambda: Service(settings, paths)), ring)
    try:
        for name, step in STEPS.items():
            started = time.monotonic()
            detail = await carry_out(name, step, trial)
            say(f"{name}: {detail} ({(time.monotonic() - started) * 1000:.0f} ms)")
    finally:
        if trial.window is not None:
            trial.window.close_for_good()
        await trial.service.close()


def trial_settings() -> LoadedSettings:
    """Return settings for a free loopback port that owe nothing to the machine they run on."""
    values = msgspec.structs.replace(Settings(), host="127.0.0.1", port=0, theme="light")
    return LoadedSettings(values, values, dict.fromkeys(Settings.__struct_fields__, Source.DEFAULT))


async def carry_out(name: str, step: Step, trial: Trial) -> str:
    """Carry out one step within `STEP_DEADLINE_S`.

    Raises:
        SelfTestError: It failed, in whatever way, or took too long.
    """
    detail: str = await _made(name, lambda: step(trial))
    return detail


async def _made(name: str, make: Callable[[], Any]) -> Any:
    try:
        async with asyncio.timeout(STEP_DEADLINE_S):
            made = make()
            return await made if isinstance(made, Awaitable) else made
    except SelfTestError as error:
        raise SelfTestError(f"It could not {name}: {error}") from error
    except TimeoutError:
        raise SelfTestError(f"It could not {name} within {STEP_DEADLINE_S:.0f} s.") from None
    except Exception as error:
        raise SelfTestError(f"It could not {name}: {type(error).__name__}: {error}") from error


def _check(holds: object, sentence: str) -> None:
    if not holds:
        raise SelfTestError(sentence)


# Steps


async def open_window(trial: Trial) -> str:
    """Open the window and wait until it is on the screen."""
    theme = Theme()
    theme.apply(trial.app, "light")
    await trial.service.open()
    trial.window = MainWindow(
        trial.service, theme, WindowState(trial.service.paths.window_file), trial.log_ring
    )
    trial.window.show()
    await _until(trial.window.isVisible)
    handle = trial.window.windowHandle()
    await _until(lambda: handle is not None and handle.isExposed())
    return f"{trial.app.platformName()}, {trial.window.width()} x {trial.window.height()}"


async def draw_window(trial: Trial) -> str:
    """Draw the window: text and colours, not one blank area."""
    assert trial.window is not None  # noqa: S101 - made by the first step
    colours = count_colours(trial.window.grab().toImage())
    _check(colours > 20, f"its picture has only {colours} colours. Are there fonts on this machine?")
    return f"{colours} colours"


async def show_icons(trial: Trial) -> str:
    """Draw the program's icon through Qt's icon engine, and one of the set by the theme."""
    file = icon_file("authws-desktop")
    _check(file.is_file(), f"the file {file.name} is not in the package.")
    sizes = (16, 48, 256)
    for size in sizes:
        picture = QIcon(str(file)).pixmap(QSize(size, size)).toImage()
        _check(count_colours(picture) > 1, f"{file.name} stays blank. Is Qt's SVG plugin in the package?")
    picture = Theme().icon("radio", "text").pixmap(QSize(20, 20)).toImage()
    _check(count_colours(picture) > 1, "an icon of the set stays blank.")
    return "drawn"


async def start_server(trial: Trial) -> str:
    """Listen on a free port."""
    await trial.service.start()
    _check(trial.service.state is ServerState.RUNNING, f"its state is {trial.service.state}.")
    return f"port {trial.service.location.port}, {form_words()}"


async def register(trial: Trial) -> str:
    """Make an account over HTTP."""
    answer = await _post(trial, "/auth/register", 201)
    _check(answer["user"]["username"] == USERNAME, "the answer names another user.")
    return USERNAME


async def log_in(trial: Trial) -> str:
    """Log in over HTTP; a wrong password is refused."""
    await _post(trial, "/auth/login", 401, password=PASSWORD + "!")
    trial.token = (await _post(trial, "/auth/login", 200))["token"]
    return "right password taken, wrong one refused"


async def exchange_message(trial: Trial) -> str:
    """Send a message over WebSocket and get it back."""
    from websockets.asyncio.client import connect

    address = trial.base.replace("http", "ws", 1) + "/ws"
    async with connect(address, proxy=None) as socket:
        await socket.send(msgspec.json.encode({"type": "authenticate", "token": trial.token}).decode())
        await _receive(socket, "authentication")
        await socket.send(msgspec.json.encode({"type": "message", "content": CONTENT}).decode())
        message = await _receive(socket, "message")
    _check(message["content"] == CONTENT, "it came back changed.")
    _check(message["username"] == USERNAME, "it came back under another name.")
    return "came back as it was sent"


async def show_pages(trial: Trial) -> str:
    """Draw what passed, row by row, and each page of the window."""
    assert trial.window is not None  # noqa: S101 - made by the first step
    view = trial.window.findChild(TrafficView)
    if view is None or not view.isVisible():
        raise SelfTestError("the traffic is not on the screen.")
    await _until(lambda: view.model().rowCount() > 0)
    colours = count_colours(view.viewport().grab().toImage())
    _check(colours > 20, f"the traffic's picture has only {colours} colours.")
    pages = list(trial.window.pages)
    for page in (*pages, pages[0]):
        trial.window.show_page(page)
        trial.window.grab()
    return f"{view.model().rowCount()} rows, {len(pages)} pages"


async def load_web_client(trial: Trial) -> str:
    """Load the web client's page and everything that it asks for."""
    async with _http(trial) as session:
        page = await _get(session, "/", "text/html")
        _check('<script type="module">' in page, "its page has no script.")
        wanted = set(_ASSET.findall(page))
        for name in wanted:
            await _get(session, name)
        for name in ("/openapi.json", "/asyncapi.json"):
            msgspec.json.decode(await _get(session, name))
    return f"{1 + len(wanted)} files"


async def read_documentation(trial: Trial) -> str:
    """Load the documentation's first page and everything that it asks for."""
    resources = resource_dir()
    if resources.name == "resources" and not (resources / "docs").is_dir():
        return "this checkout has not built it"
    async with _http(trial) as session:
        page = await _get(session, "/docs/")
        files = set(_DOCS_FILE.findall(page))
        _check(any(name.endswith(".js") for name in files), "its page names no script.")
        for name in files:
            await _get(session, f"/docs/{name}")
    return f"{len(files)} files"


async def write_files(trial: Trial) -> str:
    """Save settings; they, the accounts, the secret and the log are in the data folder."""
    paths = trial.service.paths
    await trial.service.apply(msgspec.structs.replace(trial.service.settings.saved, message_rate=77))
    _check("77" in paths.settings_file.read_text("utf-8"), "the settings do not hold what was saved.")
    files = (paths.settings_file, paths.secret_file, paths.database_file, paths.log_file)
    for file in files:
        _check(file.is_file() and file.stat().st_size, f"{file.name} is missing or empty.")
    return f"{len(files)} files"


async def stop_server(trial: Trial) -> str:
    """Stop; nothing listens any more."""
    port = trial.service.location.port
    await trial.service.stop()
    _check(trial.service.state is ServerState.STOPPED, f"its state is {trial.service.state}.")
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return f"port {port} is free again"
    writer.close()
    raise SelfTestError(f"something still listens on port {port}.")


async def have_no_errors(trial: Trial) -> str:
    """Find no error in the log: one in a slot or a paint stops nothing by itself."""
    lines = trial.log_ring.after(0)
    errors = [line for line in lines if logging.getLevelNamesMapping()[line.level] >= logging.ERROR]
    _check(not errors, errors[0].text.strip() if errors else "")
    return f"{len(lines)} lines in the log"


STEPS: dict[str, Step] = {
    "open the window": open_window,
    "draw the window": draw_window,
    "show icons": show_icons,
    "start the server": start_server,
    "register": register,
    "log in": log_in,
    "exchange a message": exchange_message,
    "show the pages": show_pages,
    "load the web client": load_web_client,
    "read the documentation": read_documentation,
    "write its files": write_files,
    "stop the server": stop_server,
    "end without an error": have_no_errors,
}
"""In this order; each name completes "It could not …"."""


# Parts of steps


async def _until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - Qt announces neither to the loop
        await asyncio.sleep(0.002)


def count_colours(picture: QImage) -> int:
    """Return how many colours a picture has, transparent ones left out; looks at up to 40,000 pixels."""
    small = picture.scaled(200, 200) if picture.width() * picture.height() > 40_000 else picture
    points = ((x, y) for y in range(small.height()) for x in range(small.width()))
    return len({small.pixel(x, y) for x, y in points if QColor.fromRgba(small.pixel(x, y)).alpha()})


@asynccontextmanager
async def _http(trial: Trial) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(trial.base, trust_env=False) as session:
        yield session


async def _post(trial: Trial, path: str, status: int, password: str = PASSWORD) -> dict[str, Any]:
    body = {"username": USERNAME, "password": password}
    async with _http(trial) as session, session.post(path, json=body) as answer:
        content = await answer.read()
        _check(
            answer.status == status,
            f"POST {path} answered {answer.status} in place of {status}: {content.decode(errors='replace')}",
        )
        decoded: dict[str, Any] = msgspec.json.decode(content)
        return decoded


async def _get(session: aiohttp.ClientSession, path: str, accept: str = "*/*") -> str:
    async with session.get(path, headers={"Accept": accept}) as answer:
        text = await answer.text(errors="replace")  # pictures are among the files
        _check(answer.status == 200 and text, f"GET {path} answered {answer.status}.")
        return text


async def _receive(socket: Any, kind: str) -> dict[str, Any]:
    """Return the next message of a kind; an error instead of it is the finding."""
    while True:
        message: dict[str, Any] = msgspec.json.decode(await socket.recv())
        _check(message["type"] != "error", f"the server answered {message.get('message')}")
        if message["type"] == kind:
            return message
