"""The page speaks the server's language, else the browser's, and every word of it can be another language's."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Browsers, OpenFake, OpenPage, StartProgram, in_both_browsers
from tests.browser.pages import banner, thread
from tests.browser.test_every_state import look_at, with_axe

pytestmark = pytest.mark.browser

PSEUDO = """
import { EN } from '/strings.js';
const mark = (text) => `«${text}»`;
const marked = ([key, text]) => [key, typeof text === 'string' ? mark(text) : { other: mark(text.other) }];
export const WORDS = Object.fromEntries(Object.entries(EN).map(marked));
"""

UNMARKED = """() => {
    const texts = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) texts.push(walk.currentNode.data);
    for (const name of ['aria-label', 'title', 'placeholder']) {
        for (const element of document.querySelectorAll(`[${name}]`)) texts.push(element.getAttribute(name));
    }
    return texts.filter((text) => /\\p{L}{2}/u.test(text) && !text.includes('«') && !text.includes('»'));
}"""


def speak_marked(page: Page) -> None:
    """Have the page find a language in which each text has marks around it."""

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="text/javascript", body=PSEUDO)

    page.route(re.compile(r"/words/de\.js$"), answer)
    page.add_init_script("Object.defineProperty(navigator, 'languages', { get: () => ['de'] })")


def test_the_browsers_language_is_spoken(browsers: Browsers, start_program: StartProgram) -> None:
    """Where the server names none."""
    program = start_program()
    chromium = browsers.get("chromium", is_dark=False)
    with chromium.new_context(base_url=program.http, locale="de-AT") as context:
        page = context.new_page()
        page.goto("/")
        expect(page.get_by_role("heading", name="Willkommen")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "de")


@in_both_browsers
def test_a_name_of_the_other_direction_stands_beside_its_face(
    open_page: OpenPage, start_program: StartProgram
) -> None:
    """In Arabic, a Latin name in the list is at the right like the others, not at the far end of its row."""
    program = start_program(AUTHWS_LANGUAGE="ar")
    open_page("Ben", at=program)
    name = open_page("Ana", at=program).locator(".row-name", has_text="Ben")
    expect(name).to_be_attached()
    assert name.evaluate("(each) => getComputedStyle(each).textAlign") == "right"


@in_both_browsers
@pytest.mark.parametrize("is_phone", [True, False])
def test_the_servers_language_goes_first(
    open_page: OpenPage, start_program: StartProgram, is_phone: bool
) -> None:
    """From right to left, nothing wider than the screen, no rule of axe broken, and the same after a reload."""
    program = start_program(AUTHWS_LANGUAGE="ar")
    size = "phone" if is_phone else "desktop"
    gate = with_axe(open_page(at=program, is_phone=is_phone, is_opened=False))
    gate.goto("/")
    expect(gate.get_by_role("heading", name="مرحبًا")).to_be_visible()
    look_at(gate, f"{size}-arabic-gate")
    page = with_axe(open_page("Ana", at=program, is_phone=is_phone, is_opened=False))
    page.goto("/#everyone")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.get_by_role("heading", name="الجميع")).to_be_visible()
    page.locator("#message").fill("مرحبًا بالجميع")
    page.get_by_role("button", name="إرسال", exact=True).click()
    expect(page.locator(".message.mine")).to_be_visible()
    page.reload()
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    expect(page.locator(".message.mine")).to_be_visible()
    program.post("/admin/send", {"content": "الغداء ظهرًا", "pinned": True}, token=program.admin_token)
    expect(page.locator(".pinned")).to_be_visible()
    look_at(page, f"{size}-arabic")
    program.stop()
    expect(banner(page)).to_be_visible()
    page.locator("#message").fill("لاحقًا")
    page.get_by_role("button", name="إرسال", exact=True).click()
    expect(page.get_by_text("في انتظار الإرسال")).to_be_attached()
    if is_phone:
        page.get_by_role("button", name="المحادثات", exact=True).click()
        expect(thread(page, "everyone")).to_be_visible()
    page.get_by_role("button", name="تسجيل الخروج", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look_at(page, f"{size}-arabic-question")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_word_is_in_the_table_at_the_gate(open_page: OpenPage) -> None:
    """What does not come from the table would be English in every language."""
    page = open_page(is_opened=False)
    speak_marked(page)
    page.goto("/")
    expect(page.get_by_role("heading", name="«Welcome»")).to_be_visible()
    assert [text for text in page.evaluate(UNMARKED) if "JavaScript" not in text] == []


def test_every_word_is_in_the_table_in_the_chat(open_fake: OpenFake) -> None:
    """But for names, and for what people say."""
    page, host = open_fake(users=["Ana", "Ben"], path="/#everyone")
    speak_marked(page)
    page.reload()
    expect(page.get_by_role("heading", name="«Everyone»")).to_be_visible()
    host.send(host.announce("Lunch"), host.direct("Ben", "Psst"))
    page.locator("#message").fill("Mine")
    page.get_by_role("button", name="«Send»", exact=True).click()
    expect(page.locator(".message.mine")).to_be_visible()
    page.get_by_role("button", name="«Find in this conversation»").click()
    said = {"Ana", "Ben", "Mine", "Lunch", "Psst"}
    left = [text for text in page.evaluate(UNMARKED) if text not in said and "JavaScript" not in text]
    days = re.compile(r"^\w+, \d+\. \w+$")
    assert [text for text in left if not days.match(text)] == []
