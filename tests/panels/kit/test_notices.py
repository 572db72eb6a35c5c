"""Notes in the page, and questions over it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from authws_desktop.panels.kit.confirm import Choice, ChoiceDialog, choose, confirm
from authws_desktop.panels.kit.notices import NoticeBar, NoticeKind
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.tasks import start_task
from tests.own_clients import eventually
from tests.panels.conftest import activated, deleted


@pytest.fixture
async def place(theme: Theme) -> AsyncIterator[QWidget]:
    """A window with a note bar in it."""
    made = QWidget()
    QVBoxLayout(made).addWidget(NoticeBar(theme))
    made.show()
    yield made
    await deleted(made)


def bar_of(place: QWidget) -> NoticeBar:
    """Return its note bar."""
    bar = place.findChild(NoticeBar)
    assert isinstance(bar, NoticeBar)
    return bar


async def test_note_shows_and_goes(place: QWidget) -> None:
    """A note is hidden until there is one; its button acts; its cross takes it away."""
    bar, acts = bar_of(place), list[str]()
    assert bar.isHidden()
    bar.show_notice("Port 4000 is in use.", NoticeKind.BAD, "Use port 4001", lambda: acts.append("moved"))
    assert bar.text == "Port 4000 is in use."
    assert bar.accessibleName() == bar.text
    bar.action_button.click()
    assert acts == ["moved"]
    bar.close_button.click()
    assert bar.isHidden()


async def test_only_good_news_goes_by_itself(place: QWidget) -> None:
    """Good news has a timer; an error that follows it stays."""
    bar = bar_of(place)
    bar.show_notice("Saved.", NoticeKind.GOOD)
    assert bar.is_passing
    bar.show_notice("The disk is full.", NoticeKind.BAD)
    assert not bar.is_passing


async def test_note_is_plain_text(place: QWidget) -> None:
    """A name with markup in it is shown as it is."""
    bar_of(place).show_notice("<b>ana</b> is gone", NoticeKind.INFO)
    assert bar_of(place).text == "<b>ana</b> is gone"


@pytest.mark.parametrize(("key", "expected"), [("yes", True), ("", False)])
async def test_confirm_waits_for_the_answer(theme: Theme, place: QWidget, key: str, expected: bool) -> None:
    """The question is awaited while the loop runs on."""
    task = start_task(
        confirm(theme, place, "Delete?", "This ends 3 connections.", "Delete", is_destructive=True), "ask"
    )
    await eventually(lambda: place.findChild(ChoiceDialog) is not None)
    dialog = place.findChild(ChoiceDialog)
    assert isinstance(dialog, ChoiceDialog)
    assert dialog.isModal()
    dialog.buttons[key].click()
    assert await task is expected
    await eventually(lambda: place.findChild(ChoiceDialog) is None)


async def test_return_key_is_no_yes_to_something_destructive(theme: Theme, place: QWidget) -> None:
    """Return answers Cancel where the act cannot be undone; Escape always does."""
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        task = start_task(
            confirm(theme, place, "Delete?", "All of it.", "Delete", is_destructive=True), "ask"
        )
        await eventually(lambda: place.findChild(ChoiceDialog) is not None)
        dialog = place.findChild(ChoiceDialog)
        assert isinstance(dialog, ChoiceDialog)
        await activated(dialog)
        QTest.keyClick(dialog, key)
        assert await task is False
        await eventually(lambda: place.findChild(ChoiceDialog) is None)


async def test_choose_returns_the_key(theme: Theme, place: QWidget) -> None:
    """Several answers are told apart by their keys."""
    task = start_task(choose(theme, place, "What now?", "", [Choice("a", "A"), Choice("b", "B")]), "ask")
    await eventually(lambda: place.findChild(ChoiceDialog) is not None)
    dialog = place.findChild(ChoiceDialog)
    assert isinstance(dialog, ChoiceDialog)
    dialog.buttons["a"].click()
    assert await task == "a"


async def test_cancelled_question_closes(theme: Theme, place: QWidget) -> None:
    """A task that is cancelled takes its question with it."""
    task = start_task(choose(theme, place, "What now?", "", [Choice("a", "A")]), "ask")
    await eventually(lambda: place.findChild(ChoiceDialog) is not None)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await eventually(lambda: place.findChild(ChoiceDialog) is None)
