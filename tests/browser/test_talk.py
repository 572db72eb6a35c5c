"""People talk to each other: to everyone, to one, on desktop and phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenFake, OpenPage
from tests.browser.fake_host import FakeHost
from tests.browser.pages import message, person, say, thread

pytestmark = pytest.mark.browser


def test_two_people_talk(open_page: OpenPage) -> None:
    """Broadcast, direct message with its delivery, and presence, between a desktop and a phone."""
    ana, ben = open_page("Ana"), open_page("Ben", is_phone=True)
    expect(person(ana, "Ben")).to_be_visible()
    expect(person(ben, "Ana")).to_be_visible()
    say(ana, "Hello everyone")
    expect(thread(ben, "everyone").locator(".badge")).to_contain_text("1")
    expect(ben).to_have_title("(1) Conversations · Authws")
    thread(ben, "everyone").click()
    expect(message(ben, "Hello everyone").locator(".author")).to_have_text("Ana")
    expect(ben).to_have_title("Everyone · Authws")
    say(ben, "Hello Ana")
    expect(message(ana, "Hello Ana")).to_be_visible()
    expect(message(ben, "Hello Ana").get_by_text("Sent", exact=True)).to_be_attached()
    person(ana, "Ben").click()
    say(ana, "Just for you")
    expect(message(ana, "Just for you").locator(".delivery-text")).to_have_text("Delivered")
    ben.get_by_role("button", name="Conversations, 1 unread message").click()
    thread(ben, "Ana").click()
    expect(message(ben, "Just for you")).to_be_visible()
    ben.context.close()
    expect(ana.locator(".head-presence")).to_have_text("Not here now")
    expect(person(ana, "Ben")).to_have_count(0)


def test_two_tabs_of_one_user_are_one_person(open_page: OpenPage) -> None:
    """Both get what is said, one's own words are one's own in both."""
    first, ben = open_page("Ana"), open_page("Ben")
    second = first.context.new_page()
    second.goto("/")
    expect(person(ben, "Ana")).to_contain_text("2 connections")
    say(first, "From my first tab")
    expect(message(second, "From my first tab")).to_have_class("row message mine starts-group")
    person(ben, "Ana").click()
    say(ben, "To both")
    expect(message(ben, "To both").locator(".delivery-text")).to_have_text("Delivered to 2 devices")
    for page in (first, second):
        expect(thread(page, "Ben").locator(".badge")).to_contain_text("1")
    thread(first, "Ben").click()
    say(first, "To Ben alone")
    expect(message(ben, "To Ben alone")).to_be_visible()
    thread(second, "Ben").click()
    expect(message(second, "To Ben alone")).to_have_class("row message mine starts-group")


def test_markup_stays_text(open_page: OpenPage) -> None:
    """Nothing that somebody writes becomes part of the page."""
    ana, ben = open_page("Ana"), open_page("Ben")
    text = '<img src=x onerror="document.title=1"><script>document.title=2</script> & {name} &lt;'
    expect(person(ana, "Ben")).to_be_visible()
    say(ana, text)
    expect(message(ben, "onerror").locator(".text")).to_have_text(text)
    assert ben.locator(".text img, .text script, .row-line img").count() == 0


def test_who_is_not_here_is_said_and_can_be_retried(open_fake: OpenFake) -> None:
    """A message that cannot be delivered stays, with its reason, Retry and Discard."""
    page, host = open_fake(users=["Ana", "Ben"])
    host.absent = {"u-Ben"}
    person(page, "Ben").click()
    say(page, "Are you there?")
    expect(message(page, "Are you there?")).to_contain_text("Not delivered. Ben is not here now.")
    page.get_by_role("button", name="Retry").click()
    expect(message(page, "Are you there?")).to_contain_text("Not delivered.")
    host.absent = set()
    page.get_by_role("button", name="Retry").click()
    expect(message(page, "Are you there?")).to_contain_text("Delivered to 2 devices")
    host.absent = {"u-Ben"}
    say(page, "Never mind")
    page.get_by_role("button", name="Discard").click()
    expect(message(page, "Never mind")).to_have_count(0)
    assert [frame["content"] for frame in host.received] == ["Are you there?"] * 3 + ["Never mind"]


def test_the_host_speaks_apart_and_data_is_shown(open_fake: OpenFake) -> None:
    """Announcements look like announcements; content of other programs is compact JSON."""
    page, host = open_fake()
    host.send(
        host.announce("Lunch is ready"),
        host.message("server", "I am the host, honestly"),
        host.message("robot", {"temperature": 21.5, "ok": True}),
        host.message("robot", {"text": "Plain words"}),
    )
    expect(page.locator(".announcement")).to_have_count(1)
    expect(page.locator(".announcement")).to_contain_text("Lunch is ready")
    expect(message(page, "honestly").locator(".author")).to_have_text("server")
    expect(page.locator(".text.data")).to_have_text('{"temperature":21.5,"ok":true}')
    expect(message(page, "Plain words").locator(".data")).to_have_count(0)
    host.send(host.message("robot", "x" * 9_000))
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".text", has_text="x" * 9_000)).to_be_attached()


def test_drafts_stay_with_their_conversation(open_fake: OpenFake) -> None:
    """Going to and fro loses nothing that was begun; the back button works."""
    page, host = open_fake(users=["Ana", "Ben"])
    page.locator("#message").fill("To all of")
    person(page, "Ben").click()
    expect(page.locator("#message")).to_have_value("")
    page.locator("#message").fill("Dear Ben")
    page.go_back()
    expect(page.locator("#message")).to_have_value("To all of")
    page.go_forward()
    expect(page.locator("#message")).to_have_value("Dear Ben")
    page.locator("#message").press("Shift+Enter")
    page.locator("#message").press_sequentially("how are you")
    page.locator("#message").press("Enter")
    expect(message(page, "Dear Ben")).to_contain_text("Delivered")
    assert host.received[0]["content"] == "Dear Ben\nhow are you"


def test_a_message_that_is_too_long_is_not_sent(open_fake: OpenFake) -> None:
    """By how much is said, and nothing is cut."""
    page, host = open_fake()
    page.locator("#message").fill("x" * 16_003)
    expect(page.locator(".too-long")).to_have_text("The message is too long by 3 characters.")
    page.locator("#message").press("Enter")
    expect(page.locator("#message")).to_have_value("x" * 16_003)
    assert host.received == []


def phone_of_ana(open_page: OpenPage) -> Page:
    """Return a phone that Ana is logged in on, with nothing opened yet; Ben and Chiara are here."""
    page = open_page("Ana", is_phone=True, is_opened=False)
    FakeHost(page, "Ana").users = ["Ana", "Ben", "Chiara"]
    return page


def test_the_phones_back_button_leaves_no_traces(open_page: OpenPage) -> None:
    """To Ben and back, to Chiara and back: one more step back leaves the page, not through all of it again."""
    page = phone_of_ana(open_page)
    page.goto("/healthz")
    page.goto("/")
    for name in ("Ben", "Chiara"):
        person(page, name).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        page.get_by_role("button", name="Conversations", exact=True).click()
        expect(person(page, name)).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile("/healthz$"))


def test_back_leads_to_the_list_where_a_conversation_was_opened_at_once(open_page: OpenPage) -> None:
    """An address that names somebody has no list before it."""
    page = phone_of_ana(open_page)
    page.goto("/#with=Ben")
    page.get_by_role("button", name="Conversations", exact=True).click()
    expect(person(page, "Ben")).to_be_visible()


def test_a_search_counts_who_was_found(open_fake: OpenFake) -> None:
    """Beside "Here now" stands how many are listed below it."""
    page, _ = open_fake(users=["Ana", *(f"pupil-{number}" for number in range(12))])
    expect(page.locator(".row-header .count")).to_have_text("13")
    page.get_by_label("Find someone").fill("pupil-1")
    expect(page.locator(".row-header .count")).to_have_text("3")
