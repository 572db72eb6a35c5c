"""Buttons that are an icon."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.icon_button import RevealButton
from authws_desktop.panels.kit.theme import Theme


def test_an_eye_says_what_its_next_press_does(qtbot: QtBot, theme: Theme) -> None:
    """In its name and tool tip; the listener is told whether to show."""
    button, shown = RevealButton(theme, "Show it", "Hide it"), list[bool]()
    qtbot.addWidget(button)
    button.toggled.connect(shown.append)
    for name in ("Show it", "Hide it", "Show it"):
        assert (button.accessibleName(), button.toolTip()) == (name, name)
        button.click()
    assert shown == [True, False, True]
