"""As a host and three guests would: open the address, join, talk, restart the server, all come back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, StartProgram, in_both_always
from tests.browser.pages import banner, message, person, say

pytestmark = [pytest.mark.browser, in_both_always]


def test_three_guests_join_talk_and_come_back(open_page: OpenPage, start_program: StartProgram) -> None:
    """Three browser profiles, one at phone size; nobody touches anything while the server restarts."""
    server = start_program()
    guests = {
        "Ana": open_page("Ana", at=server),
        "Ben": open_page("Ben", at=server, is_phone=True, path="/#everyone"),
        "Cem": open_page("Cem", at=server),
    }
    for others in (person(guests["Ana"], "Ben"), person(guests["Ana"], "Cem"), person(guests["Cem"], "Ana")):
        expect(others).to_be_visible()
    for name, page in guests.items():
        say(page, f"{name} is here")
    for page in guests.values():
        for name in guests:
            expect(message(page, f"{name} is here")).to_be_visible()
    server.stop()
    for page in guests.values():
        expect(banner(page)).to_be_visible()
    server.start()
    for page in guests.values():
        expect(banner(page)).to_be_hidden()
    say(guests["Ben"], "Back again")
    for page in guests.values():
        expect(message(page, "Back again")).to_be_visible()
