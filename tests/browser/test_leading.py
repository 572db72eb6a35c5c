"""The host leads: title and welcome, guests, announcements on top, who may write, hands, polls, pictures."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenFake, OpenPage, StartProgram
from tests.browser.fake_host import TIME
from tests.browser.pages import come_back, fill_gate, hold_retries, message, person, say, thread
from tests.browser.test_every_state import look_at, with_axe

pytestmark = [pytest.mark.browser, pytest.mark.long]
ROOM = {"AUTHWS_TITLE": "Class 7b", "AUTHWS_WELCOME": "Hello! Use your first name.", "AUTHWS_GUESTS": "on"}


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_name_is_enough(open_page: OpenPage, start_program: StartProgram, size: str) -> None:
    """Who scans the code reads where it leads, and is in with a name; at its end the page says so, name filled in."""
    server = start_program(**ROOM)
    page = with_axe(open_page(at=server, is_phone=size == "phone", is_opened=False))
    page.goto("/")
    expect(page.get_by_role("heading", name="Class 7b")).to_be_visible()
    expect(page.get_by_text("Hello! Use your first name.")).to_be_visible()
    expect(page).to_have_title("Class 7b")
    expect(page.get_by_role("button", name="Name only")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Password", exact=True)).to_be_hidden()
    look_at(page, f"{size}-guest")
    page.get_by_label("Name", exact=True).fill("Mia")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name="Everyone", level=1)).to_be_visible()
    say(page, "I am in")
    expect(message(page, "I am in")).to_be_visible()
    server.stop()
    server.start()
    expect(page.get_by_role("alert")).to_contain_text("ended for guests")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Mia")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name="Everyone", level=1)).to_be_visible()


def test_the_ways_in_are_those_there_are(open_page: OpenPage, start_program: StartProgram) -> None:
    """With registration closed and no guests there is nothing to choose; a name that is taken is said at its field."""
    closed = open_page(at=start_program(AUTHWS_REGISTRATION="closed"))
    expect(closed.get_by_role("button", name="Create account")).to_have_count(0)
    expect(closed.locator(".modes")).to_be_hidden()
    server = start_program(**ROOM)
    server.member("Ana")
    page = open_page(at=server)
    page.get_by_label("Name", exact=True).fill("ana")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("alert")).to_contain_text("taken")
    fill_gate(page, "Ana", "correct horse", mode="Log in")
    expect(page.get_by_role("heading", name="Everyone", level=1)).to_be_visible()


POLL = {
    "kind": "poll",
    "id": "p1",
    "question": "When do we eat?",
    "options": ["At 8", "At 9"],
    "text": "When do we eat?",
}


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_an_announcement_stays_on_top(open_fake: OpenFake, size: str) -> None:
    """Above the list and above each conversation, told as an alert, until it is dismissed, here and after a reload."""
    page, host = open_fake(users=["Ana", "Ben"], is_phone=size == "phone")
    page = with_axe(page)
    page.reload()
    expect(page.locator('.chat[data-online="true"]')).to_be_attached()
    strip = page.locator(".pinned")
    expect(strip).to_be_hidden()
    host.pinned = host.announce({"text": "Pizza at 8 in the hall."}) | {"pinned": True}
    host.send(host.pinned)
    expect(page.get_by_role("alert")).to_contain_text("Pizza at 8 in the hall.")
    expect(message(page, "Pizza at 8")).to_be_visible()
    look_at(page, f"{size}-pinned")
    if size == "phone":
        page.get_by_role("button", name="Conversations", exact=True).click()
    person(page, "Ben").click()
    expect(strip).to_be_visible()
    page.reload()
    expect(page.locator('.chat[data-online="true"]')).to_be_attached()
    expect(strip).to_contain_text("Pizza at 8")
    page.get_by_role("button", name="Dismiss the announcement").click()
    expect(strip).to_be_hidden()
    page.reload()
    expect(page.locator('.chat[data-online="true"]')).to_be_attached()
    expect(strip).to_be_hidden()
    host.pinned = host.announce({"text": "It is at 9."}) | {"pinned": True}
    host.send(host.pinned)
    expect(strip).to_contain_text("It is at 9.")
    host.send({"type": "message_unpinned", "id": host.pinned["id"], "timestamp": TIME})
    expect(strip).to_be_hidden()


def test_an_announcement_is_seen_by_who_talks_to_somebody_else(open_fake: OpenFake) -> None:
    """Said once, it stands above a direct conversation, too; dismissed, what is pinned is on top again."""
    page, host = open_fake(users=["Ana", "Ben"], path="/#with=Ben", is_phone=True)
    expect(page.get_by_role("heading", name="Ben", level=1)).to_be_visible()
    strip = page.locator(".pinned")
    host.send(host.announce({"text": "Break at ten"}) | {"pinned": True})
    expect(strip).to_contain_text("Break at ten")
    host.send(host.announce({"text": "Leave the room, please!"}))
    expect(page.get_by_role("alert")).to_contain_text("Leave the room, please!")
    page.get_by_role("button", name="Dismiss the announcement").click()
    expect(strip).to_contain_text("Break at ten")


def test_it_is_shown_once_and_goes_while_nobody_is_connected(open_fake: OpenFake) -> None:
    """A connection that is lost brings it again, in the strip and not in the conversation."""
    page, host = open_fake(path="/#everyone")
    host.pinned = host.announce({"text": "Pizza"}) | {"pinned": True}
    host.send(host.pinned)
    expect(message(page, "Pizza")).to_have_count(1)
    hold_retries(page)
    host.close(1001)
    come_back(page)
    expect(page.locator(".pinned")).to_contain_text("Pizza")
    expect(message(page, "Pizza")).to_have_count(1)
    host.pinned = None
    host.close(1001)
    come_back(page)
    expect(page.locator(".pinned")).to_be_hidden()


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_a_poll_fills_in(open_fake: OpenFake, size: str) -> None:
    """Everybody has one vote, which may change; the host asks, from the page."""
    page, host = open_fake(is_phone=size == "phone", path="/#everyone")
    page = with_axe(page)
    host.users, host.roles = ["Ana", "Ben", "Mia"], {"Ana": "host"}
    page.reload()
    expect(page.locator('.chat[data-online="true"]')).to_be_attached()
    page.get_by_role("button", name="Ask everyone").click()
    form = page.get_by_label("The question, then one answer a line")
    form.fill("When do we eat?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_text("A poll has a question and 2 to 10 answers")).to_be_visible()
    form.fill("When do we eat?\nAt 8\nAt 9")
    look_at(page, f"{size}-poll-form")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".poll-question")).to_have_text("When do we eat?")
    poll = host.received[-1]["content"]
    assert (poll["options"], poll["text"]) == (["At 8", "At 9"], "When do we eat?\n1. At 8\n2. At 9")
    for voter, option in (("Ben", 0), ("Mia", 1), ("Ben", 1)):
        host.send(host.message(voter, {"kind": "vote", "poll": poll["id"], "option": option}))
    expect(page.locator(".poll-count")).to_have_text(["0 votes", "2 votes"])
    page.get_by_role("button", name="At 8 ", exact=False).and_(page.locator(".poll-option")).click()
    expect(page.locator(".poll-count")).to_have_text(["1 vote", "2 votes"])
    expect(
        page.get_by_role("button", name="At 8 ", exact=False).and_(page.locator(".poll-option"))
    ).to_have_attribute("aria-pressed", "true")
    look_at(page, f"{size}-poll")
    page.reload()
    expect(page.locator(".poll-count")).to_have_text(["1 vote", "2 votes"])


def test_hands_stand_in_the_host_s_list_in_their_order(open_fake: OpenFake) -> None:
    """Until they are lowered, or their owner goes, also while the host loads the page anew."""
    page, host = open_fake()
    host.users, host.roles = ["Ana", "Ben", "Mia"], {"Ana": "host"}
    page = with_axe(page)
    page.reload()
    expect(page.locator('.chat[data-online="true"]')).to_be_attached()
    expect(page.locator(".sidebar .tag")).to_have_text("Host")
    hands = page.locator('.sidebar [data-key^="r:"] .row-name')
    host.send(host.message("Mia", {"kind": "hand", "text": "x"}), host.direct("Ben", {"kind": "hand"}))
    expect(hands).to_have_text(["Mia", "Ben"])
    expect(page.locator(".event")).to_have_text(["Mia has raised a hand"])
    look_at(page, "desktop-hands")
    page.reload()
    expect(hands).to_have_text(["Mia", "Ben"])
    hold_retries(page)
    host.close(1001)
    come_back(page)
    expect(hands).to_have_text(["Mia", "Ben"])
    host.send(host.message("Mia", {"kind": "hand", "raised": False}))
    expect(hands).to_have_text(["Ben"])
    host.users = ["Ana", "Mia"]
    host.send(host.user_list())
    expect(hands).to_have_count(0)


def test_content_with_wrong_fields_is_shown_as_text(open_fake: OpenFake) -> None:
    """As any content: its text, or else as it was written."""
    page, host = open_fake(path="/#everyone")
    host.send(
        host.message("Ben", POLL | {"options": ["only one"]}),
        host.message("Ben", {"kind": "hand", "raised": 5}),
    )
    expect(message(page, "When do we eat?")).to_be_visible()
    expect(message(page, '"raised": 5')).to_be_visible()
    picture = {
        "kind": "image",
        "data": "https://example.org/x.png",
        "width": 1,
        "height": 1,
        "text": "a picture",
    }
    host.send(host.message("Ben", picture))
    expect(message(page, "a picture")).to_be_visible()
    assert page.locator(".messages img").count() == 0


def test_the_host_leads_a_room(open_page: OpenPage, start_program: StartProgram) -> None:
    """With the real server: only hosts write, hands still reach them, guests keep to themselves, pictures are shrunk."""
    room = {"AUTHWS_WHO_MAY_WRITE": "host", "AUTHWS_GUEST_DIRECTS": "off", "AUTHWS_IMAGES": "on"}
    server = start_program(**ROOM, **room)
    printed = server.run("user", "add", "Boss", "--role", "host", "--generate")
    password = printed.split()[-1]
    boss = open_page(at=server)
    fill_gate(boss, "Boss", password, mode="Log in")
    guests = []
    for name in ("Mia", "Tom"):
        page = with_axe(open_page(at=server, is_phone=name == "Tom", is_opened=False))
        page.goto("/")
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_role("button", name="Join").click()
        expect(page.get_by_text("Only the host writes to everyone now.")).to_be_visible()
        guests.append(page)
    mia, tom = guests
    expect(mia.locator("#message")).to_be_hidden()
    look_at(tom, "phone-only-hosts-write")
    tom.get_by_role("button", name="Raise your hand").click()
    expect(tom.get_by_role("button", name="Lower your hand")).to_be_visible()
    mia.get_by_role("button", name="Raise your hand").click()
    expect(boss.locator('.sidebar [data-key^="r:"] .row-name')).to_have_text(["Tom", "Mia"])
    say(boss, "Listen, please")
    expect(message(mia, "Listen, please")).to_be_visible()
    expect(message(mia, "Listen, please").locator(".tag")).to_have_text("Host")
    person(mia, "Tom").click()
    expect(mia.get_by_text("Guests cannot write to each other here.")).to_be_visible()
    thread(mia, "everyone").click()
    person(mia, "Boss").click()
    say(mia, "May I?")
    expect(message(mia, "May I?")).to_contain_text("Delivered")
    noise = boss.evaluate(MAKE_NOISE)
    boss.locator("input[type=file]").set_input_files(
        {"name": "noise.png", "mimeType": "image/png", "buffer": base64.b64decode(noise.partition(",")[2])}
    )
    thread(mia, "everyone").click()
    shown = mia.locator(".messages img")
    expect(shown).to_be_visible()
    source = shown.get_attribute("src") or ""
    assert re.match("data:image/jpeg;base64,", source)
    assert len(source) * 3 / 4 <= 300_000
    assert shown.evaluate("image => Math.max(image.naturalWidth, image.naturalHeight)") <= 1280
    look_at(mia, "desktop-picture")


MAKE_NOISE = """() => {
  const canvas = document.createElement('canvas');
  canvas.width = 1600;
  canvas.height = 1000;
  const context = canvas.getContext('2d');
  for (let x = 0; x < 1600; x += 8) {
    for (let y = 0; y < 1000; y += 8) {
      context.fillStyle = `rgb(${(x * 7) % 256}, ${(y * 11) % 256}, ${(x * y) % 256})`;
      context.fillRect(x, y, 8, 8);
    }
  }
  return canvas.toDataURL('image/png');
}"""
