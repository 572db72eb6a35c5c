"""People talk to each other: to everyone, to one, on desktop and phone."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenFake, OpenPage, StartProgram, in_both_browsers
from tests.browser.fake_host import FakeHost
from tests.browser.pages import message, person, say, thread

pytestmark = [pytest.mark.browser, in_both_browsers]


def test_two_people_talk(open_page: OpenPage) -> None:
    """Broadcast, direct message with its delivery, and presence, between a desktop and a phone."""
    ana, ben = open_page("Ana"), open_page("Ben", is_phone=True)
    expect(person(ana, "Ben")).to_be_visible()
    expect(ben.locator(".head-presence")).to_have_text("2 people are here")
    ben.get_by_role("button", name="Conversations", exact=True).click()
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
    expect(thread(second, "Ben")).to_contain_text("You: To Ben alone")
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
    host.answers = False
    page.get_by_role("button", name="Retry").click()
    expect(message(page, "Are you there?")).not_to_contain_text("Not delivered.")
    host.wait_for(received=2)
    host.send(host.refusal_of(host.received[1]))
    expect(message(page, "Are you there?")).to_contain_text("Not delivered. Ben is not here now.")
    host.answers = True
    host.absent = set()
    page.get_by_role("button", name="Retry").click()
    expect(message(page, "Are you there?")).to_contain_text("Delivered to 2 devices")
    host.absent = {"u-Ben"}
    say(page, "Never mind")
    page.get_by_role("button", name="Discard").click()
    expect(message(page, "Never mind")).to_have_count(0)
    assert [frame["content"] for frame in host.received] == ["Are you there?"] * 3 + ["Never mind"]


@pytest.mark.parametrize("names_message", [True, False])
def test_a_refused_message_has_failed(open_fake: OpenFake, names_message: bool) -> None:
    """Whatever the reason, and whether or not the server says which message it means; the next one goes out."""
    page, host = open_fake()
    host.answers = False
    say(page, "Bad words")
    expect(message(page, "Bad words").get_by_text("not confirmed yet")).to_be_attached()
    refusal = {"type": "error", "code": "INVALID_MESSAGE", "message": "Field 'content' is odd."}
    host.answers = True
    host.wait_for(received=1)
    host.send(refusal | ({"messageId": host.received[0]["messageId"]} if names_message else {}))
    expect(message(page, "Bad words")).to_contain_text("Not delivered. Field 'content' is odd.")
    say(page, "Good words")
    expect(message(page, "Good words").get_by_text("Sent", exact=True)).to_be_attached()
    page.reload()
    expect(message(page, "Bad words")).to_contain_text("Not delivered.")
    assert [frame["content"] for frame in host.received] == ["Bad words", "Good words"]


def test_half_an_emoji_is_not_sent_for_ever(open_page: OpenPage) -> None:
    """A phone's keyboard may leave half a character: it arrives or fails, and is not left under way."""
    page = open_page("Ana", path="/#everyone")
    expect(page.locator(".row-name", has_text="Ana (you)")).to_be_visible()
    page.evaluate("""() => {
        const field = document.getElementById('message');
        field.value = 'Party ' + '\\u{1F389}'.slice(0, 1);
        field.dispatchEvent(new Event('input', { bubbles: true }));
        field.form.requestSubmit();
    }""")
    row = message(page, "Party")
    expect(row.get_by_text("Sent", exact=True).or_(row.get_by_text("Not delivered."))).to_be_attached()
    left = page.evaluate("Object.entries(sessionStorage).filter(([key]) => key.startsWith('authws.outbox'))")
    states = [entry["state"] for _, value in left for entry in json.loads(value)]
    assert states in ([], ["failed"])


def test_a_low_rate_is_slow_mode(open_page: OpenPage, start_program: StartProgram) -> None:
    """What is over it waits until the server takes it again: in its order, and without a disconnection."""
    server = start_program(AUTHWS_MESSAGE_RATE="4", AUTHWS_MESSAGE_BURST="3")
    ana, ben = open_page("Ana", at=server), open_page("Ben", at=server, path="/#everyone")
    expect(person(ana, "Ben")).to_be_visible()
    sockets: list[object] = []
    ana.on("websocket", lambda socket: sockets.append(socket))
    lines = [f"line {number}" for number in range(12)]
    for line in lines:
        say(ana, line)
    expect(message(ben, lines[-1])).to_be_visible()
    assert ben.locator(".message .text").all_inner_texts() == lines
    expect(message(ana, lines[-1]).get_by_text("Sent", exact=True)).to_be_attached()
    assert sockets == []


def test_the_host_speaks_apart_and_data_is_shown(open_fake: OpenFake) -> None:
    """Announcements look like announcements; content of other programs is JSON as they wrote it."""
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
    expect(page.locator(".text.data")).to_have_text('{"temperature": 21.5, "ok": true}')
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
    page.evaluate("history.back()")
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
    expect(page.get_by_role("heading", name="Everyone")).to_be_visible()
    page.get_by_role("button", name="Conversations", exact=True).click()
    for name in ("Ben", "Chiara"):
        person(page, name).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
        page.get_by_role("button", name="Conversations", exact=True).click()
        expect(person(page, name)).to_be_visible()
    page.evaluate("history.back()")
    expect(page).to_have_url(re.compile("/healthz$"))


def test_back_leads_to_the_list_where_a_conversation_was_opened_at_once(open_page: OpenPage) -> None:
    """An address that names somebody has no list before it."""
    page = phone_of_ana(open_page)
    page.goto("/#with=Ben")
    page.get_by_role("button", name="Conversations", exact=True).click()
    expect(person(page, "Ben")).to_be_visible()


def test_a_phone_begins_where_people_talk(open_page: OpenPage) -> None:
    """With everyone; back leaves the page, and the arrow leads to the list."""
    page = phone_of_ana(open_page)
    page.goto("/healthz")
    page.goto("/")
    expect(page.get_by_role("heading", name="Everyone")).to_be_visible()
    page.get_by_role("button", name="Conversations", exact=True).click()
    expect(person(page, "Ben")).to_be_visible()
    page.evaluate("history.back()")
    expect(page).to_have_url(re.compile("/healthz$"))


def test_an_address_that_names_nobody_opens_nobody(open_page: OpenPage) -> None:
    """A link cannot make up somebody to talk to; the name of somebody who is here is written as theirs."""
    page = phone_of_ana(open_page)
    page.goto("/#with=Bank%20Support")
    expect(page.get_by_role("heading", name="Everyone")).to_be_visible()
    expect(page.locator(".head-presence")).to_have_text("3 people are here")
    expect(page).to_have_url(re.compile("#everyone$"))
    assert page.get_by_text("Bank").count() == 0
    page.goto("/#with=BEN")
    expect(page.get_by_role("heading", name="Ben", exact=True)).to_be_visible()


def test_addresses_of_the_web_can_be_tapped(open_fake: OpenFake) -> None:
    """Nothing else can, and where they lead learns nothing of this page."""
    page, host = open_fake(path="/#everyone")
    host.send(
        host.message("Ben", "Look: http://localhost:1/a?b=1. And javascript:alert(1), https://x@y.example"),
        host.message("robot", {"url": "http://localhost:1/data"}),
        host.announce("All is at http://localhost:1/plan"),
    )
    links = page.locator(".messages a")
    expect(links).to_have_text(["http://localhost:1/a?b=1", "http://localhost:1/plan"])
    for link in links.all():
        expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
        expect(link).to_have_attribute("target", "_blank")
    expect(message(page, "Look").locator(".text")).to_contain_text(
        "And javascript:alert(1), https://x@y.example"
    )


def test_a_message_of_line_breaks_is_clipped(open_fake: OpenFake) -> None:
    """It fills no more than a screen or two until somebody wants to see it whole."""
    page, host = open_fake(path="/#everyone")
    host.send(host.message("Ben", "x" + "\n" * 3_900 + "y"), host.message("Ben", "After it"))
    expect(message(page, "After it")).to_be_in_viewport()
    box = message(page, "x").first.bounding_box()
    assert box is not None
    assert box["height"] < 1_200
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".text", has_text="y").first).to_be_attached()


def test_what_is_new_below_is_counted(open_fake: OpenFake) -> None:
    """On the arrow, in the title, and with a line where it begins."""
    page, host = open_fake(path="/#everyone")
    host.send(*(host.message("Ben", f"line {number} " + "word " * (number % 30)) for number in range(60)))
    expect(message(page, "line 59 ")).to_be_in_viewport()
    page.locator(".messages").evaluate("list => { list.scrollTop = 0; }")
    expect(page.get_by_role("button", name="To the latest message", exact=True)).to_be_visible()
    host.send(*(host.message("Ben", f"later {number}") for number in range(3)))
    arrow = page.get_by_role("button", name="To the latest message, 3 unread messages")
    expect(arrow.locator(".badge")).to_have_text("3")
    expect(page).to_have_title("(3) Everyone · Authws")
    arrow.click()
    expect(message(page, "later 2")).to_be_in_viewport()
    expect(message(page, "later 0").locator(".unread-line")).to_be_visible()
    expect(page).to_have_title("Everyone · Authws")


def test_a_conversation_is_saved_as_text(open_fake: OpenFake, browser_name: str) -> None:
    """A file with all that the page has of it."""
    if browser_name == "firefox":
        pytest.skip("WebDriver BiDi tells nothing of downloads yet")
    page, host = open_fake(path="/#everyone")
    host.send(host.message("Ben", "First"), host.announce("Lunch"))
    say(page, "Last")
    expect(message(page, "Last").get_by_text("Sent", exact=True)).to_be_attached()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save this conversation as text").click()
    assert saved.value.suggested_filename == "Everyone 2026-01-31.txt"
    lines = saved.value.path().read_text("utf-8").splitlines()
    assert lines[2].endswith("31 January 2026")
    assert lines[3:] == [
        "13:00  Ben: First",
        "13:00  From the host: Lunch",
        "13:00  Ana: Last",
    ]


def test_logging_out_asks_while_something_is_unsent(open_fake: OpenFake) -> None:
    """Staying keeps it; the other answer logs out."""
    page, host = open_fake("Lou", path="/#everyone")  # whose login no other test needs any more
    host.answers = False
    say(page, "Wait for me")
    expect(message(page, "Wait for me")).to_be_visible()
    question = page.get_by_role("dialog", name="Log out now?")
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(question).to_contain_text("1 message has not been sent yet.")
    expect(question.get_by_role("button", name="Stay")).to_be_focused()
    page.keyboard.press("Enter")
    expect(question).to_be_hidden()
    expect(message(page, "Wait for me")).to_be_visible()
    page.get_by_role("button", name="Log out", exact=True).click()
    page.get_by_role("button", name="Log out all the same").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


def test_a_search_hides_no_conversation_for_good(open_fake: OpenFake) -> None:
    """Everyone stays in the list, who is chosen has been found, and the search can be cleared."""
    page, _ = open_fake(users=["Ana", *(f"pupil-{number}" for number in range(12))])
    search = page.get_by_label("Find someone")
    search.fill("pupil-1")
    expect(thread(page, "everyone")).to_be_visible()
    person(page, "pupil-11").click()
    expect(page.get_by_role("heading", name="pupil-11", level=1)).to_be_visible()
    expect(search).to_have_value("")
    expect(page.locator(".row-header .count")).to_have_text("13")
    search.fill("nobody")
    expect(page.get_by_text("Nobody by that name is here.")).to_be_visible()
    page.get_by_role("button", name="Clear the search").click()
    expect(search).to_have_value("")
    expect(person(page, "pupil-3")).to_be_visible()
    search.fill("nobody")
    search.press("Escape")
    expect(person(page, "pupil-3")).to_be_visible()


def test_a_search_counts_who_was_found(open_fake: OpenFake) -> None:
    """Beside "Here now" stands how many are listed below it."""
    page, _ = open_fake(users=["Ana", *(f"pupil-{number}" for number in range(12))])
    expect(page.locator(".row-header .count")).to_have_text("13")
    page.get_by_label("Find someone").fill("pupil-1")
    expect(page.locator(".row-header .count")).to_have_text("3")
