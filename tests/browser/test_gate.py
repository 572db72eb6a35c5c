"""Register, log in, stay logged in, and everything that can stand in the way."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPage, StartProgram, in_both_browsers
from tests.browser.pages import fill_gate
from tests.browser.program import PASSWORD, Program
from tests.browser.test_every_state import look_at, with_axe

pytestmark = [pytest.mark.browser, in_both_browsers]


def test_a_newcomer_registers_and_stays_logged_in(open_page: OpenPage) -> None:
    """After a reload, the chat is there again without a login."""
    page = open_page()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    fill_gate(page, "Nora", PASSWORD)
    expect(page.get_by_role("heading", name="Everyone", level=1)).to_be_visible()
    expect(page.locator("#message")).to_be_focused()
    page.reload()
    expect(page.locator(".row-name", has_text="Nora (you)")).to_be_visible()


def test_one_answer_is_enough_to_begin(open_page: OpenPage) -> None:
    """On a slow network each request costs a journey: with nothing but the page itself, the form is there, styled."""
    page = open_page(is_opened=False)
    page.route(
        "**/*",
        lambda route: route.continue_() if route.request.resource_type == "document" else route.abort(),
    )
    page.goto("/")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    expect(page.locator(".gate-icon")).to_have_css("display", "block")


def test_logging_out_ends_the_token(open_page: OpenPage, program: Program) -> None:
    """It leads to the login, with the name filled in, for all tabs of this browser."""
    page = open_page()
    fill_gate(page, "Lotte", PASSWORD)
    expect(page.locator(".row-name", has_text="Lotte (you)")).to_be_visible()
    other = page.context.new_page()
    other.goto("/")
    expect(other.locator(".row-line", has_text="2 connections")).to_be_visible()
    page.bring_to_front()
    with page.expect_response("**/auth/logout") as response:
        page.get_by_role("button", name="Log out").click()
    assert response.value.status == 204
    expect(page.get_by_label("Name", exact=True)).to_have_value("Lotte")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    expect(other.get_by_role("heading", name="Welcome")).to_be_visible()
    page.reload()
    fill_gate(page, "Lotte", PASSWORD, mode="Log in")
    expect(page.get_by_role("heading", name="Everyone", level=1)).to_be_visible()


def test_what_is_wrong_is_said_at_its_field(open_page: OpenPage, program: Program) -> None:
    """A name that is taken, a name or password against the rules, a wrong password, nothing at all."""
    program.member("Ben")
    page = open_page()
    alert, name = page.get_by_role("alert"), page.get_by_label("Name", exact=True)
    fill_gate(page, "ben", PASSWORD)
    expect(alert).to_contain_text("taken")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_be_focused()
    fill_gate(page, "x", PASSWORD)
    expect(alert).to_contain_text("2 to 64 characters")
    fill_gate(page, "Newcomer", "short")
    expect(alert).to_contain_text("8 to 1,024 characters")
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("aria-invalid", "true")
    fill_gate(page, "", "")
    expect(alert).to_contain_text("Fill in")
    fill_gate(page, "Ben", "wrong password", mode="Log in")
    expect(alert).to_contain_text("wrong")


def test_the_password_can_be_shown(open_page: OpenPage) -> None:
    """The eye shows it and hides it."""
    page = open_page()
    field = page.get_by_label("Password", exact=True)
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(field).to_have_attribute("type", "password")


def test_too_many_failures_are_told_how_long_to_wait(
    open_page: OpenPage, start_program: StartProgram
) -> None:
    """429 shows the wait of Retry-After, and the button counts it down."""
    page = open_page(at=start_program(AUTHWS_AUTH_RATE="1"))
    submit = page.locator("button[type=submit]")
    fill_gate(page, "Ghost", "wrong password", mode="Log in")
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    submit.click()
    expect(page.get_by_role("alert")).to_contain_text("Too many attempts. Try again in")
    expect(submit).to_have_attribute("aria-disabled", "true")
    expect(submit).to_have_text(re.compile(r"Wait \d+( s|:\d\d)"))


def test_closed_registration_leaves_the_login(open_page: OpenPage, start_program: StartProgram) -> None:
    """It is said before anybody tries, and there is only the login; also where it is closed meanwhile."""
    page = open_page(at=start_program(AUTHWS_REGISTRATION="closed"))
    expect(page.get_by_role("alert")).to_contain_text("made by the host only")
    expect(page.locator(".modes")).to_be_hidden()
    page = open_page()
    body = {"status": "error", "code": "REGISTRATION_CLOSED", "message": "Closed."}
    page.route("**/auth/register", lambda route: route.fulfill(status=403, json=body))
    fill_gate(page, "Newcomer", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("made by the host only")
    expect(page.locator(".modes")).to_be_hidden()
    expect(page.locator("button[type=submit]")).to_have_text("Log in")


def test_a_server_that_does_not_answer_is_said(open_page: OpenPage) -> None:
    """Nothing is lost from the form."""
    page = open_page()
    page.route("**/auth/register", lambda route: route.abort())
    fill_gate(page, "Newcomer", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(page.get_by_label("Password", exact=True)).to_have_value(PASSWORD)


def test_an_invitation_outlives_a_reload_until_it_is_used(open_page: OpenPage) -> None:
    """The code stays in the address, for another browser, too, and goes along with the registration."""
    page = open_page(path="/?invite=K7-Q2")
    expect(page.get_by_role("alert")).to_contain_text("invited")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("invited")
    assert page.url.endswith("/?invite=K7-Q2")
    with page.expect_request("**/auth/register") as request:
        fill_gate(page, "Iris", PASSWORD)
    body = {"username": "Iris", "password": PASSWORD, "inviteCode": "K7-Q2"}
    if request.value.post_data is not None:  # WebDriver BiDi does not tell it
        assert json.loads(request.value.post_data) == body
    expect(page.locator(".row-name", has_text="Iris (you)")).to_be_visible()
    assert "invite" not in page.url


def test_an_invitation_can_be_typed(open_page: OpenPage, start_program: StartProgram) -> None:
    """Who typed the address is asked for the code, with the cursor in its field; a wrong one can be mended."""
    server = start_program(AUTHWS_REGISTRATION="invite")
    code = re.search(r"[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}", server.run("invite", "add"))
    assert code is not None
    page = open_page(at=server)
    field = page.get_by_label("Invitation code")
    expect(field).to_be_visible()
    fill_gate(page, "Ida", PASSWORD)
    expect(page.get_by_role("alert")).to_contain_text("by invitation")
    expect(field).to_be_focused()
    field.fill("wrong-code")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_have_attribute("data-tone", "bad")
    field.fill(code[0])
    field.press("Enter")
    expect(page.locator(".row-name", has_text="Ida (you)")).to_be_visible()


def test_waiting_for_the_host_outlives_a_reload(open_page: OpenPage, start_program: StartProgram) -> None:
    """Also where somebody logs in too early; once let in, the page goes on by itself."""
    server = start_program(AUTHWS_REGISTRATION="approval")
    page = open_page(at=server)
    waiting = page.get_by_role("heading", name="Waiting for the host")
    fill_gate(page, "Wim", PASSWORD)
    expect(waiting).to_be_visible()
    page.reload()
    expect(waiting).to_be_visible()
    page.get_by_role("button", name="Back to login").click()
    page.reload()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    fill_gate(page, "Wim", PASSWORD, mode="Log in")
    expect(waiting).to_be_visible()
    server.run("user", "approve", "Wim")
    page.reload()
    expect(page.locator(".row-name", has_text="Wim (you)")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('authws.waiting')") is None


def test_a_ban_says_why_and_until_when(open_page: OpenPage, start_program: StartProgram) -> None:
    """On the open page, after a reload, and to who logs in; trying again is possible, and works once it is over."""
    server = start_program()
    page = open_page("Bob", at=server)
    expect(page.locator(".row-name", has_text="Bob (you)")).to_be_visible()
    server.run("ban", "add", "--user", "Bob", "--until", "30m", "--reason", "Cool down")
    for step in (lambda: None, page.reload, page.get_by_role("button", name="Try again").click):
        step()
        expect(page.get_by_role("heading", name="You cannot join")).to_be_visible()
        expect(page.locator(".gate-text")).to_contain_text("The host says: “Cool down”")
        expect(page.locator(".gate-text")).to_contain_text(
            re.compile(r"The ban ends on \w+day \d+ \w+ at \d\d:\d\d")
        )
    other = open_page(at=server)
    fill_gate(other, "Bob", PASSWORD, mode="Log in")
    expect(other.locator(".gate-text")).to_contain_text("Cool down")
    server.run("ban", "lift", "Bob")
    server.wait_until_let_in("Bob")
    other.get_by_role("button", name="Try again").click()
    fill_gate(other, "Bob", PASSWORD, mode="Log in")
    expect(other.locator(".row-name", has_text="Bob (you)")).to_be_visible()


SYSTEMS = {
    "iPhone, iPad": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
    "Android": "Mozilla/5.0 (Linux; Android 16; K) Chrome/140.0.0.0 Mobile Safari/537.36",
    "ChromeOS": "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/140.0.0.0 Safari/537.36",
    "Firefox": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Firefox/140.0",
}


def test_the_trust_page_fits_a_phone(open_page: OpenPage, start_program: StartProgram) -> None:
    """Nothing to scroll sideways; the visitor's own system comes first and open; no rule of axe is broken."""
    server = start_program(AUTHWS_TLS="local")
    assert server.http.startswith("http:")
    page = with_axe(open_page(at=server, is_phone=True, is_opened=False))
    for system, agent in SYSTEMS.items():
        page.set_extra_http_headers({"User-Agent": agent})
        page.goto("/trust")
        expect(page.locator("summary").first).to_have_text(system)
        expect(page.locator("details").first).to_have_attribute("open", "")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate("innerWidth") == 360
        file = "authority.mobileconfig" if system == "iPhone, iPad" else "authority.crt"
        expect(page.get_by_role("link", name=f"Get {file}")).to_be_in_viewport()
        expect(page.locator("details").first).to_contain_text("Afterwards, remove it again")
        look_at(page, f"phone-trust-{system[:7]}")


def test_approval_is_waited_for(open_page: OpenPage, program: Program) -> None:
    """202 shows that the host has to agree; then the page goes on by itself."""
    program.member("Wanda")
    page = open_page(is_opened=False)
    page.clock.install()
    page.goto("/")
    accepted = json.dumps({"status": "pending"})
    page.route("**/auth/register", lambda route: route.fulfill(status=202, body=accepted))
    refusals = []

    def login(route: Route) -> None:
        refusals.append(route)
        if len(refusals) > 1:
            route.continue_()
        else:
            body = json.dumps({"status": "error", "code": "FORBIDDEN", "message": "Not yet."})
            route.fulfill(status=403, body=body)

    page.route("**/auth/login", login)
    fill_gate(page, "Wanda", PASSWORD)
    expect(page.get_by_role("heading", name="Waiting for the host")).to_be_focused()
    with page.expect_response("**/auth/login"):
        page.clock.fast_forward(10_500)
    expect(page.get_by_role("heading", name="Waiting for the host")).to_be_visible()
    with page.expect_response("**/auth/login"):
        page.clock.fast_forward(15_500)
    expect(page.locator(".row-name", has_text="Wanda (you)")).to_be_visible()
