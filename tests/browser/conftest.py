"""Chromium, the program, and pages of people who are logged in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.fake_host import FakeHost
from tests.browser.program import Program

ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]
WAIT_MS = 30_000
DESKTOP = {"viewport": {"width": 1200, "height": 800}}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


class OpenPage(Protocol):
    """Opens a page of its own browser profile."""

    def __call__(
        self,
        name: str | None = None,
        *,
        at: Program | None = None,
        path: str = "/",
        is_phone: bool = False,
        is_dark: bool = False,
        is_opened: bool = True,
    ) -> Page:
        """Return the page.

        Args:
            name: Who is logged in; `None` for nobody.
            at: The server; the shared one if not given.
            path: What to open.
            is_phone: Whether it is a phone of 360 x 740 with touch.
            is_dark: Whether the system prefers dark colours.
            is_opened: Whether to open the address; else the test does.
        """


class StartProgram(Protocol):
    """Starts a server of one's own."""

    def __call__(self, **env: str) -> Program:
        """Return it; `env` are its settings."""


class OpenFake(Protocol):
    """Opens a page whose WebSocket the test holds."""

    def __call__(self, name: str = "Ana", *, users: list[str] | None = None, **options: Any) -> FakePage:
        """Return both; `options` as for `OpenPage`."""


FakePage = tuple[Page, FakeHost]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. Ended with this folder's tests: it holds a running asyncio loop."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this computer")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The server that tests share."""
    program = Program(tmp_path_factory.mktemp("program"), AUTHWS_MESSAGE_RATE="0")
    yield program
    program.stop()


@pytest.fixture
def start_program(tmp_path: Path) -> Iterator[StartProgram]:
    """Start servers with settings of their own."""
    programs: list[Program] = []

    def start(**env: str) -> Program:
        programs.append(Program(tmp_path / f"program-{len(programs)}", **env))
        return programs[-1]

    yield start
    for program in programs:
        program.stop()


@pytest.fixture
def open_page(browser: Browser, program: Program) -> Iterator[OpenPage]:
    """Open pages; fails if one of them met an error or broke the Content-Security-Policy."""
    complaints: list[str] = []
    contexts = []
    expect.set_options(timeout=WAIT_MS)

    def on_console(message: ConsoleMessage) -> None:
        # Refused requests and lost connections are what many tests are about.
        is_expected = message.text.startswith(("Failed to load resource", "WebSocket connection to"))
        if message.type in ("error", "warning") and not is_expected:
            complaints.append(message.text)

    def open_(
        name: str | None = None,
        *,
        at: Program | None = None,
        path: str = "/",
        is_phone: bool = False,
        is_dark: bool = False,
        is_opened: bool = True,
    ) -> Page:
        server = at or program
        stored: list[Any] = []
        if name is not None:
            entry = {"name": "authws.session", "value": server.member(name).session}
            stored = [{"origin": server.http, "localStorage": [entry]}]
        context = browser.new_context(
            **(PHONE if is_phone else DESKTOP),
            base_url=server.http,
            storage_state={"cookies": [], "origins": stored},
            color_scheme="dark" if is_dark else "light",
            locale="en-GB",
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on("console", on_console)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if is_opened:
            page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def open_fake(open_page: OpenPage) -> OpenFake:
    """Open a page whose WebSocket the test holds; HTTP goes to the shared server."""

    def open_(name: str = "Ana", *, users: list[str] | None = None, **options: Any) -> FakePage:
        path = options.pop("path", "/")
        page = open_page(name, is_opened=False, **options)
        host = FakeHost(page, name)
        host.users = users or [name]
        page.goto(path)
        expect(page.locator(".sidebar .row-name", has_text=f"{name} (you)")).to_be_attached()
        return page, host

    return open_
