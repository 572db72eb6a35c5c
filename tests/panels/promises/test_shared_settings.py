"""The settings page of a node: which settings are all nodes' and which its own."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.settings.settings_page import SettingsPage
from tests.cluster.conftest import StartNode, cluster_url, start_node
from tests.own_clients import eventually
from tests.panels.conftest import deleted
from tests.panels.settings.test_settings_page import enter

__all__ = ["cluster_url", "start_node"]
OUT = Path(__file__).parents[2] / "screenshots" / "out"


async def test_it_says_for_whom_a_setting_counts(
    app: QApplication, start_node: StartNode, theme: Theme
) -> None:
    """Behind each label, while the server is part of a cluster; alone nothing is said."""
    one, two = await start_node(), await start_node()
    page = SettingsPage(one, theme)
    page.resize(1024, 640)
    page.show()
    scopes = {name: page.fields[name]._scope.text() for name in ("title", "token_life_s", "port", "theme")}
    assert scopes == {
        "title": "· all nodes",
        "token_life_s": "· all nodes",
        "port": "· this node",
        "theme": "· this node",
    }
    OUT.mkdir(parents=True, exist_ok=True)
    for choice in ("light", "dark"):
        theme.apply(app, choice)
        page.navigation.button(3).click()
        page.grab().save(str(OUT / f"settings_shared_{choice}.png"))
    enter(page.fields["title"], "Hub")
    page.save_button.click()
    await eventually(lambda: two.settings.values.title == "Hub")
    await one.stop()
    page.refresh()
    assert page.fields["title"]._scope.text() == ""
    await deleted(page)
