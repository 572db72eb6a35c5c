"""Every state in light and dark, on desktop and phone: a picture to look at, and no violation of axe's rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenFake, OpenPage, in_both_browsers
from tests.browser.fake_host import FakeHost
from tests.browser.pages import message, person, say, thread
from tests.browser.walk import NAMES, chat_states, end_states, gate_states

pytestmark = [pytest.mark.browser, in_both_browsers]

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = Path(__file__).parents[1] / "screenshots" / "out" / "web"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = [*WCAG, "best-practice"]

TOO_SMALL = """() => [...document.querySelectorAll('button, input, textarea')]
    .map((each) => [each.className || each.id, each.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.width < 44 || box.height < 44))
    .map(([name, box]) => `${name} ${box.width} x ${box.height}`)"""


def look_at(page: Page, name: str, rules: list[str] = RULES) -> None:
    """Take the pictures, and hold the state to the rules, in both colour schemes."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    browser = page.context.browser
    is_firefox = browser is not None and browser.browser_type.name == "firefox"
    for scheme in SCHEMES[:1] if is_firefox else SCHEMES:  # Firefox is told at its start
        if not is_firefox:
            page.emulate_media(color_scheme=scheme)
        page.screenshot(path=PICTURES / f"{name}-{scheme}.png", animations="disabled")
        result: dict[str, Any] = page.evaluate("runOnly => axe.run(document, { runOnly })", rules)
        found = [
            (rule["id"], node["html"], node["failureSummary"])
            for rule in result["violations"]
            for node in rule["nodes"]
        ]
        assert found == [], f"{name}, {scheme}"


def with_axe(page: Page) -> Page:
    """Have axe loaded with every document of a page."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci in tests/browser")
    page.add_init_script(path=AXE)
    return page


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_login(open_page: OpenPage, size: str) -> None:
    """Everything around the login."""
    page = with_axe(open_page(is_phone=size == "phone", is_opened=False))
    for state in gate_states(page):
        look_at(page, f"{size}-{state}")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_chat(open_page: OpenPage, size: str) -> None:
    """Everything around the chat, and where it ends."""
    page = with_axe(open_page("Ana", is_phone=size == "phone", is_opened=False))
    host = FakeHost(page, "Ana")
    host.users = [*NAMES, "Ben"]
    page.goto("/")
    for state in chat_states(page, host, is_phone=size == "phone"):
        look_at(page, f"{size}-{state}")
    for state in end_states(page, host):
        look_at(page, f"{size}-{state}")


def test_banned(open_fake: OpenFake) -> None:
    """The plain sentence."""
    page, host = open_fake(is_phone=True)
    host.close(4006)
    expect(page.get_by_role("heading", name="You cannot join")).to_be_visible()
    page.screenshot(path=PICTURES / "phone-banned-light.png")


def test_everything_by_keyboard(open_fake: OpenFake) -> None:
    """From the skip link through list and conversation, without a pointer."""
    page, host = open_fake(users=NAMES)
    host.send(host.direct("Ben", "Psst"))
    expect(thread(page, "Ben")).to_be_visible()
    page.get_by_role("button", name="Log out").focus()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Tell me of messages to me")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("link", name="Skip to writing a message")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Write data (JSON)")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Raise your hand")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("region", name="Messages with Everyone")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Save this conversation as text")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Find in this conversation")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(thread(page, "everyone")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(thread(page, "Ben")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Message to Ben")).to_be_focused()
    page.keyboard.type("Yes?")
    page.keyboard.press("Enter")
    expect(message(page, "Yes?")).to_contain_text("Delivered")


def test_new_messages_are_read_out_sparingly(open_fake: OpenFake) -> None:
    """One message is read, several at once are counted; the list itself is no live region."""
    page, host = open_fake(users=["Ana", "Ben"])
    page.clock.install()
    heard = page.locator("#heard")
    host.send(host.message("Ben", "Listen"))
    expect(message(page, "Listen")).to_be_visible()
    page.clock.fast_forward(1_500)
    expect(heard).to_have_text("Ben: Listen")
    host.send(*(host.message("Ben", f"and {number}") for number in range(7)))
    expect(message(page, "and 6")).to_be_visible()
    page.clock.fast_forward(1_500)
    expect(heard).to_have_text("7 new messages")
    host.send(host.direct("Ben", "secret"))
    expect(thread(page, "Ben")).to_be_visible()
    page.clock.fast_forward(1_500)
    expect(heard).to_have_text("New message from Ben")
    assert page.locator(".messages[aria-live], .messages [aria-live]").count() == 0


def test_nothing_is_cut_off(open_fake: OpenFake) -> None:
    """No sideways scrolling at any width; long names and words stay inside."""
    page, host = open_fake(users=["Ana", "W" * 32], path="/#everyone")
    host.send(host.message("W" * 32, "W" * 300))
    for width_px in (320, 360, 719, 720):
        page.set_viewport_size({"width": width_px, "height": 640})
        expect(message(page, "WWW")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px
        box = message(page, "WWW").locator(".bubble").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width_px


def test_a_finger_finds_its_target(open_fake: OpenFake, browser_name: str) -> None:
    """On a touch screen whatever can be pressed is 44 pixels wide and high."""
    if browser_name == "firefox":
        pytest.skip("WebDriver BiDi has no touch yet")
    page, host = open_fake(users=NAMES, is_phone=True)
    page.get_by_role("button", name="Conversations", exact=True).click()
    page.get_by_label("Find someone").fill("e")
    assert page.evaluate(TOO_SMALL) == []
    person(page, "Ben").click()
    host.absent = {"u-Ben"}
    say(page, "Are you there?")
    expect(page.get_by_role("button", name="Discard")).to_be_visible()
    host.send(host.direct("Ben", "x" * 9_000))
    expect(page.get_by_role("button", name="Show all")).to_be_visible()
    assert page.evaluate(TOO_SMALL) == []
    page.get_by_role("button", name="Conversations", exact=True).click()
    expect(thread(page, "Ben")).to_be_visible()
    assert page.evaluate(TOO_SMALL) == []
    host.close(4010)
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.evaluate(TOO_SMALL) == []


def test_on_a_short_phone_the_way_in_is_in_sight(open_page: OpenPage) -> None:
    """Invited, with the longest form: nothing has to be scrolled for at 360 x 640."""
    page = open_page(is_phone=True, is_opened=False)
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto("/?invite=K7")
    expect(page.get_by_role("alert")).to_contain_text("invited")
    box = page.locator("button[type=submit]").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 640
