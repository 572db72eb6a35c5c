"""Connections end in many ways; the page comes back, or says why not."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.conftest import OpenFake, OpenPage, StartProgram
from tests.browser.fake_host import FakeHost
from tests.browser.pages import banner, come_back, fill_gate, hold_retries, message, person, say
from tests.browser.program import PASSWORD, Program

pytestmark = pytest.mark.browser


def test_a_restart_of_the_server_loses_nothing(open_page: OpenPage, start_program: StartProgram) -> None:
    """Both pages come back, and what was written meanwhile arrives, in order."""
    server = start_program()
    ana, ben = open_page("Ana", at=server), open_page("Ben", at=server, is_phone=True, path="/#everyone")
    expect(person(ana, "Ben")).to_be_visible()
    server.stop()
    expect(banner(ana)).to_contain_text("stopped or is restarting")
    expect(banner(ben)).to_be_visible()
    for text in ("first", "second", "third"):
        say(ana, text)
    expect(message(ana, "third").get_by_text("Waiting to be sent")).to_be_attached()
    server.start()
    # Who is back first waits for the others: a message to everyone should not find an empty room.
    for page in (ana, ben):
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(banner(page)).to_be_hidden()
    expect(message(ben, "third")).to_be_visible()
    assert ben.locator(".message .text").all_inner_texts() == ["first", "second", "third"]
    expect(message(ana, "third").get_by_text("Sent", exact=True)).to_be_attached()
    expect(banner(ana)).to_be_hidden()
    say(ben, "Welcome back")
    expect(message(ana, "Welcome back")).to_be_visible()


def test_it_comes_back_without_being_asked(open_fake: OpenFake) -> None:
    """The wait after a close ends by itself."""
    page, host = open_fake()
    host.close(1001)
    host.wait_for(connections=2)
    expect(page.locator(".gap")).to_be_attached()
    expect(banner(page)).to_be_hidden()


def test_unsent_messages_survive_a_reload(open_fake: OpenFake) -> None:
    """What nobody confirmed is sent after the page was loaded again."""
    page, host = open_fake()
    host.answers = False
    say(page, "Is anybody there?")
    expect(message(page, "Is anybody there?").get_by_text("not confirmed yet")).to_be_attached()
    host.answers = True
    page.reload()
    expect(message(page, "Is anybody there?").get_by_text("Sent", exact=True)).to_be_attached()
    assert [frame["content"] for frame in host.received] == ["Is anybody there?"] * 2


def test_a_duplicated_tab_sends_nothing_twice(open_page: OpenPage) -> None:
    """A copy of a tab has its unsent messages in its storage; the original alone sends them."""
    ana, ben = open_page("Ana", is_opened=False), open_page("Ben")
    sockets: list[WebSocketRoute] = []
    is_cut = False

    def on_socket(socket: WebSocketRoute) -> None:
        sockets.append(socket)
        if not is_cut:  # else nobody answers
            socket.connect_to_server()

    ana.context.route_web_socket(re.compile(r"/ws$"), on_socket)
    ana.goto("/")
    expect(person(ana, "Ben")).to_be_visible()
    is_cut = True
    sockets[-1].close(code=1001)
    say(ana, "Only once")
    expect(message(ana, "Only once").get_by_text("Waiting to be sent")).to_be_attached()
    with ana.context.expect_page() as opened:
        ana.evaluate("window.open('/')")
    copy = opened.value
    expect(copy.get_by_text("No messages since you came")).to_be_visible()
    assert "Only once" in copy.evaluate("JSON.stringify({ ...sessionStorage })")
    is_cut = False
    for socket in sockets[1:]:
        socket.close(code=1001)
    for page in (ana, copy):
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(banner(page)).to_be_hidden()
    expect(message(ben, "Only once")).to_be_visible()
    say(copy, "From the copy")
    expect(message(ben, "From the copy")).to_be_visible()
    assert ben.locator(".message .text").all_inner_texts() == ["Only once", "From the copy"]


def test_an_ended_login_leads_to_the_login(open_fake: OpenFake, program: Program) -> None:
    """With a sentence that says why, and the name filled in."""
    page, host = open_fake()
    sentences = {
        4003: "ended after its set time",
        4004: "ended by the host",
        4010: "host has ended all logins",
    }
    for count, (code, text) in enumerate(sentences.items(), 1):
        host.close(code)
        expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
        expect(page.get_by_role("alert")).to_contain_text(text)
        expect(page.get_by_label("Name", exact=True)).to_have_value("Ana")
        assert page.evaluate("localStorage.getItem('authws.session')") is None
        assert host.connections == count
        fill_gate(page, "Ana", PASSWORD, mode="Log in")
        expect(page.locator(".row-name", has_text="Ana (you)")).to_be_visible()


def test_a_refused_token_leads_to_the_login(open_page: OpenPage, program: Program) -> None:
    """Found out when the page was opened again after a long time."""
    page = open_page("Ana", is_opened=False)
    host = FakeHost(page, "Ana")
    sentences = {"expired": "set time", "bad_signature": "no longer valid here", "disabled": "disabled"}
    for reason, text in sentences.items():
        host.refuses_with = reason
        page.goto("/")
        expect(page.get_by_role("alert")).to_contain_text(text)
        stored = ["authws.session", program.member("Ana").session]
        page.evaluate("([key, value]) => localStorage.setItem(key, value)", stored)


def test_a_ban_is_a_plain_sentence(open_fake: OpenFake) -> None:
    """No login, and no further try but the person's own."""
    page, host = open_fake()
    page.clock.install()
    host.close(4006)
    expect(page.get_by_role("heading", name="You cannot join")).to_be_focused()
    expect(page.get_by_text("The host has banned you")).to_be_visible()
    expect(page.locator("form")).to_be_hidden()
    page.clock.fast_forward(120_000)
    assert host.connections == 1


NOTE_SENDING = """() => {
    const { send } = WebSocket.prototype;
    window.sentAtMs = [];
    WebSocket.prototype.send = function (text) {
        sentAtMs.push(performance.now());
        send.call(this, text);
    };
}"""


@pytest.mark.parametrize(
    ("code", "text"), [(4005, "The host has disconnected you"), (4009, "sending too much at once")]
)
def test_after_a_pause_it_comes_back(open_fake: OpenFake, code: int, text: str) -> None:
    """A kick and a flood are followed by a pause that cannot be cut short."""
    page, host = open_fake()
    page.clock.install()
    page.evaluate(NOTE_SENDING)
    before_ms = page.evaluate("performance.now()")
    host.close(code)
    expect(banner(page)).to_contain_text(text)
    expect(page.get_by_role("button", name="Try now")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.clock.run_for(14_000)
    expect(banner(page)).to_be_hidden()
    assert page.evaluate("sentAtMs[0]") - before_ms >= 10_000
    assert host.connections == 2


@pytest.mark.parametrize(("code", "text"), [(4008, "too slow"), (4001, "Your messages are kept")])
def test_other_ends_are_retried(open_fake: OpenFake, code: int, text: str) -> None:
    """With a growing wait, which a button ends."""
    page, host = open_fake()
    hold_retries(page)
    host.close(code)
    expect(banner(page)).to_contain_text(text)
    come_back(page)
    assert host.connections == 2


def test_a_message_that_was_too_large_is_not_sent_again(open_fake: OpenFake) -> None:
    """1009: the frame fails visibly, the connection comes back."""
    page, host = open_fake()
    host.answers = False
    say(page, "A huge message")
    expect(message(page, "A huge message").get_by_text("not confirmed yet")).to_be_attached()
    host.close(1009)
    expect(message(page, "A huge message")).to_contain_text("Not delivered. The message is too large.")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(banner(page)).to_be_hidden()
    assert len(host.received) == 1


DEAD_SOCKET = """() => {
    const { send } = WebSocket.prototype;
    let dead = null;
    window.lost = [];
    WebSocket.prototype.send = function (text) {
        dead ??= this;
        if (this === dead) lost.push(text);
        else send.call(this, text);
    };
}"""
"""What goes into the socket that there is goes nowhere; the next one is sound."""


def test_a_page_that_wakes_up_asks_whether_the_connection_lives(open_fake: OpenFake) -> None:
    """A phone that slept has a socket that looks open; silence brings a new one."""
    page, host = open_fake()
    page.clock.install()
    page.evaluate(DEAD_SOCKET)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    say(page, "Written just after waking")
    page.clock.fast_forward(8_500)
    page.clock.fast_forward(2_000)
    expect(message(page, "just after waking").get_by_text("Sent", exact=True)).to_be_attached()
    assert [json.loads(text)["type"] for text in page.evaluate("lost")] == ["authenticate"]
    assert host.connections == 2


@pytest.mark.parametrize("days", [1, -1])
def test_a_wrong_clock_breaks_nothing(open_page: OpenPage, start_program: StartProgram, days: int) -> None:
    """A phone a day ahead or behind logs in, renews its token in time, and shows the server's time."""
    server = start_program(AUTHWS_TOKEN_LIFE_S="60")
    page = open_page(at=server, is_opened=False)
    page.clock.install(time=datetime.now(UTC) + timedelta(days=days))
    page.goto("/")
    fill_gate(page, "Ana", PASSWORD)
    expect(page.locator(".row-name", has_text="Ana (you)")).to_be_visible()
    before = page.evaluate("localStorage.getItem('authws.session')")
    say(page, "What time is it?")
    expect(message(page, "What time is it?").get_by_text("Sent", exact=True)).to_be_attached()
    shown = message(page, "What time").locator("time").get_attribute("datetime") or ""
    assert abs(datetime.now(UTC) - datetime.fromisoformat(shown)) < timedelta(hours=1)
    with page.expect_response("**/auth/refresh") as refreshed:
        page.clock.fast_forward(48_500)
    assert refreshed.value.ok
    page.wait_for_function("before => localStorage.getItem('authws.session') !== before", arg=before)
    say(page, "Still here")
    expect(message(page, "Still here").get_by_text("Sent", exact=True)).to_be_attached()


def silenced(page: Page) -> None:
    """Have what the page sends go nowhere, as on a network that is gone."""
    page.evaluate("() => { WebSocket.prototype.send = () => {}; }")


def test_a_dead_network_is_noticed_while_nobody_writes(open_page: OpenPage) -> None:
    """After 25 s without a word of the server the page asks; no answer brings the banner."""
    page = open_page("Ana", is_opened=False)
    FakeHost(page, "Ana")
    page.clock.install()
    page.goto("/")
    expect(page.locator(".row-name", has_text="Ana (you)")).to_be_visible()
    silenced(page)
    page.clock.fast_forward(24_000)
    expect(banner(page)).to_be_hidden()
    page.clock.fast_forward(2_000)
    page.clock.fast_forward(8_500)
    expect(banner(page)).to_contain_text("No connection")


def test_a_browser_that_knows_of_no_network_is_believed_after_a_question(open_fake: OpenFake) -> None:
    """The event alone ends nothing: the server may be on this computer."""
    page, host = open_fake()
    page.clock.install()
    page.evaluate("dispatchEvent(new Event('offline'))")
    say(page, "Still here")
    expect(message(page, "Still here").get_by_text("Sent", exact=True)).to_be_attached()
    assert host.connections == 1
    silenced(page)
    page.evaluate("dispatchEvent(new Event('offline'))")
    page.clock.fast_forward(8_500)
    expect(banner(page)).to_contain_text("No connection")


def test_a_newer_server_asks_for_a_reload(open_fake: OpenFake, program: Program) -> None:
    """After a reconnect the versions are compared."""
    page, host = open_fake()
    # The page knows the version it was loaded with once it has asked.
    page.wait_for_load_state("networkidle")
    status = {"status": "ok", "service": "websocket-server", "version": "99.0.0"}

    def answer(route: Route) -> None:
        if route.request.headers.get("accept") == "application/json":
            route.fulfill(status=200, body=json.dumps(status))
        else:
            route.continue_()

    page.route(f"{program.http}/", answer)
    host.close(1001)
    expect(page.get_by_text("The server has been updated.")).to_be_visible()
    with page.expect_navigation():
        page.get_by_role("button", name="Reload").click()
    expect(page.get_by_text("The server has been updated.")).to_be_hidden()


REFUSED_SOCKET = """
window.WebSocket = class { constructor() { setTimeout(() => this.onclose(new CloseEvent('close', { code: 1006 }))); } close() {} };
"""
"""To a page, a handshake that is refused looks like this."""


def test_a_banned_address_is_told_so(open_page: OpenPage, program: Program) -> None:
    """The handshake tells a page nothing; the HTTP side does."""
    page: Page = open_page("Ana", is_opened=False)
    page.add_init_script(REFUSED_SOCKET)
    body = json.dumps({"status": "error", "code": "BANNED", "message": "Banned."})

    def answer(route: Route) -> None:
        if route.request.headers.get("accept") == "application/json":
            route.fulfill(status=403, body=body)
        else:
            route.continue_()

    page.route(f"{program.http}/", answer)
    page.goto("/")
    expect(page.get_by_role("heading", name="You cannot join")).to_be_visible()
