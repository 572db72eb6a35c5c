"""Every state of the web client, one after the other, for pictures and for accessibility."""

from __future__ import annotations

import json
from collections.abc import Iterator

from playwright.sync_api import Page, Route, expect

from tests.browser.fake_host import FakeHost
from tests.browser.pages import banner, come_back, fill_gate, hold_retries, message, say, thread
from tests.browser.program import PASSWORD

NAMES = ["Ana", "Ben", "Chiara", "Dmitri", "Élodie", "Farid", "Grace", "Hiroshi", "Ines", "Юлия"]


def answer_with(page: Page, path: str, http: int, headers: dict[str, str] | None = None, **body: str) -> None:
    """Have the next call of a path answered by the test."""

    def answer(route: Route) -> None:
        route.fulfill(status=http, headers=headers or {}, body=json.dumps(body))

    page.route(f"**{path}", answer, times=1)


def gate_states(page: Page) -> Iterator[str]:
    """Go through everything around the login; yields a name when a state is in sight."""
    page.goto("/?invite=K7")
    expect(page.get_by_role("alert")).to_contain_text("invited")
    yield "gate-invited"
    page.goto("/")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    yield "gate-register"
    answer_with(page, "/auth/register", 409, code="USERNAME_TAKEN", message="The username 'Ana' is taken.")
    fill_gate(page, "Ana", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("taken")
    yield "gate-taken"
    answer_with(page, "/auth/login", 429, {"Retry-After": "600"}, code="TOO_MANY_REQUESTS", message="")
    fill_gate(page, "Ana", PASSWORD, mode="Log in")
    expect(page.get_by_role("alert")).to_contain_text("Too many attempts")
    yield "gate-throttled"
    page.reload()
    answer_with(page, "/auth/register", 403, code="REGISTRATION_CLOSED", message="Closed.")
    fill_gate(page, "Ana", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("host only")
    yield "gate-closed"
    page.reload()
    answer_with(page, "/auth/register", 202, status="pending")
    fill_gate(page, "Ana", PASSWORD)
    expect(page.get_by_role("heading", name="Waiting for the host")).to_be_visible()
    yield "gate-approval"
    page.get_by_role("button", name="Back to login").click()
    answer_with(page, "/auth/register", 403, code="INVITE_REQUIRED", message="x", field="inviteCode")
    fill_gate(page, "Ana", PASSWORD)
    expect(page.get_by_label("Invitation code")).to_be_focused()
    yield "gate-code"
    sentence = "The host has banned this account until 2026-02-01T12:30Z: Please be kind to the others."
    answer_with(page, "/auth/register", 403, code="BANNED", message=sentence)
    fill_gate(page, "Ana", PASSWORD)
    expect(page.get_by_role("heading", name="You cannot join")).to_be_visible()
    yield "gate-banned"


def chat_states(page: Page, host: FakeHost, *, is_phone: bool) -> Iterator[str]:
    """Go through everything of the chat; the page is opened at its list or at everyone."""
    expect(page.locator('.chat[data-online="true"]')).to_be_attached()
    if is_phone:
        page.get_by_role("button", name="Conversations", exact=True).click()
        expect(thread(page, "everyone")).to_be_visible()
        yield "list"
        thread(page, "everyone").click()
    expect(page.get_by_text("No messages since you came")).to_be_visible()
    yield "chat-empty"
    _talk(page, host)
    yield "chat-everyone"
    host.send(host.direct("Ben", "Do you have a minute?"), host.direct("Ben", "It is about tomorrow."))
    if is_phone:
        page.get_by_role("button", name="Conversations, 2 unread messages").click()
        yield "list-unread"
    expect(thread(page, "Ben").locator(".badge")).to_contain_text("2")
    thread(page, "Ben").click()
    expect(page.locator(".unread-line")).to_be_visible()
    yield "chat-unread"
    say(page, "Of course. When?")
    expect(message(page, "Of course")).to_contain_text("Delivered to 2 devices")
    host.absent = {"u-Ben"}
    say(page, "Are you still there?")
    expect(message(page, "still there")).to_contain_text("Not delivered")
    yield "chat-direct"
    page.goto("/#everyone")
    hold_retries(page)
    host.close(1001)
    come_back(page)
    expect(page.locator(".gap")).to_be_visible()
    yield "chat-gap"
    host.send(*(host.message("Ben", f"And the list, number {number}") for number in range(12)))
    expect(message(page, "number 11")).to_be_visible()
    page.locator(".messages").evaluate("list => { list.scrollTop = 0; }")
    expect(page.locator(".latest")).to_be_visible()
    host.send(host.message("Ben", "One more thing"))
    expect(page.locator(".latest .badge")).to_have_text("1")
    yield "chat-below"
    page.get_by_role("button", name="Find in this conversation").click()
    page.get_by_role("searchbox", name="Find in this conversation").fill("number 7")
    expect(page.locator(".found")).to_be_visible()
    page.get_by_role("button", name="Write data (JSON)").click()
    yield "chat-find"
    page.get_by_role("button", name="Write data (JSON)").click()
    page.get_by_role("button", name="End the search").click()
    page.locator(".latest").click()
    host.is_silent = True
    host.close(1001)
    expect(banner(page)).to_be_visible()
    say(page, "Written while the server was away")
    expect(message(page, "server was away").get_by_text("Waiting to be sent")).to_be_attached()
    yield "chat-offline"
    if is_phone:
        page.get_by_role("button", name="Conversations", exact=True).click()
    page.get_by_role("button", name="Log out", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    yield "chat-question"
    page.get_by_role("button", name="Stay").click()


def end_states(page: Page, host: FakeHost) -> Iterator[str]:
    """Go on to where there is no chat any more; the page has one."""
    connections = host.connections
    page.get_by_role("button", name="Try now").click()
    host.wait_for(connections=connections + 1)
    host.close(4003)
    expect(page.get_by_role("alert")).to_contain_text("set time")
    yield "gate-expired"


def _talk(page: Page, host: FakeHost) -> None:
    host.send(
        host.message("Ben", "Good morning! Is the projector free this afternoon?"),
        host.message("Ben", "We would need it from two to four."),
        host.message("Élodie", "It is. I put you down for it."),
        host.announce("Lunch is in the garden today, from half past twelve."),
        host.message("sensor-2", {"room": "A1", "temperature": 21.5, "open": False}),
        host.message("Юлия", "Спасибо! Тогда до завтра."),
    )
    host.send(host.message("Ben", "The plan is at http://192.168.1.5:8000/plan (all of it)."))
    expect(message(page, "The plan")).to_be_visible()
    say(
        page,
        "Thank you, Élodie.\nThen I will bring the cables, and somebody else the patience that they need.",
    )
    expect(message(page, "Then I will bring").get_by_text("Sent", exact=True)).to_be_attached()
