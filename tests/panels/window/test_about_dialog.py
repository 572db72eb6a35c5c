"""What the program is, and whether there is a newer one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QWidget

from authws_desktop.desktop.updates import Release, UpdateError
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.window import about_dialog
from authws_desktop.panels.window.about_dialog import AboutDialog
from authws_desktop.paths import DataPaths
from tests.own_clients import eventually
from tests.panels.conftest import deleted

PAGE = "https://a.example/b"
NEWER = Release("9.9.9", f"{PAGE}/releases/tag/v9.9.9")


@pytest.fixture
def window() -> QWidget:
    return QWidget()


def dialog(tmp_path: Path, theme: Theme, window: QWidget, page: str = PAGE) -> AboutDialog:
    made = AboutDialog(DataPaths.under(tmp_path), theme, window, page)
    made.show()
    return made


async def test_without_a_page_nothing_is_offered(tmp_path: Path, theme: Theme, window: QWidget) -> None:
    """As long as the project has no home, which is what its metadata says today."""
    about = dialog(tmp_path, theme, window, "")
    assert not about.look_button.isVisibleTo(about)
    assert AboutDialog(DataPaths.under(tmp_path), theme, window).look_button.isHidden()


async def test_a_newer_version_leads_to_its_page(
    tmp_path: Path, theme: Theme, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is asked before the press; the same button opens the page, and nothing is downloaded."""
    asked: list[str] = []
    opened: list[QUrl] = []

    async def newest(page: str) -> Release:
        asked.append(page)
        return NEWER

    monkeypatch.setattr(about_dialog, "newer_release", newest)
    monkeypatch.setattr("authws_desktop.panels.window.about_dialog.QDesktopServices.openUrl", opened.append)
    about = dialog(tmp_path, theme, window)
    assert asked == []
    about.look_button.click()
    await eventually(lambda: "9.9.9" in about.newer_label.text() and about.look_button.isEnabled())
    about.look_button.click()
    await eventually(lambda: opened == [QUrl(NEWER.page)])
    assert asked == [PAGE]


async def test_the_newest_version_and_no_network_are_one_sentence(
    tmp_path: Path, theme: Theme, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the button, and no more than that."""

    async def same(_page: str) -> None:
        return None

    async def nobody(_page: str) -> None:
        raise UpdateError("The page of this program cannot be reached.")

    about = dialog(tmp_path, theme, window)

    async def says(newest: Callable[[str], Awaitable[None]], words: str) -> None:
        monkeypatch.setattr(about_dialog, "newer_release", newest)
        about.look_button.click()
        await eventually(lambda: words in about.newer_label.text() and about.look_button.isEnabled())

    await says(same, "This is the newest version.")
    await says(nobody, "cannot be reached.")
    assert about.notice.isHidden()


async def test_closed_while_it_asks_it_is_gone(
    tmp_path: Path, theme: Theme, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer comes to nobody, and that is no mistake."""
    answer = asyncio.Event()
    answered = asyncio.Event()

    async def slow(_page: str) -> Release:
        await answer.wait()
        answered.set()
        return NEWER

    monkeypatch.setattr(about_dialog, "newer_release", slow)
    about = dialog(tmp_path, theme, window)
    about.look_button.click()
    await eventually(lambda: about.newer_label.text() == "Asking…")
    await deleted(about)
    answer.set()
    await answered.wait()
