"""Register, log in, stay logged in, and everything that can stand in the way."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPage, StartProgram
from tests.browser.pages import fill_gate
from tests.browser.program import PASSWORD, Program

pytestmark = pytest.mark.browser


def test_a_newcomer_registers_and_stays_logged_in(open_page: OpenPage) -> None:
    """After a reload, the chat is there again without a login."""
    page = open_page()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    fill_gate(page, "Nora", PASSWORD)
    expect(page.get_by_role("heading", name="Everyone", level=1)).to_be_visible()
    expect(page.locator("#message")).to_be_focused()
    page.reload()
    expect(page.locator(".row-name", has_text="Nora (you)")).to_be_visible()


def test_logging_out_ends_the_token(open_page: OpenPage, program: Program) -> None:
    """It leads to the login, with the name filled in, for all tabs of this browser."""
    page = open_page()
    fill_gate(page, "Lotte", PASSWORD)
    expect(page.locator(".row-name", has_text="Lotte (you)")).to_be_visible()
    other = page.context.new_page()
    other.goto("/")
    expect(other.locator(".row-line", has_text="2 connections")).to_be_visible()
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
    fill_gate(page, "x", PASSWORD)
    expect(alert).to_contain_text("3 to 32 characters")
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
    """The first try to register is told so; then there is only the login."""
    page = open_page(at=start_program(AUTHWS_REGISTRATION="closed"))
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


def test_an_invitation_is_passed_on(open_page: OpenPage) -> None:
    """The code leaves the address and goes along with the registration."""
    page = open_page(path="/?invite=K7-Q2")
    expect(page.get_by_role("alert")).to_contain_text("invited")
    assert page.url.endswith("/")
    with page.expect_request("**/auth/register") as request:
        fill_gate(page, "Iris", PASSWORD)
    body = {"username": "Iris", "password": PASSWORD, "inviteCode": "K7-Q2"}
    assert json.loads(request.value.post_data or "") == body


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
