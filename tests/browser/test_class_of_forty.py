"""A class of forty: whatever drops and restarts, everyone ends with the same conversation.

By itself it is as short as it can be. `AUTHWS_CLASS_MINUTES=10 python3 dev.py test tests/browser/test_class_of_forty.py -m long -s`
makes it last ten minutes: words come bit by bit, and people are away for as long as phones are.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from tests.browser.conftest import OpenPage, StartProgram
from tests.browser.pages import banner, say
from tests.browser.program import Program
from tests.browser.test_nothing_lost import KEPT, wait_until_kept

MINUTES = float(os.environ.get("AUTHWS_CLASS_MINUTES", "0"))
LESSON_S = 60 * MINUTES
pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(400 + LESSON_S)]

PROGRAMS = 36
WORDS_EACH = 12 if MINUTES else 6
"""The web client holds 500 messages of a conversation: the class says fewer."""
LONGEST_AWAY_S = min(30.0, LESSON_S / 10)
PAGES = ["Ana", "Ben", "Cem", "Dua"]
ANNOUNCEMENT = "Lunch is at noon"
WAIT_S = 200.0 + LESSON_S


class Pupil(threading.Thread):
    """A program that says its words, drops now and then, and comes back for what it missed.

    Attributes:
        heard: What was said to everyone, by its id, in the order in which it came.

    Args:
        program: The server.
        name: Who it is.
        wanted: How much it has to hear before it goes.
    """

    def __init__(self, program: Program, name: str, wanted: int) -> None:
        super().__init__(name=name, daemon=True)
        self.heard: dict[str, str] = {}
        self._token = program.member(name).token
        self._address = program.ws
        self._wanted = wanted
        self._words = [f"{name} says {number}" for number in range(WORDS_EACH)]
        self._random = random.Random(name)  # the same drops in every run
        self._last = "start"
        self._online_id = ""
        self._begun_s = time.monotonic()
        self.drops = 0

    def run(self) -> None:
        """Take part until everything was heard."""
        until_s = time.monotonic() + WAIT_S
        with ExitStack() as dead:
            while len(self.heard) < self._wanted and time.monotonic() < until_s:
                try:
                    with ExitStack() as stack:
                        self._take_part(
                            stack.enter_context(connect(self._address, proxy=None, close_timeout=1))
                        )
                        if LESSON_S and self._random.random() < 0.5:
                            # In a dead zone: nobody reads it any more, and nobody tells the server.
                            dead.push(stack.pop_all())
                except (OSError, WebSocketException):
                    time.sleep(0.2)  # the server is not back yet
                else:
                    self.drops += 1
                    time.sleep(self._random.random() * LONGEST_AWAY_S)

    def _take_part(self, socket: ClientConnection) -> None:
        wishes = {"since": self._last, "presence": "delta", "replaces": self._online_id}
        socket.send(json.dumps({"type": "authenticate", "token": self._token, **wishes}))
        left, is_here = self._random.randint(20, 120), False
        sent: set[str] = set()
        while len(self.heard) < self._wanted and left:
            try:
                frame = json.loads(socket.recv(timeout=1.0))
            except TimeoutError:
                frame = {"type": ""}
            if frame["type"] == "authentication":
                assert frame["recovered"], frame
                self._online_id = frame["clientId"]
            elif frame["type"] == "message":
                self._hear(frame)
                left -= 1
            # It follows what was missed, among which is all that will ever have come by the last connection.
            is_here = is_here or frame["type"] == "user_list"
            if is_here:
                self._speak(socket, sent)

    def _hear(self, frame: dict[str, str]) -> None:
        if frame["id"] in self.heard:
            assert frame.get("pinned"), "twice"
            return
        self.heard[frame["id"]] = frame["content"]
        # What stays on top comes with every login, out of its order.
        if not (frame.get("pinned") and frame.get("replayed")):
            self._last = frame["id"]

    def _speak(self, socket: ClientConnection, sent: set[str]) -> None:
        """Say what it is time to say and was not said yet."""
        said = set(self.heard.values()) | sent
        share = min(1.0, (time.monotonic() - self._begun_s) / LESSON_S) if LESSON_S else 1.0
        for words in self._words[: round(share * WORDS_EACH)]:
            if words not in said:
                sent.add(words)
                socket.send(json.dumps({"type": "message", "content": words, "messageId": words}))


def go_on_for(pages: dict[str, Page], seconds: float) -> None:
    """Let the lesson go on, while two of the browsers come and go."""
    until_s, number = time.monotonic() + seconds, 0
    while (left_s := until_s - time.monotonic()) > 0:
        page = pages[PAGES[number % 2]]
        number += 1
        page.goto("about:blank")
        page.wait_for_timeout(1000 * min(left_s, 20))
        page.goto("/#everyone")
        page.wait_for_timeout(1000 * min(left_s, 10))


def in_order(texts: list[str]) -> list[str]:
    """Return what has a place in the order: what stays on top comes to late ones before the rest."""
    return [text for text in texts if text != ANNOUNCEMENT]


def test_a_class_ends_with_one_conversation(open_page: OpenPage, start_program: StartProgram) -> None:
    """36 programs that drop, four browsers of which two drop, one restart, one announcement that stays."""
    program = start_program(AUTHWS_MESSAGES_KEPT="2000", AUTHWS_MESSAGE_RATE="0")
    total = PROGRAMS * WORDS_EACH + len(PAGES) * 2 + 1
    pages = {name: open_page(name, at=program, path="/#everyone") for name in PAGES}
    for name, page in pages.items():
        say(page, f"{name} is here")
    pupils = [Pupil(program, f"Pupil {number}", total) for number in range(PROGRAMS)]
    for pupil in pupils:
        pupil.start()
    go_on_for(pages, LESSON_S / 4)
    pages["Ana"].goto("about:blank")
    sending = {"content": ANNOUNCEMENT, "pinned": True}
    program.post("/admin/send", sending, token=program.admin_token)
    go_on_for(pages, LESSON_S / 4)
    program.stop()
    pages["Ben"].goto("about:blank")
    expect(banner(pages["Cem"])).to_be_visible()
    say(pages["Cem"], "Cem goes on")
    program.start()
    for name in ("Ana", "Ben"):
        pages[name].goto("/#everyone")
    for name in ("Ana", "Ben", "Dua"):
        say(pages[name], f"{name} goes on")
    go_on_for(pages, LESSON_S / 2)
    for pupil in pupils:
        pupil.join(WAIT_S)
    first = list(pupils[0].heard.values())
    assert not [words for words, count in Counter(first).items() if count > 1], "said twice"
    assert len(first) == total
    for pupil in pupils:
        heard = list(pupil.heard.values())
        assert set(heard) == set(first), pupil.name
        assert in_order(heard) == in_order(first), pupil.name
    print(f"{total} messages, {sum(pupil.drops for pupil in pupils)} connections left by {PROGRAMS} programs")
    for page in pages.values():
        wait_until_kept(page, in_order(first)[-1])
        (everyone,) = [each for each in page.evaluate(KEPT) if each["key"] == "everyone"]
        texts = [each["text"] for each in everyone["messages"] if each["kind"] != "gap"]
        assert sorted(texts) == sorted(first)
        assert "gap" not in [each["kind"] for each in everyone["messages"]]
