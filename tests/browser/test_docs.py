"""The documentation in a browser: at the running server, under its policy, and from the disk."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage, StartProgram, in_both_browsers
from tests.browser.pages import message, say
from tests.browser.test_every_state import WCAG, look_at, with_axe

pytestmark = [pytest.mark.browser, in_both_browsers, pytest.mark.usefixtures("site")]
EVENT = Path(__file__).parents[2] / "docs" / "event.md"
PAGES = ("event", "client", "protocol", "settings", "cluster")
PICTURES = Path(__file__).parents[1] / "screenshots" / "out"


def find(page: Page, words: str) -> None:
    """Type into the search."""
    page.locator(".md-search__button").first.click()
    page.keyboard.type(words)


def is_dark(page: Page) -> bool:
    """Tell whether the page has dark colours."""
    return page.locator("body").get_attribute("data-md-color-scheme") == "slate"


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_reader_finds_the_way(open_page: OpenPage, colours: str) -> None:
    """From the address without its slash to a page, by the search, and by a link; in the system's colours."""
    page = open_page(path="/docs", is_dark=colours == "dark")
    expect(page.get_by_role("heading", name="Authws Desktop", level=1)).to_be_visible()
    assert is_dark(page) is (colours == "dark")
    page.screenshot(path=PICTURES / f"docs-{colours}.png")
    page.get_by_role("link", name="I write a client").last.click()
    expect(page.get_by_role("heading", name="I write a client")).to_be_visible()
    find(page, "subprotocol")
    found = page.get_by_role("option").filter(has_text="The door").first
    expect(found).to_be_visible()
    # Its style sheet came to be: without one, the search would be a list over the whole page.
    box = found.bounding_box()
    assert box is not None
    assert box["width"] < 900
    page.screenshot(path=PICTURES / f"docs-search-{colours}.png")
    found.click()
    page.wait_for_url("**/docs/protocol.html*")


def test_everybody_can_read_it(open_page: OpenPage) -> None:
    """No page breaks a rule of WCAG."""
    page = with_axe(open_page(is_opened=False))
    for name in PAGES:
        page.goto(f"/docs/{name}.html")
        # Best practice would have the theme's copy buttons be landmarks of different names.
        look_at(page, f"docs-{name}", WCAG)


def test_a_phone_reads_it(open_page: OpenPage) -> None:
    """No page is wider than the screen."""
    page = open_page(path="/docs/event.html", is_phone=True)
    page.screenshot(path=PICTURES / "docs-phone.png")
    for name in PAGES:
        page.goto(f"/docs/{name}.html")
        assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


def test_it_is_read_from_the_disk(open_page: OpenPage, site: Path) -> None:
    """The search, too, where browsers load no data and start no worker."""
    page = open_page(path=(site / "index.html").as_uri())
    find(page, "invitation")
    expect(page.get_by_role("option").filter(has_text="Configuration").first).to_be_visible()


def test_the_path_of_who_hosts_an_event(open_page: OpenPage, start_program: StartProgram) -> None:
    """As it says without a window: a phone comes in by name alone, and who comes late has missed nothing."""
    command = re.search(r"^.*authws-desktop serve.*$", EVENT.read_text("utf-8"), re.MULTILINE)
    assert command is not None
    server = start_program(**dict(word.split("=") for word in shlex.split(command[0]) if "=" in word))
    phones = []
    for name, hears in (("Mia", "Mia is here"), ("Noah", "Mia is here")):
        phone = open_page(at=server, is_phone=True)
        phones.append(phone)
        expect(phone.get_by_role("heading", name="Class 7b")).to_be_visible()
        phone.get_by_label("Name", exact=True).fill(name)
        phone.get_by_role("button", name="Join").click()
        if name == "Mia":
            say(phone, hears)
        expect(message(phone, hears)).to_be_visible()
    say(phones[1], "Noah, too")
    expect(message(phones[0], "Noah, too")).to_be_visible()
