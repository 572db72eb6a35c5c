"""Slots that await: the control waits, errors are shown in words, mistakes are logged."""

from __future__ import annotations

import asyncio
import logging

import pytest
import shiboken6
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from authws_desktop.errors import ServiceError
from authws_desktop.panels.kit.async_slot import async_slot
from authws_desktop.panels.kit.theme import Theme
from tests.own_clients import eventually


class Place(QWidget):
    """Has one button that does what the test says."""

    asked = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.button = QPushButton("Do", self)
        QVBoxLayout(self).addWidget(self.button)
        self.button.clicked.connect(self.act)
        self.asked.connect(self.answer)
        self.error: Exception | None = None
        self.may_end = asyncio.Event()
        self.errors: list[str] = []
        self.calls: list[object] = []

    @async_slot
    async def act(self) -> None:
        """Wait, then fail if wanted."""
        self.calls.append("act")
        await self.may_end.wait()
        if self.error is not None:
            raise self.error

    @async_slot
    async def answer(self, text: str) -> None:
        """Take the first of two arguments."""
        self.calls.append(text)

    def show_error(self, text: str) -> None:
        """Keep the text."""
        self.errors.append(text)


async def test_control_is_disabled_while_it_runs(theme: Theme) -> None:
    """The button cannot be pressed twice, and can again when all is done."""
    place = Place()
    place.button.click()
    await eventually(lambda: place.calls)
    assert not place.button.isEnabled()
    place.button.click()
    place.may_end.set()
    await eventually(place.button.isEnabled)
    assert place.calls == ["act"]
    assert place.errors == []


@pytest.mark.parametrize("error", [ServiceError("Port 1 is in use."), OSError("disk full")])
async def test_product_error_is_shown_in_words(theme: Theme, error: Exception) -> None:
    """An error that is a sentence is shown, and the button works again."""
    place = Place()
    place.error = error
    place.may_end.set()
    place.button.click()
    await eventually(place.button.isEnabled)
    await eventually(lambda: place.errors)
    assert place.errors == [str(error)]


async def test_an_error_goes_to_the_object_whose_slot_it_was(theme: Theme) -> None:
    """Not to a parent that happens to have a method of that name."""

    class Part(QWidget):
        def __init__(self, parent: QWidget) -> None:
            super().__init__(parent)
            self.errors: list[str] = []

        def show_error(self, text: str) -> None:
            self.errors.append(text)

        @async_slot
        async def act(self) -> None:
            raise ServiceError("It did not work.")

    place = Place()
    part = Part(place)
    await part.act()
    assert (part.errors, place.errors) == (["It did not work."], [])


async def test_mistake_of_ours_is_logged(theme: Theme, caplog: pytest.LogCaptureFixture) -> None:
    """Any other error is logged with its traceback, and the person is told that it is not their doing."""
    place = Place()
    place.error = KeyError("nobody catches this")
    place.may_end.set()
    with caplog.at_level(logging.ERROR):
        await place.act()
    assert "nobody catches this" in caplog.text
    assert len(place.errors) == 1
    assert "nobody catches this" not in place.errors[0]


async def test_surplus_arguments_of_a_signal_are_dropped(theme: Theme) -> None:
    """A slot may take fewer arguments than its signal brings."""
    place = Place()
    place.asked.emit("hello", 3)
    await eventually(lambda: place.calls)
    assert place.calls == ["hello"]


async def test_owner_may_vanish_meanwhile(theme: Theme) -> None:
    """An action that ends after its page is gone does no harm."""
    place = Place()
    task = place.act()
    await eventually(lambda: place.calls)
    errors, may_end = place.errors, place.may_end
    place.error = ServiceError("too late")
    place.button.deleteLater()
    place.deleteLater()
    await eventually(lambda: not shiboken6.isValid(place))
    may_end.set()
    await task
    assert errors == []
