"""The settings page on a real service: typing, saving, reverting, locked fields, the secret."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDialog, QFileDialog, QLineEdit, QWidget

from authws_desktop.desktop.updates import homepage
from authws_desktop.network.tls.certificates import provide_local_certificate
from authws_desktop.panels.kit.confirm import ChoiceDialog
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.settings import settings_fields
from authws_desktop.panels.settings.secret_dialog import SecretDialog
from authws_desktop.panels.settings.settings_fields import SettingField, build_fields
from authws_desktop.panels.settings.settings_page import GROUPS, SettingsPage
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from authws_desktop.settings import SETTING_INFOS, load_settings
from authws_desktop.settings.file import read_saved
from tests.own_clients import eventually, http_client, ws_client
from tests.panels.conftest import deleted
from tests.panels.support import refresh_open_dialogs
from tests.ports import free_port


@pytest.fixture
async def page(service: Service, theme: Theme) -> AsyncIterator[SettingsPage]:
    """The page, shown."""
    made = SettingsPage(service, theme)
    made.resize(950, 600)
    made.show()
    yield made
    await deleted(made)


def enter(field: SettingField, text: str) -> None:
    """Type into a field, in place of what is there."""
    edit = field.input
    assert isinstance(edit, QLineEdit)
    edit.selectAll()
    edit.del_()
    QTest.keyClicks(edit, text)


def choose(field: SettingField, value: str) -> None:
    """Choose a value as a person does."""
    box = field.input
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


async def dialog_of(place: QWidget, kind: type[QWidget]) -> QWidget:
    """Wait for a dialog over a widget."""
    await eventually(lambda: place.window().findChild(kind) is not None)
    found = place.window().findChild(kind)
    assert isinstance(found, kind)
    return found


async def test_every_setting_has_a_field(page: SettingsPage) -> None:
    """The page is made from the descriptions: none is missing, and each says limits or default."""
    assert set(page.fields) == set(SETTING_INFOS) - ({"notify_update"} if not homepage() else set())
    tls = page.fields["tls"].input
    assert isinstance(tls, QComboBox)
    assert [tls.itemData(place) for place in range(tls.count())] == ["off", "local", "files"]
    assert {info.group for info in SETTING_INFOS.values()} == set(GROUPS)
    assert all(field.note for field in page.fields.values())
    assert page.fields["token_life_s"].note == "10 s to 365 d · default 24 h"
    assert page.fields["max_message_bytes"].note == "1 KiB to 100 MiB · default 976.6 KiB"
    assert page.fields["max_clients"].note == "1 to 100,000 · default 10,000"


async def test_durations_and_sizes_are_said_in_words_as_they_are_typed(page: SettingsPage) -> None:
    """Beside 5400 s stands 1 h 30 min."""
    enter(page.fields["token_life_s"], "5400")
    assert page.fields["token_life_s"]._words.text() == "= 1 h 30 min"
    enter(page.fields["max_message_bytes"], "2048")
    assert page.fields["max_message_bytes"]._words.text() == "= 2 KiB"
    enter(page.fields["auth_deadline_s"], "45")
    assert page.fields["auth_deadline_s"]._words.text() == ""


async def test_save_bar_is_there_only_with_changes(page: SettingsPage) -> None:
    """A change shows it, taking the change back hides it."""
    assert not page.save_bar.isVisible()
    enter(page.fields["message_rate"], "50")
    assert page.save_bar.isVisible()
    assert "1 change" in page.summary_label.text()
    enter(page.fields["message_rate"], "200")
    assert not page.save_bar.isVisible()


async def test_saving_applies_and_writes(page: SettingsPage, service: Service) -> None:
    """Save is in force at once and in the file; the bar says so, and goes after a moment."""
    enter(page.fields["message_rate"], "50")
    choose(page.fields["registration"], "closed")
    enter(page.fields["allowed_origins"], "https://a.example, https://b.example")
    page.save_button.click()
    await eventually(lambda: page.summary_label.text() == "Saved.")
    assert service.settings.values.message_rate == 50
    saved = read_saved(service.paths.settings_file)
    assert saved.registration == "closed"
    assert saved.allowed_origins == ["https://a.example", "https://b.example"]
    assert page.save_bar.isVisible()
    assert not page.save_button.isEnabled()


@pytest.mark.parametrize(
    ("name", "typed", "problem"),
    [
        ("port", "70000", "Port must be from 0 to 65535, not 70000."),
        ("port", "http", "Port must be a whole number, not 'http'."),
        ("token_life_s", "5", "Token life must be from 10 to 31536000 s, not 5."),
        ("host", "", "Listen on must not be empty."),
        *(
            (
                "host",
                typed,
                "Write localhost, 0.0.0.0 or one adapter's address, without http:// and port; not "
                f"“{typed}”.",
            )
            for typed in ("http://localhost", "localhost:4000", "192.168.1.300", "my computer")
        ),
        (
            "allowed_origins",
            "https://a.example, b.example/page",
            "Allowed origins: 'b.example/page' is no origin. Write one such as https://app.example.org, or null.",
        ),
        (
            "allowed_hosts",
            "http://club.example",
            "Allowed host names: 'http://club.example' is an address. Write the name alone, such as "
            "hub.example.org.",
        ),
        (
            "database_url",
            "my database",
            "The database address is not valid. Leave it empty for SQLite, or write "
            "postgresql://user:password@host/name.",
        ),
    ],
)
async def test_wrong_input_is_marked_and_cannot_be_saved(
    page: SettingsPage, service: Service, name: str, typed: str, problem: str
) -> None:
    """The sentence stands at the field, Save is disabled, and Ctrl+S does nothing either."""
    field = page.fields[name]
    enter(field, typed)
    assert field.note == problem
    assert field.input.property("is_wrong") is True
    assert not page.save_button.isEnabled()
    before = service.settings
    page.save_button.click()
    await asyncio.sleep(0.02)
    assert service.settings is before
    page.revert_button.click()
    assert field.input.property("is_wrong") is False
    assert not page.save_bar.isVisible()


async def test_files_of_ones_own_are_asked_for_at_their_fields(
    page: SettingsPage, service: Service, tmp_path: Path
) -> None:
    """Chosen and empty, missing, or no PEM: said at the field; right ones can be saved."""
    certificate, key = page.fields["tls_certificate_file"], page.fields["tls_key_file"]
    choose(page.fields["tls"], "files")
    assert (certificate.problem, key.problem) == (
        "Certificate file must not be empty.",
        "Key file must not be empty.",
    )
    assert page.summary_label.text() == "1 change · 2 values are wrong: Certificate file must not be empty."
    assert not page.save_button.isEnabled()
    choose(page.fields["tls"], "off")
    assert (certificate.problem, key.problem) == ("", "")
    assert not page.save_bar.isVisible()
    choose(page.fields["tls"], "files")
    files = provide_local_certificate(tmp_path / "tls", {"127.0.0.1"})
    for field in (certificate, key):
        enter(field, str(tmp_path / "none.pem"))
        assert field.note.startswith(f"The file {tmp_path / 'none.pem'} cannot be read (No such file")
        enter(field, str(tmp_path))
        assert field.note.endswith("is not a file.")
    enter(certificate, str(files.key))
    assert certificate.note.endswith("is not a certificate in PEM format.")
    enter(key, str(files.certificate))
    assert key.note.endswith("is not a key in PEM format.")
    assert not page.save_button.isEnabled()
    enter(certificate, str(files.certificate))
    enter(key, str(files.key))
    page.save_button.click()
    await eventually(lambda: service.settings.values.tls == "files")


async def test_other_changes_do_not_take_away_what_is_typed(page: SettingsPage, service: Service) -> None:
    """A setting saved elsewhere (the server bar) shows; a field in the middle of an edit stays."""
    enter(page.fields["message_rate"], "5")
    await service.apply(msgspec.structs.replace(service.settings.saved, host="0.0.0.0", message_rate=100))
    page.refresh()
    assert page.fields["host"].value() == "0.0.0.0"
    assert page.fields["message_rate"].value() == 5


async def test_locked_field_names_its_source(
    tmp_path: Path, theme: Theme, window_state: WindowState, app: QApplication
) -> None:
    """A value from outside is shown, cannot be edited, and says where it comes from."""
    settings = load_settings(
        tmp_path / "settings.toml",
        environment={"PORT": "4321", "AUTHWS_MESSAGE_RATE": "7"},
        command_line={"host": "127.0.0.1"},
        dotenv_file=tmp_path / "none",
    )
    service = Service(settings, DataPaths.under(tmp_path), jwt_secret="short", password_cost=4)
    page = SettingsPage(service, theme)
    port = page.fields["port"]
    assert port.note == "Set by PORT (environment)"
    assert port.value() == 4321
    assert not port.input.isEnabled()
    assert page.fields["host"].note == "Set by --host (command line)"
    assert page.fields["message_rate"].note == "Set by AUTHWS_MESSAGE_RATE (environment)"
    assert page.secret.note.startswith("Set by JWT_SECRET (environment)")
    assert "32" in page.secret.note
    assert not page.secret.replace_button.isEnabled()
    enter(page.fields["token_life_s"], "60")
    page.save_button.click()
    await eventually(lambda: service.settings.values.token_life_s == 60)
    assert read_saved(service.paths.settings_file).port == 4000
    await service.close()
    await deleted(page)


async def test_says_whom_a_change_disconnects_before_it_is_saved(
    page: SettingsPage, service: Service
) -> None:
    """The bar and a question name the number; Cancel saves nothing; Save goes through."""
    await service.start()
    service.connections_ended_by = lambda new: 12  # type: ignore[method-assign]
    enter(page.fields["host"], "localhost")
    assert "saving disconnects 12 clients" in page.summary_label.text()
    for answer in ("", "yes"):
        page.save_button.click()
        asked = await dialog_of(page, ChoiceDialog)
        assert isinstance(asked, ChoiceDialog)
        assert "12 clients" in asked.body.text()
        asked.buttons[answer].click()
        await eventually(lambda: page.window().findChild(ChoiceDialog) is None)
        if not answer:
            assert service.location.host == "127.0.0.1"
            await eventually(page.save_button.isEnabled)
    await eventually(lambda: service.location.host == "localhost")


async def test_port_change_keeps_the_clients_that_are_connected(page: SettingsPage, service: Service) -> None:
    """A change that need not disconnect never does: another port, and the client stays."""
    await service.start()
    async with ws_client(service) as client:
        free = free_port()
        enter(page.fields["port"], str(free))
        assert "nobody is disconnected" in page.summary_label.text()
        page.save_button.click()
        await eventually(lambda: service.location.port == free)
        await client.send({"type": "nonsense"})
        await client.expect("error")


async def test_port_that_is_taken_is_refused_in_words(page: SettingsPage, service: Service) -> None:
    """The sentence stands on the page, what was typed stays, the server runs where it ran."""
    await service.start()
    port = service.location.port
    with socket.create_server(("127.0.0.1", 0)) as taken:
        enter(page.fields["port"], str(taken.getsockname()[1]))
        page.save_button.click()
        await eventually(lambda: page.notice.text)
        assert "is in use" in page.notice.text
    assert service.location.port == port
    assert page.save_bar.isVisible()


async def test_secret_is_hidden_until_asked_for(
    page: SettingsPage, service: Service, app: QApplication
) -> None:
    """Show shows it, leaving the page hides it, Copy copies it unseen."""
    secret = service.keys.secret_text()
    assert secret not in page.secret.edit.text()
    page.secret.copy_button.click()
    assert app.clipboard().text() == secret
    page.secret.show_button.click()
    assert page.secret.edit.text() == secret
    page.hide()
    page.show()
    assert secret not in page.secret.edit.text()


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "disconnected"])
async def test_replacing_the_secret_does_what_was_chosen(
    page: SettingsPage, service: Service, is_kept: bool
) -> None:
    """Keep leaves people connected and old tokens valid; disconnect ends them with 4010."""
    await service.start()
    old = service.keys.secret_text()
    async with http_client(service) as http, ws_client(service) as client:
        token = (await http.register("ana"))["token"]
        await client.log_in(token)
        page.secret.replace_button.click()
        dialog = await dialog_of(page, SecretDialog)
        assert isinstance(dialog, SecretDialog)
        assert "(1 client)" in dialog.disconnect_all.text()
        async with ws_client(service) as other:
            await other.log_in(token)
            refresh_open_dialogs()
            assert "(2 clients)" in dialog.disconnect_all.text()
        await eventually(lambda: len(service.hub.clients) == 1)
        (dialog.keep if is_kept else dialog.disconnect_all).click()
        dialog.replace_button.click()
        await eventually(lambda: service.keys.secret_text() != old)
        if is_kept:
            assert (await http.get("/auth/me", token=token))[0] == 200
            assert len(service.hub.clients) == 1
        else:
            assert (await client.expect_close())[0] == 4010
    await eventually(lambda: page.window().findChild(SecretDialog) is None)


async def test_it_says_who_still_uses_the_old_secret(page: SettingsPage, service: Service) -> None:
    """After keeping people connected their number is shown; it falls as they leave or log in anew."""
    await service.start()

    def note_after_a_second() -> str:
        for _ in range(10):
            page.refresh()
        return page.secret.note

    async with http_client(service) as http, ws_client(service) as ana, ws_client(service) as ben:
        await ana.log_in((await http.register("ana"))["token"])
        await ben.log_in((await http.register("ben"))["token"])
        assert "survives a restart" in note_after_a_second()
        await service.rotate_secret(keep_connected=True)
        assert note_after_a_second().startswith("2 connections still use the old secret.")
        await ben.log_in((await http.login("ben"))["token"])
        assert note_after_a_second().startswith("1 connection still uses the old secret.")
        await ana.socket.close()
        await eventually(lambda: len(service.hub.clients) == 1)
        assert "survives a restart" in note_after_a_second()


async def test_weak_secret_is_refused_in_the_dialog(page: SettingsPage, service: Service) -> None:
    """A secret that is too short is said in the dialog, which stays open; nothing changes."""
    old = service.keys.secret_text()
    page.secret.replace_button.click()
    dialog = await dialog_of(page, SecretDialog)
    assert isinstance(dialog, SecretDialog)
    dialog.own.click()
    assert not dialog.replace_button.isEnabled()
    assert dialog.problem_label.text() == ""
    for weak, reason in (("short", "at least 32 bytes"), ("abab" * 10, "repeats a few characters")):
        dialog.own_secret.clear()
        QTest.keyClicks(dialog.own_secret, weak)
        assert reason in dialog.problem_label.text()
        assert dialog.own_secret.property("is_wrong") == "true"
        assert not dialog.replace_button.isEnabled()
    dialog.own_secret.setText("a long enough secret, chosen by hand: 93!")
    assert dialog.problem_label.text() == ""
    assert dialog.replace_button.isEnabled()
    dialog.own_secret.setText("short")
    dialog.generate.click()
    assert (dialog.problem_label.text(), dialog.replace_button.isEnabled()) == ("", True)
    assert service.keys.secret_text() == old
    dialog.cancel_button.click()
    await eventually(lambda: page.window().findChild(SecretDialog) is None)


async def test_navigation_scrolls_to_the_group(page: SettingsPage) -> None:
    """The list of groups goes to a group, and marks it."""
    await asyncio.sleep(0.05)
    for number, group in enumerate(GROUPS):
        page.navigation.button(number).click()
        assert page.navigation.checkedId() == number, group


async def test_the_wheel_scrolls_past_a_choice(page: SettingsPage) -> None:
    """Whoever scrolls the page sets nothing on the way."""
    field = page.fields["registration"]
    box = field.input
    assert isinstance(box, QComboBox)
    box.setFocus()
    place = QPointF(box.rect().center())
    turn = QWheelEvent(
        place,
        QPointF(box.mapToGlobal(place)),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, turn)
    assert not turn.isAccepted()
    assert field.value() == "open"
    assert not page.changed_fields()


async def test_what_is_on_or_off_is_a_switch(page: SettingsPage, service: Service) -> None:
    """It is switched with Space, saved as the word of the file, and reverted."""
    field = page.fields["notify_first_client"]
    switch = field.input
    assert isinstance(switch, QCheckBox)
    assert not switch.isChecked()
    QTest.keyClick(switch, Qt.Key.Key_Space)
    assert field.value() == "on"
    page.save_button.click()
    await eventually(lambda: page.summary_label.text() == "Saved.")
    assert service.settings.values.notify_first_client == "on"
    QTest.keyClick(switch, Qt.Key.Key_Space)
    page.revert_button.click()
    assert switch.isChecked()


async def test_a_certificate_file_is_chosen(page: SettingsPage, tmp_path: Path) -> None:
    """What is chosen fills the field in, and is to be saved."""
    file = provide_local_certificate(tmp_path / "tls", {"127.0.0.1"}).certificate
    field = page.fields["tls_certificate_file"]
    field.browse_button.click()
    dialog = await dialog_of(page, QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(file))  # as the system's own dialog does; Qt's may not have read the folder
    dialog.done(QDialog.DialogCode.Accepted)
    await eventually(lambda: field.is_changed)
    assert field.value() == str(file)
    assert page.save_bar.isVisible()


async def test_a_locked_file_is_not_chosen(tmp_path: Path, theme: Theme) -> None:
    """What the environment sets cannot be changed by the button either."""
    settings = load_settings(
        tmp_path / "none.toml",
        environment={"AUTHWS_TLS_KEY_FILE": "/etc/ssl/key.pem"},
        dotenv_file=tmp_path / "none.env",
    )
    field = next(each for each in build_fields("Security", theme) if each.name == "tls_key_file")
    field.load(settings)
    assert not field.browse_button.isEnabled()
    assert "AUTHWS_TLS_KEY_FILE (environment)" in field.note


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("allowed_origins", "https://a.example:8443, http://[::1]:3000, null, capacitor://localhost"),
        ("allowed_hosts", "club.example.org, fd00::1, club_server"),
        ("database_url", "postgresql://host/name"),
        ("database_url", ""),
    ],
)
async def test_what_is_right_is_left_alone(page: SettingsPage, name: str, typed: str) -> None:
    """Ports, IPv6, pages from files and apps are origins too."""
    enter(page.fields[name], typed)
    assert page.fields[name].problem == ""


async def test_what_was_saved_before_there_were_checks_stays(page: SettingsPage, service: Service) -> None:
    """An old value is not called wrong, and does not keep other changes from being saved."""
    old = msgspec.structs.replace(service.settings.saved, tls_key_file="/nowhere")
    await service.apply(old)
    page.refresh()
    assert page.fields["tls_key_file"].problem == ""
    assert page.changed_fields() == []
    enter(page.fields["message_rate"], "50")
    page.save_button.click()
    await eventually(lambda: page.summary_label.text() == "Saved.")
    assert service.settings.values.message_rate == 50


async def test_the_common_few_come_first(page: SettingsPage) -> None:
    """What few people change waits behind Show all; a field that differs from its default is always there."""
    page.show()
    assert page.fields["port"].isVisibleTo(page)
    assert not page.fields["max_buffers_bytes"].isVisibleTo(page)
    assert sum(field.isVisibleTo(page) for field in page.fields.values()) < 0.7 * len(page.fields)
    page.all_button.click()
    hidden = {name for name, field in page.fields.items() if not field.isVisibleTo(page)}
    assert hidden == {"tls_certificate_file", "tls_key_file", "foreign_keys", "guest_directs"}
    page.all_button.click()
    page.fields["tls"].input.setCurrentIndex(page.fields["tls"].input.findData("files"))  # type: ignore[union-attr]
    page.fields["tls"].edited.emit()
    assert page.fields["tls_key_file"].isVisibleTo(page)


async def test_the_search_is_reached_by_keys(page: SettingsPage) -> None:
    """As on the other pages: Ctrl+F goes there, Escape brings all back."""
    page.activateWindow()
    page.setFocus()
    QTest.keyClick(page, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    await eventually(page.search.hasFocus)
    QTest.keyClicks(page.search, "buffer")
    QTest.keyClick(page.search, Qt.Key.Key_Escape)
    assert page.search.text() == ""


async def test_settings_are_searched(page: SettingsPage) -> None:
    """By label, help and choices; groups without any are gone, rare fields are found, too."""
    page.search.setText("buffer")
    shown = {name for name, field in page.fields.items() if field.isVisibleTo(page)}
    assert shown == {"max_buffer_bytes", "max_buffers_bytes"}
    assert [page.navigation.button(n).isEnabled() for n in range(len(GROUPS))].count(True) == 1
    page.search.setText("secret")
    assert page.secret.isVisibleTo(page)
    page.search.clear()
    assert page.fields["port"].isVisibleTo(page)
    assert page.autostart.isVisibleTo(page)


async def test_times_and_sizes_are_typed_as_people_write_them(page: SettingsPage, service: Service) -> None:
    """The unit is in the field; saved and shown again they read the same."""
    life = page.fields["token_life_s"]
    assert isinstance(life.input, QLineEdit)
    assert life.input.text() == "24 h"
    enter(life, "36h")
    page.save_button.click()
    await eventually(lambda: service.settings.saved.token_life_s == 129_600)
    await eventually(lambda: life.input.text() == "36 h")  # type: ignore[union-attr]
    enter(page.fields["max_buffer_bytes"], "3 MiB")
    assert page.fields["max_buffer_bytes"].value() == 3 * 1024**2
    enter(page.fields["max_buffer_bytes"], "3 parsecs")
    assert "such as 1048576 or 1 MiB" in page.fields["max_buffer_bytes"].problem


@pytest.mark.parametrize(("page", "is_offered"), [("https://example.org/hub", True), ("", False)])
def test_newer_versions_can_be_told_where_there_is_somebody_to_ask(
    theme: Theme, monkeypatch: pytest.MonkeyPatch, page: str, is_offered: bool
) -> None:
    """A program that names no homepage has no switch that does nothing."""
    monkeypatch.setattr(settings_fields, "homepage", lambda: page)
    names = {each.name for each in build_fields(SETTING_INFOS["notify_update"].group, theme)}
    assert ("notify_update" in names) is is_offered
