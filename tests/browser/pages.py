"""What tests do on a page, and where things are there."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

HOLD_RETRIES = """() => {
    const set = window.setTimeout;
    window.setTimeout = (act, ms, ...values) => set(act, ms > 400 ? 2 ** 30 : ms, ...values);
}"""


def say(page: Page, text: str) -> None:
    """Write a message to whoever is open, and send it."""
    page.locator("#message").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()


def message(page: Page, text: str) -> Locator:
    """Return the row of a message in the open conversation."""
    return page.locator(".message", has=page.locator(".text", has_text=text))


def person(page: Page, name: str) -> Locator:
    """Return somebody among those who are here."""
    return page.locator(f'.sidebar button[data-key="p:@{name.lower()}"]')


def thread(page: Page, name: str) -> Locator:
    """Return a conversation in the list; `everyone` is the one with all."""
    key = "everyone" if name == "everyone" else f"@{name.lower()}"
    return page.locator(f'.sidebar button[data-key="t:{key}"]')


def banner(page: Page) -> Locator:
    """Return the strip that says how the connection stands."""
    return page.locator(".banner:not(.info)")


def hold_retries(page: Page) -> None:
    """Have the page come back only when it is asked to: the first wait may be over before a test presses *Try now*."""
    page.evaluate(HOLD_RETRIES)


def come_back(page: Page) -> None:
    """Press *Try now*, and wait until the page is connected."""
    page.get_by_role("button", name="Try now").click()
    expect(page.locator('.chat[data-online="true"]')).to_be_attached()
    expect(banner(page)).to_be_hidden()


def fill_gate(page: Page, name: str, password: str, *, mode: str = "Create account") -> None:
    """Fill in the login form and send it off."""
    page.get_by_role("button", name=mode, exact=True).first.click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.locator("button[type=submit]").click()
