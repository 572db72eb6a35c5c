"""Chromium and Firefox, the program, and pages of people who are logged in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright

from tests.browser.fake_host import FakeHost
from tests.browser.program import Program

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
]
PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "firefox": ("firefox-esr", "firefox"),
}
EXPECTED = (
    "Failed to load resource",
    "WebSocket connection to",
    "Firefox can\u2019t establish a connection to the server at ws",
    "The connection to ws",
    "The page\u2019s settings blocked an inline style (style-src-elem)",
)
"""How the complaints begin that a refused request, a lost connection or (Firefox) the taking of a picture brings."""
WAIT_MS = 30_000
DESKTOP = {"viewport": {"width": 1200, "height": 800}}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
# Firefox is driven by WebDriver BiDi, which has no word yet for touch, for a phone's way to lay out, and for what the
# person prefers: that is set where the browser is started.
FIREFOX_PHONE = {"viewport": PHONE["viewport"]}
FIREFOX_PREFERENCES: dict[str, str | float | bool] = {"ui.prefersReducedMotion": 1}


in_both_browsers = pytest.mark.parametrize(
    "browser_name", ["chromium", pytest.param("firefox", marks=pytest.mark.firefox)]
)
"""For what people see and do. Waits, clocks and lists of thousands are the same code in any browser.

Firefox takes most of the time that the suite may take, so it has a run of its own: `python3 dev.py test -m firefox`.
"""
in_both_always = pytest.mark.parametrize(
    "browser_name", ["chromium", pytest.param("firefox", marks=pytest.mark.long)]
)
"""For the way that everybody goes: in Firefox with what takes long, which each change passes."""


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


class Browsers:
    """Debian's Chromium and Firefox, each started when it is first needed.

    Args:
        playwright: Starts them.
    """

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._started: dict[tuple[str, bool], Browser] = {}

    def get(self, name: str, *, is_dark: bool) -> Browser:
        """Return a browser, or skip the test where it is not installed.

        Args:
            name: `chromium` or `firefox`.
            is_dark: Whether the system prefers dark colours; Firefox must know at its start.
        """
        key = (name, is_dark and name == "firefox")
        if key not in self._started:
            path = next(filter(None, map(shutil.which, PROGRAMS[name])), None)
            if path is None:
                pytest.skip(f"no {name} on this computer")
            if name == "firefox":
                colours: dict[str, str | float | bool] = {"ui.systemUsesDarkTheme": int(is_dark)}
                self._started[key] = self._playwright.firefox.launch(
                    executable_path=path,
                    channel="moz-firefox",  # drive it as it is, by WebDriver BiDi
                    firefox_user_prefs=FIREFOX_PREFERENCES | colours,
                )
            else:
                self._started[key] = self._playwright.chromium.launch(
                    executable_path=path, args=CHROMIUM_ARGUMENTS
                )
        return self._started[key]

    def close(self) -> None:
        """End them."""
        for browser in self._started.values():
            browser.close()


@pytest.fixture(scope="package")
def browsers() -> Iterator[Browsers]:
    """Both browsers. Ended with this folder's tests: they hold a running asyncio loop."""
    with sync_playwright() as playwright:
        found = Browsers(playwright)
        yield found
        found.close()


@pytest.fixture
def browser_name() -> str:
    """Chromium, unless the test says `in_both_browsers`."""
    return "chromium"


@pytest.fixture(scope="package")
def programs() -> Iterator[dict[str, Program]]:
    """The servers that tests share: one for each browser, as both come with the same names."""
    programs: dict[str, Program] = {}
    yield programs
    for program in programs.values():
        program.stop()


@pytest.fixture
def program(
    programs: dict[str, Program], browser_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Program:
    """The server that tests of this browser share."""
    if browser_name not in programs:
        programs[browser_name] = Program(tmp_path_factory.mktemp("program"), AUTHWS_MESSAGE_RATE="0")
    return programs[browser_name]


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
def open_page(browsers: Browsers, browser_name: str, program: Program) -> Iterator[OpenPage]:
    """Open pages; fails if one of them met an error or broke the Content-Security-Policy."""
    complaints: list[str] = []
    contexts = []
    expect.set_options(timeout=WAIT_MS)

    def complain(text: str) -> None:
        # Refused requests and lost connections are what many tests are about.
        if not text.startswith(EXPECTED):
            complaints.append(text)

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complain(message.text)

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
        is_firefox = browser_name == "firefox"
        phone = FIREFOX_PHONE if is_firefox else PHONE
        colours: Literal["dark", "light"] = "dark" if is_dark else "light"
        context = browsers.get(browser_name, is_dark=is_dark).new_context(
            **(phone if is_phone else DESKTOP),
            base_url=server.http,
            storage_state={"cookies": [], "origins": stored},
            locale="en-GB",
            timezone_id="Europe/Berlin",
            color_scheme="null" if is_firefox else colours,
            reduced_motion="null" if is_firefox else "reduce",
            forced_colors="null",
            contrast="null",
        )
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on("console", on_console)
        page.on("pageerror", lambda error: complain(error.message))
        if is_opened:
            page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == [], "\n".join(complaints)


@pytest.fixture
def open_fake(open_page: OpenPage) -> OpenFake:
    """Open a page whose WebSocket the test holds; HTTP goes to the shared server."""

    def open_(name: str = "Ana", *, users: list[str] | None = None, **options: Any) -> FakePage:
        path = options.pop("path", "/")
        page = open_page(name, is_opened=False, **options)
        host = FakeHost(page, name)
        host.users = users or [name]
        page.goto(path)
        expect(page.locator('.chat[data-online="true"]')).to_be_attached()
        return page, host

    return open_
