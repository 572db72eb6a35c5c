"""What was said and begun stays over a reload, and a time without a connection is a line."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenFake, OpenPage, in_both_browsers
from tests.browser.fake_host import FakeHost
from tests.browser.pages import come_back, hold_retries, message, person, say, thread
from tests.own_clients import WAIT_S

pytestmark = [pytest.mark.browser, in_both_browsers]

KEPT = """() => new Promise((done) => {
    const opening = indexedDB.open('authws');
    // A database that has been cleared away is not to be made anew, without what the page expects in it.
    opening.onupgradeneeded = () => { opening.transaction.abort(); done([]); };
    // One that is just being cleared away cannot be asked, and need not be.
    opening.onerror = () => done([]);
    opening.onsuccess = () => {
        const database = opening.result;
        database.onversionchange = () => { database.close(); done([]); };
        try {
            const asking = database.transaction('threads').objectStore('threads').getAll();
            asking.onerror = () => { database.close(); done([]); };
            asking.onsuccess = () => { database.close(); done(asking.result); };
        } catch {
            database.close();
            done([]);
        }
    };
})"""

BLOCKED = """() => {
    const refuse = () => { throw new DOMException('The operation is insecure.', 'SecurityError'); };
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) {
        Object.defineProperty(globalThis, name, { get: refuse });
    }
}"""


def wait_until_kept(page: Page, text: str) -> None:
    """Wait until the browser's database holds a message."""
    until_s = time.monotonic() + WAIT_S
    while text not in str(page.evaluate(KEPT)):
        assert time.monotonic() < until_s
        page.wait_for_timeout(50)


def test_a_reload_loses_nothing(open_fake: OpenFake) -> None:
    """Messages of all conversations, what is unread, and what was begun; with a line for the moment between."""
    page, host = open_fake(users=["Ana", "Ben"], path="/#everyone")
    host.send(host.message("Ben", "Good morning"), host.direct("Ben", "Only you"))
    expect(thread(page, "Ben").locator(".badge")).to_contain_text("1")
    say(page, "Hello Ben")
    expect(message(page, "Hello Ben").get_by_text("Sent", exact=True)).to_be_attached()
    page.locator("#message").fill("Not finis")
    wait_until_kept(page, "Hello Ben")
    page.reload()
    expect(message(page, "Good morning").locator(".author")).to_have_text("Ben")
    expect(message(page, "Hello Ben").get_by_text("Sent", exact=True)).to_be_attached()
    expect(page.locator(".gap")).to_contain_text("You were away for a moment")
    expect(page.locator("#message")).to_have_value("Not finis")
    expect(thread(page, "Ben").locator(".badge")).to_contain_text("1")
    thread(page, "Ben").click()
    expect(message(page, "Only you")).to_be_visible()
    expect(page.locator(".unread-line")).to_be_visible()
    assert [frame["content"] for frame in host.received] == ["Hello Ben"]


def test_what_is_kept_ends_with_the_login(open_page: OpenPage) -> None:
    """After logging out, nothing of it is left on the device, also not by another tab that had it."""
    page = open_page("Lea", is_opened=False)  # whose login no other test needs any more
    host = FakeHost(page, "Lea")
    page.goto("/#everyone")
    expect(page.locator(".row-name", has_text="Lea (you)")).to_be_visible()
    host.send(host.message("Ben", "A secret"))
    expect(message(page, "A secret")).to_be_visible()
    page.locator("#message").fill("Another one")
    wait_until_kept(page, "A secret")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    until_s = time.monotonic() + WAIT_S
    while page.evaluate(KEPT):
        assert time.monotonic() < until_s
        page.wait_for_timeout(50)
    left = page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")
    assert "secret" not in left
    assert "Another" not in left


def test_a_time_without_a_connection_is_a_line(open_fake: OpenFake) -> None:
    """It stands between what was said before and after; without anything between, it stays one line."""
    page, host = open_fake(path="/#everyone")
    host.send(host.message("Ben", "Before"))
    expect(message(page, "Before")).to_be_visible()
    hold_retries(page)
    for _ in range(2):
        host.close(1001)
        come_back(page)
    host.send(host.message("Ben", "After"))
    expect(message(page, "After").locator(".author")).to_have_text("Ben")
    texts = page.locator(".messages .text, .messages .gap").all_inner_texts()
    assert [text.split(" at ")[0] for text in texts] == ["Before", "You were away for a moment", "After"]


def test_a_line_is_no_message_in_the_list(open_fake: OpenFake) -> None:
    """The list of conversations goes on showing what was said last."""
    page, host = open_fake(path="/#everyone")
    host.send(host.message("Ben", "The last word"))
    expect(thread(page, "everyone").locator(".row-line")).to_have_text("Ben: The last word")
    host.close(1001)
    expect(page.locator(".gap")).to_be_visible()
    expect(thread(page, "everyone").locator(".row-line")).to_have_text("Ben: The last word")


def test_without_a_storage_the_chat_works(open_page: OpenPage) -> None:
    """A browser that keeps nothing for this page: one can log in, talk and log out."""
    page = open_page(is_opened=False)
    page.add_init_script(f"({BLOCKED})()")
    page.goto("/")
    page.get_by_label("Name", exact=True).fill("Nomad")
    page.get_by_label("Password", exact=True).fill("correct horse")
    page.locator("button[type=submit]").click()
    expect(page.locator(".row-name", has_text="Nomad (you)")).to_be_visible()
    say(page, "Nothing is kept here")
    expect(message(page, "Nothing is kept here").get_by_text("Sent", exact=True)).to_be_attached()
    ben = open_page("Ben")
    person(ben, "Nomad").click()
    say(ben, "Hello Nomad")
    expect(thread(page, "Ben").locator(".badge")).to_contain_text("1")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
