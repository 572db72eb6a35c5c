"""The game's page, from pytest: two players, each in a browser's page of their own."""

import functools
import http.server
import json
import os
import threading
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect, sync_playwright

HERE = Path(__file__).parent


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the game's files."""

    def log_message(self, format, *args):
        """Say nothing."""


@pytest.fixture(scope="session")
def site():
    """The game's address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=HERE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    """Playwright's own browser, or the one that CHROMIUM names."""
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM")
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


class Table:
    """Two players at their pages."""

    def __init__(self, authws, browser, site):
        self._authws, self._context = authws, browser.new_context()
        self.x, self.o = (
            self._sit(site, {"name": name, "token": authws.user(name).token, "opponent": other, "mark": mark})
            for name, other, mark in (("ana", "ben", "X"), ("ben", "ana", "O"))
        )
        expect(self.x.get_by_role("status")).to_have_text("Your turn")
        expect(self.o.get_by_role("status")).to_have_text("ana's turn")

    def _sit(self, site, who):
        page = self._context.new_page()
        page.goto(f"{site}?{urlencode({'server': self._authws.http, **who})}")
        return page

    def play(self, *cells):
        """Take turns; each move is waited for on the other side."""
        for number, cell in enumerate(cells):
            page, other = (self.o, self.x) if number % 2 else (self.x, self.o)
            page.get_by_label(f"Cell {cell}", exact=True).click()
            expect(other.get_by_label(f"Cell {cell}", exact=True)).to_have_text("O" if number % 2 else "X")

    def leave(self):
        """Close both pages."""
        self._context.close()
        self._authws.wait("type:disconnect", count=2)


@pytest.fixture
def table(authws, browser, site):
    """Two players who can begin."""
    made = Table(authws, browser, site)
    yield made
    made.leave()


def test_three_in_a_row_win(table, authws):
    """Both sides see it, and the server saw every move."""
    table.play(0, 3, 1, 4, 2)
    expect(table.x.get_by_role("status")).to_have_text("You win")
    expect(table.o.get_by_role("status")).to_have_text("You lose")
    authws.wait("type:direct user:ana", count=3)
    authws.none("type:error", within_s=0.1)


def test_a_player_with_a_bad_network_sees_each_move_once(table, authws):
    """Late, and everything twice."""
    authws.faults("user:ben", latencyMs=50, jitterMs=20, duplicate=1, direction="out", seed=1)
    table.play(4, 0, 8)
    expect(table.o.get_by_role("status")).to_have_text("Your turn")
    assert authws.wait("is:faulty type:direct")


def test_a_player_who_is_cut_off_comes_back(table, authws):
    """The page says so meanwhile."""
    table.play(4)
    authws.faults("user:ben", closeCode=1001)
    authws.wait("type:authenticate user:ben", count=2)
    expect(table.o.get_by_role("status")).to_have_text("Your turn")
    table.o.get_by_label("Cell 0").click()
    expect(table.x.get_by_label("Cell 0")).to_have_text("O")


def test_the_same_game_again(table, authws, tmp_path):
    """As other users, and every answer is as it was."""
    table.play(0, 3, 1)
    authws.wait("type:message_delivered", count=3)
    file = tmp_path / "game.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in authws.rows()))
    replay = authws.replay(file, user_map={"ana": "cleo", "ben": "dan"})
    assert replay.steps == 5
