"""A search in what was said, and data written by hand."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenFake, OpenPage, in_both_browsers
from tests.browser.pages import message, say

pytestmark = pytest.mark.browser


@in_both_browsers
@pytest.mark.parametrize("is_phone", [False, True])
def test_a_search_finds_what_is_out_of_sight(open_fake: OpenFake, is_phone: bool) -> None:
    """From the latest back to the first and around, whatever the case of the letters; Escape ends it."""
    page, host = open_fake(path="/#everyone", is_phone=is_phone)
    host.send(*(host.message("Ben", f"Tree {number}" if number % 40 == 3 else "x") for number in range(130)))
    expect(page.locator(".message").last).to_be_visible()
    page.get_by_role("button", name="Find in this conversation").click()
    box = page.get_by_role("searchbox", name="Find in this conversation")
    box.fill("tREE")
    expect(page.locator(".find-count")).to_have_text("4 of 4")
    expect(message(page, "Tree 123")).to_have_class(re.compile(r"\bfound\b"))
    for number, count in [(83, 3), (43, 2), (3, 1), (123, 4)]:
        box.press("Enter")
        expect(page.locator(".find-count")).to_have_text(f"{count} of 4")
        expect(message(page, f"Tree {number}")).to_be_in_viewport()
        expect(page.locator(".found")).to_have_count(1)
    page.get_by_role("button", name="The one after").click()
    expect(message(page, "Tree 3")).to_be_in_viewport()
    box.fill("nowhere")
    expect(page.locator(".find-count")).to_have_text("Not found")
    box.press("Escape")
    expect(box).to_be_hidden()
    expect(page.locator(".found")).to_have_count(0)


@in_both_browsers
def test_data_is_sent_as_it_was_written(open_page: OpenPage) -> None:
    """Digits and all; what is no JSON stays in the field, with the browser's word for it."""
    ana = open_page("Ana", path="/#everyone")
    ben = open_page("Ben", path="/#everyone")
    expect(ben.locator('.chat[data-online="true"]')).to_be_attached()
    ana.get_by_role("button", name="Write data (JSON)").click()
    say(ana, '{"n": 12345678901234567890')
    expect(ana.locator("#too-long")).to_contain_text("This is no JSON")
    expect(ana.locator("#message")).to_have_value('{"n": 12345678901234567890')
    written = '{"n": 12345678901234567890, "f": 1.0}'
    say(ana, written)
    expect(ben.locator(".text.data")).to_have_text(written)
    expect(ana.locator(".text.data")).to_have_text(written)
    expect(ana.locator(".message.mine").get_by_text("Sent", exact=True)).to_be_attached()
    ana.get_by_role("button", name="Write data (JSON)").click()
    say(ana, "Words again")
    expect(message(ben, "Words again")).to_be_visible()


def test_the_bell_is_off_until_asked_for(open_page: OpenPage) -> None:
    """It stays as it was set over a reload."""
    page = open_page("Ana")
    bell = page.get_by_role("button", name="Tell me of messages to me")
    expect(bell).to_have_attribute("aria-pressed", "false")
    bell.click()
    expect(bell).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(bell).to_have_attribute("aria-pressed", "true")
