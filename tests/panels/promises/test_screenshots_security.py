"""Pictures of what the window says of newcomers and of the secret, light and dark, for people to look at."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.settings.secret_dialog import SecretDialog
from authws_desktop.panels.settings.settings_page import SettingsPage
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.server.service import Service
from tests.own_clients import PASSWORD, eventually, http_client, ws_client
from tests.panels.pictures import shoot

pytestmark = pytest.mark.long


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_secret_and_badge(
    window: MainWindow, service: Service, theme: Theme, app: QApplication, look: str
) -> None:
    """The badge on the rail, the note under the secret, and a weak secret in the dialog."""
    await service.start()
    page = window.pages["settings"]
    assert isinstance(page, SettingsPage)
    async with http_client(service) as http, ws_client(service) as client:
        await client.log_in((await http.register("ana"))["token"])
        for number in range(12):
            await service.accounts.registration.apply(f"newcomer-{number}", PASSWORD)
        await service.rotate_secret(keep_connected=True)
        window.show_page("settings")
        page.navigation.button(1).click()
        await eventually(lambda: page.secret.note.startswith("1 connection still uses"))
        theme.apply(app, look)  # every change of the service applies the setting
        shoot(window, f"security-settings-{look}")
        page.secret.replace_button.click()
        await eventually(lambda: window.findChild(SecretDialog) is not None)
        dialog = window.findChild(SecretDialog)
        assert isinstance(dialog, SecretDialog)
        dialog.own.click()
        dialog.own_secret.setText("too short")
        shoot(dialog, f"security-secret-weak-{look}")
        dialog.cancel_button.click()
        await eventually(lambda: window.findChild(SecretDialog) is None)
