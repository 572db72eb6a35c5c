"""The lab in the window's menu."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from authws_desktop.panels.window.main_window import MainWindow


async def test_the_menu_opens_each_dialog_once(window: MainWindow) -> None:
    """And the window stays usable beside them."""
    lab = window.lab
    menus = window.menuBar().findChildren(QMenu)
    assert [menu.title() for menu in menus if lab.faults_action in menu.actions()] == ["&Server"]
    for action in (lab.faults_action, lab.bots_action, lab.faults_action, lab.bots_action):
        action.trigger()
    assert lab.faults is not None
    assert lab.bots is not None
    for dialog in (lab.faults, lab.bots):
        assert dialog.isVisible()
        assert not dialog.isModal()
        dialog.close()
    await lab.finish()
