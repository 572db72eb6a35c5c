"""The switch for starting with the computer."""

from __future__ import annotations

import pytest

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.settings.autostart_row import AutostartRow


class System:
    """A system that may refuse."""

    on = False
    is_refusing = False

    def is_on(self) -> bool:
        return self.on

    def switch(self, is_on: bool) -> None:
        if self.is_refusing:
            raise PermissionError(13, "Permission denied")
        self.on = is_on


@pytest.fixture
def system() -> System:
    return System()


@pytest.fixture
def row(system: System, theme: Theme) -> AutostartRow:
    return AutostartRow(system, theme)


def test_a_click_switches_at_once(row: AutostartRow, system: System) -> None:
    """Off at first; on; off."""
    assert not row.switch.isChecked()
    row.switch.click()
    assert system.on
    row.switch.click()
    assert not system.on


def test_a_refusal_is_said_and_the_switch_tells_the_truth(row: AutostartRow, system: System) -> None:
    """It does not claim to be on."""
    system.is_refusing = True
    row.switch.click()
    assert not row.switch.isChecked()
    assert "Permission denied" in row.note


def test_it_follows_the_system(row: AutostartRow, system: System) -> None:
    """What somebody changed elsewhere is shown when the page is."""
    system.on = True
    row.show()
    assert row.switch.isChecked()
    row.hide()
