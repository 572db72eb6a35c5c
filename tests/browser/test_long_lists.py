"""Thousands of messages and people: the page keeps few elements, and everything can still be reached."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect
from websockets.sync.client import connect

from tests.browser.conftest import OpenFake, OpenPage
from tests.browser.pages import message, person, thread
from tests.browser.program import Program

pytestmark = pytest.mark.browser

MESSAGES = 5_000
USERS = 1_000
MOST_ELEMENTS = 1_500
MOST_ROWS = 80


def element_count(page: Page) -> int:
    """Return how many elements the page has."""
    count: int = page.evaluate("document.getElementsByTagName('*').length")
    return count


def flood(program: Program, name: str, count: int) -> None:
    """Have somebody say many things, as fast as the server takes them."""
    token = program.member(name).token
    with connect(program.ws, proxy=None) as client:
        client.send(json.dumps({"type": "authenticate", "token": token}))
        while json.loads(client.recv())["type"] != "authentication":
            pass
        for number in range(count):
            words = "word " * (number % 40)
            client.send(json.dumps({"type": "message", "content": f"number {number} {words}"}))
        while json.loads(client.recv()).get("content", "").split()[:2] != ["number", str(count - 1)]:
            pass


def test_thousands_of_messages(open_page: OpenPage, program: Program) -> None:
    """The newest is in sight, the oldest can be scrolled to, and few rows exist at any time."""
    page = open_page("Ana", path="/#everyone")
    expect(page.locator(".row-name", has_text="Ana (you)")).to_be_visible()
    flood(program, "Flo", MESSAGES)
    expect(message(page, f"number {MESSAGES - 1} ")).to_be_in_viewport()
    assert element_count(page) < MOST_ELEMENTS
    expect(page.locator(".message").last).to_have_attribute("aria-setsize", str(MESSAGES))
    page.locator(".messages").evaluate("list => { list.scrollTop = 0; }")
    expect(message(page, "number 0 ")).to_be_in_viewport()
    assert page.locator(".message").count() < MOST_ROWS
    page.get_by_role("button", name="To the latest message").click()
    expect(message(page, f"number {MESSAGES - 1} ")).to_be_in_viewport()
    assert element_count(page) < MOST_ELEMENTS


def test_reading_on_above_is_not_disturbed(open_fake: OpenFake) -> None:
    """What is read stays where it is while messages arrive; at the end the list follows."""
    page, host = open_fake()
    host.send(*(host.message("Ben", f"line {number} " + "word " * (number % 30)) for number in range(60)))
    expect(message(page, "line 59 ")).to_be_in_viewport()
    page.locator(".messages").evaluate("list => { list.scrollTop = list.scrollHeight / 2; }")
    expect(page.get_by_role("button", name="To the latest message")).to_be_visible()
    middle = page.locator(".message").nth(page.locator(".message").count() // 2)
    text = middle.locator(".text").inner_text()
    before = message(page, text).bounding_box()
    host.send(*(host.message("Ben", f"later {number}") for number in range(5)))
    expect(page.locator(".row-line", has_text="later 4")).to_be_visible()
    after = message(page, text).bounding_box()
    assert before is not None
    assert after is not None
    assert abs(before["y"] - after["y"]) < 2


def test_a_thousand_people(open_fake: OpenFake) -> None:
    """They are counted, found by their letters, and reached by keyboard."""
    page, host = open_fake(users=["Ana", *(f"Person{number:04}" for number in range(1, USERS))])
    expect(page.locator(".head-presence")).to_have_text(f"{USERS:,} people are here")
    assert page.locator(".sidebar .row").count() < MOST_ROWS
    assert element_count(page) < MOST_ELEMENTS
    page.get_by_role("searchbox", name="Find someone").fill("0777")
    expect(page.locator('.sidebar button.entry[data-key^="p:"]')).to_have_count(1)
    person(page, "Person0777").click()
    expect(page.get_by_role("heading", name="Person0777", level=1)).to_be_visible()
    page.get_by_role("searchbox", name="Find someone").fill("nobody at all")
    expect(page.get_by_text("Nobody by that name is here.")).to_be_visible()
    page.get_by_role("searchbox", name="Find someone").fill("")
    page.locator('.sidebar button[tabindex="0"]').focus()
    page.keyboard.press("End")
    expect(person(page, f"Person{USERS - 1:04}")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(person(page, f"Person{USERS - 2:04}")).to_be_focused()
    host.users = host.users[:-5]
    host.send(host.user_list())
    expect(person(page, f"Person{USERS - 6:04}")).to_be_focused()
    page.keyboard.press("Home")
    expect(thread(page, "everyone")).to_be_focused()
    expect(page.locator(".count")).to_have_text(str(USERS - 5))
    assert page.locator(".sidebar .row").count() < MOST_ROWS


def test_the_keyboard_stays_in_the_list(open_fake: OpenFake) -> None:
    """The row it is on moves to the top, is drawn anew, and goes: the arrows go on from there each time."""
    page, host = open_fake(users=["Ana", "Ben", "Cleo", "Dora"])
    host.send(host.direct("Cleo", "first"), host.direct("Dora", "second"))
    expect(page.locator(".sidebar .row-name").nth(1)).to_have_text("Dora")
    thread(page, "Cleo").focus()
    host.send(host.direct("Cleo", "third"))
    expect(page.locator(".sidebar .row-name").nth(1)).to_have_text("Cleo")
    expect(thread(page, "Cleo").locator(".badge")).to_contain_text("2")
    expect(thread(page, "Cleo")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(thread(page, "Dora")).to_be_focused()
    person(page, "Cleo").focus()
    host.users = ["Ana", "Ben", "Dora"]
    host.send(host.user_list())
    expect(person(page, "Dora")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(person(page, "Ben")).to_be_focused()
    host.users = ["Ana"]
    host.send(host.user_list())
    expect(thread(page, "Cleo")).to_have_attribute("tabindex", "-1")
    expect(thread(page, "Dora")).to_be_focused()
    expect(page.locator('.sidebar button[tabindex="0"]')).to_have_count(1)


def test_the_keyboard_stays_at_the_answer_that_was_chosen(open_fake: OpenFake) -> None:
    """Votes draw a poll anew; who chose its second answer by keyboard is still there."""
    page, host = open_fake(users=["Ana", "Ben"])
    poll = {"kind": "poll", "id": "p", "question": "When?", "options": ["Now", "Later"], "text": "When?"}
    host.send(host.message("Ben", poll))
    later = page.locator(".poll-option").nth(1)
    later.press("Enter")
    expect(later).to_have_attribute("aria-pressed", "true")
    expect(later).to_be_focused()
    host.send(host.message("Ben", {"kind": "vote", "poll": "p", "option": 1, "text": "Later"}))
    expect(later.locator(".poll-count")).to_contain_text("2")
    expect(later).to_be_focused()


def test_a_row_that_changes_under_the_press_is_still_clicked(open_fake: OpenFake) -> None:
    """Somebody writes, and somebody comes above, between press and release."""
    page, host = open_fake(users=["Ana", "Ben", "Cleo"])
    host.send(host.direct("Ben", "hello"), host.direct("Cleo", "hi"))
    row = thread(page, "Ben")
    expect(row.locator(".badge")).to_contain_text("1")
    row.hover()
    page.mouse.down()
    host.users.insert(1, "Abel")
    host.send(host.direct("Ben", "are you there?"), host.direct("Dora", "me too"), host.user_list())
    expect(page.locator(".head-presence")).to_have_text("4 people are here")
    page.mouse.up()
    expect(page.get_by_role("heading", name="Ben", level=1)).to_be_visible()
    expect(message(page, "are you there?")).to_be_visible()
    expect(thread(page, "Dora").locator(".badge")).to_contain_text("1")


def test_the_list_goes_on_when_a_press_ends_elsewhere(open_fake: OpenFake) -> None:
    """A press that leads to no click holds nothing back for longer than it lasts."""
    page, host = open_fake(users=["Ana", "Ben"])
    host.send(host.direct("Ben", "hello"))
    thread(page, "Ben").hover()
    page.mouse.down()
    page.mouse.move(900, 400)
    page.mouse.up()
    host.send(host.direct("Dora", "hello"))
    expect(thread(page, "Dora")).to_be_visible()
