"""One choice makes a server for a class or event of one for programs, and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.settings.profile_row import ProfileRow
from authws_desktop.panels.settings.settings_page import SettingsPage
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from authws_desktop.settings import load_settings
from authws_desktop.settings.file import read_saved
from authws_desktop.settings.profiles import CLASS_OR_EVENT, PROGRAMS
from tests.own_clients import eventually
from tests.panels.conftest import deleted


@pytest.fixture
async def page(service: Service, theme: Theme) -> AsyncIterator[SettingsPage]:
    """The page, shown."""
    made = SettingsPage(service, theme)
    made.show()
    yield made
    await deleted(made)


def choose(row: ProfileRow, name: str) -> None:
    """Choose as a person does."""
    row.choice.setCurrentIndex(row.choice.findData(name))
    row.choice.activated.emit(row.choice.currentIndex())


async def test_one_choice_is_saved_like_any_other(page: SettingsPage, service: Service) -> None:
    """It says what it means; once it is saved, messages are kept. Back again, none are."""
    row = page.profile
    assert row.chosen == "programs"
    choose(row, "event")
    assert row.note == (
        "The newest 10,000 messages are kept for 30 days, who comes late sees all of them, and guests come in "
        "by name alone. Save to have it so."
    )
    assert page.summary_label.text() == "3 changes · nobody is disconnected"
    page.save_button.click()
    await eventually(lambda: service.messages.is_on)
    values = service.settings.values
    assert {name: getattr(values, name) for name in CLASS_OR_EVENT} == CLASS_OR_EVENT
    assert read_saved(service.paths.settings_file).guests == "on"
    await eventually(lambda: not row.note.endswith("Save to have it so."))
    choose(row, "programs")
    page.save_button.click()
    await eventually(lambda: not service.messages.is_on)
    assert {name: getattr(service.settings.values, name) for name in PROGRAMS} == PROGRAMS


async def test_it_follows_the_fields(page: SettingsPage) -> None:
    """Where one of them says otherwise, the choice is neither; reverting brings it back."""
    choose(page.profile, "event")
    page.fields["guests"].enter("off")
    assert page.profile.chosen == page.profile.choice.currentData() == "own"
    choose(page.profile, "own")
    assert page.fields["messages_kept"].current() == 10_000
    page.revert_button.click()
    assert page.profile.choice.currentData() == "programs"


async def test_what_is_set_from_outside_stays(tmp_path: Path, theme: Theme) -> None:
    """And the row says what keeps it from being as chosen."""
    loaded = load_settings(
        tmp_path / "none.toml", environment={"AUTHWS_GUESTS": "off"}, dotenv_file=tmp_path / "none.env"
    )
    service = Service(loaded, DataPaths.under(tmp_path), password_cost=4)
    page = SettingsPage(service, theme)
    choose(page.profile, "event")
    assert page.fields["messages_kept"].current() == 10_000
    assert page.fields["guests"].current() == "off"
    assert page.profile.chosen == "own"
    assert "AUTHWS_GUESTS" in page.profile.note
    await deleted(page)
