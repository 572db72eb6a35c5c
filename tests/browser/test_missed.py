"""Where the server keeps messages, what was said while a page was away is there when it comes back."""

from __future__ import annotations

import json
import time

import pytest
from playwright.sync_api import Page, expect
from websockets.sync.client import connect

from tests.browser.conftest import OpenPage, StartProgram, in_both_browsers
from tests.browser.pages import message, person, say, thread
from tests.browser.program import Program
from tests.browser.test_nothing_lost import wait_until_kept
from tests.own_clients import WAIT_S

pytestmark = pytest.mark.browser

KEPT = {"AUTHWS_MESSAGES_KEPT": "2000", "AUTHWS_MESSAGE_RATE": "0"}


def texts(page: Page) -> list[str]:
    """Return what the rows of the open conversation say, in their order."""
    return page.locator(".message .text").all_inner_texts()


def talk(program: Program, name: str, contents: list[str]) -> None:
    """Say something to everyone, with a program."""
    with connect(program.ws, proxy=None) as socket:
        socket.send(json.dumps({"type": "authenticate", "token": program.member(name).token}))
        for number, content in enumerate(contents):
            socket.send(json.dumps({"type": "message", "content": content, "messageId": number}))
        left = len(contents)
        while left:
            left -= json.loads(socket.recv())["type"] == "message_accepted"


@in_both_browsers
def test_who_was_away_misses_nothing(open_page: OpenPage, start_program: StartProgram) -> None:
    """To everyone and to one alone: in order, once, without a line; the writer sees when it arrived."""
    program = start_program(**KEPT)
    ana = open_page("Ana", at=program, path="/#everyone")
    ben = open_page("Ben", at=program, path="/#everyone")
    say(ben, "Before")
    expect(message(ana, "Before")).to_be_visible()
    person(ben, "Ana").click()
    ana.goto("about:blank")
    expect(ben.locator(".head-presence")).to_have_text("Not here now")
    say(ben, "Only for you")
    expect(message(ben, "Only for you")).to_contain_text("Will be delivered when Ana is back")
    thread(ben, "everyone").click()
    for number in range(3):
        say(ben, f"Missed {number}")
    expect(message(ben, "Missed 2").get_by_text("Sent", exact=True)).to_be_attached()
    ana.goto("/#everyone")
    expect(message(ana, "Missed 2")).to_be_visible()
    assert texts(ana) == ["Before", "Missed 0", "Missed 1", "Missed 2"]
    expect(ana.locator(".gap")).to_have_count(0)
    thread(ana, "Ben").click()
    expect(message(ana, "Only for you")).to_have_count(1)
    thread(ben, "Ana").click()
    expect(message(ben, "Only for you")).to_contain_text("Delivered")


@in_both_browsers
def test_a_restart_loses_nothing_and_sends_nothing_twice(
    open_page: OpenPage, start_program: StartProgram
) -> None:
    """What was written while the server was away arrives once, behind what was said before."""
    program = start_program(**KEPT)
    ana = open_page("Ana", at=program, path="/#everyone")
    say(ana, "Before")
    expect(message(ana, "Before").get_by_text("Sent", exact=True)).to_be_attached()
    program.stop()
    say(ana, "Meanwhile")
    expect(message(ana, "Meanwhile").get_by_text("Waiting to be sent")).to_be_attached()
    program.start()
    expect(message(ana, "Meanwhile").get_by_text("Sent", exact=True)).to_be_attached()
    expect(ana.locator(".gap")).to_have_count(0)
    late = open_page("Cem", at=program, path="/#everyone")
    expect(message(late, "Meanwhile")).to_be_visible()
    assert texts(late) == texts(ana) == ["Before", "Meanwhile"]


@in_both_browsers
def test_own_directs_are_on_both_devices(open_page: OpenPage, start_program: StartProgram) -> None:
    """What one writes on the phone is on the laptop, at once and after it was away."""
    program = start_program(**KEPT)
    program.member("Ben")
    ben = open_page("Ben", at=program)
    phone = open_page("Ana", at=program, is_phone=True)
    laptop = open_page("Ana", at=program)
    expect(person(laptop, "Ben")).to_be_visible()
    phone.goto("/#with=Ben")
    say(phone, "From the phone")
    expect(message(phone, "From the phone")).to_contain_text("Delivered")
    thread(laptop, "Ben").click()
    expect(message(laptop, "From the phone")).to_be_visible()
    expect(laptop.locator(".message.mine")).to_have_count(1)
    ben.close()
    tablet = open_page("Ana", at=program)
    thread(tablet, "Ben").click()
    expect(message(tablet, "From the phone")).to_be_visible()


def test_older_messages_come_on_scrolling_up(open_page: OpenPage, start_program: StartProgram) -> None:
    """A browser keeps the latest only; the rest comes from the server, page by page, in its order."""
    program = start_program(**KEPT)
    page = open_page("Ana", at=program, path="/#everyone")
    expect(page.locator('.chat[data-online="true"]')).to_be_attached()
    talk(program, "Ben", [f"Line {number}." for number in range(620)])
    expect(message(page, "Line 619.")).to_be_visible()
    wait_until_kept(page, "Line 619.")
    page.reload()
    expect(message(page, "Line 619.")).to_be_visible()
    scroller = page.locator(".messages")
    until_s = time.monotonic() + WAIT_S
    while not message(page, "Line 0.").count():
        assert time.monotonic() < until_s
        scroller.evaluate("list => { list.scrollTop = 0; }")
        page.wait_for_timeout(50)
    expect(message(page, "Line 0.")).to_be_attached()
    shown = texts(page)
    assert shown[:5] == [f"Line {number}." for number in range(5)]
