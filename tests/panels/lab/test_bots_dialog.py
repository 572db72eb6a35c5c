"""The dialog of the virtual users, with real ones in a real child process."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.lab.bots_dialog import BotsDialog
from authws_desktop.server.service import Service
from authws_desktop.testing.bots import Report
from tests.own_clients import PASSWORD, eventually
from tests.panels.conftest import deleted
from tests.panels.pictures import shoot
from tests.panels.support import nameless


@pytest.fixture
async def dialog(service: Service, theme: Theme) -> AsyncIterator[BotsDialog]:
    """The dialog on a running server, shown."""
    await service.start()
    parent = QWidget()
    made = BotsDialog(service, theme, parent)
    made.show()
    yield made
    await made.finish()
    await deleted(parent)


def bots(service: Service) -> list[str]:
    """Return the names of the virtual users there are."""
    return [each.username for each in service.accounts.users() if each.username.startswith("bot-")]


async def started(dialog: BotsDialog, service: Service, duration_s: int) -> None:
    """Start three; wait until they talk."""
    dialog.count_box.setValue(3)
    dialog.rate_box.setValue(20)
    dialog.duration_box.setValue(duration_s)
    dialog.start_button.click()
    await eventually(lambda: service.hub.counters.messages_out > 10, 60)


async def test_a_run_is_reported_and_nobody_stays(
    dialog: BotsDialog, service: Service, theme: Theme, app: QApplication
) -> None:
    """Sent, received, lost, median and 99 %; other accounts stay. Pictures in both looks, before and after."""
    await service.accounts.administration.create("ana", PASSWORD)
    assert nameless(dialog) == []
    await started(dialog, service, 1)
    assert len(bots(service)) == 3
    assert not dialog.count_box.isEnabled()
    grab(dialog, theme, app, "running")
    await eventually(lambda: dialog.run_now is None and dialog.figures["sent"].isVisible(), 60)
    figures = {name: label.text() for name, label in dialog.figures.items()}
    sent = int(figures["sent"])
    assert (figures["lost"], figures["refused"], figures["received"]) == ("0", "0", f"{3 * sent}")
    assert re.fullmatch(r"(< )?[\d.]+ (µs|ms|s)", figures["median_ms"])
    assert [each.username for each in service.accounts.users()] == ["ana"]
    grab(dialog, theme, app, "report")


def grab(dialog: BotsDialog, theme: Theme, app: QApplication, state: str) -> None:
    """Take a picture in both looks."""
    for look in ("light", "dark"):
        theme.apply(app, look)
        dialog.refresh()
        shoot(dialog, f"bots-{state}-{look}")


async def test_what_was_lost_is_marked(dialog: BotsDialog) -> None:
    """In the colour of what is bad."""
    dialog._show_report(Report(3, 10, 0, 29, 1, 1.5, 12.0))
    assert dialog.figures["lost"].property("role") == "bad"
    assert dialog.figures["refused"].property("role") == "heading"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
async def test_a_child_that_is_killed_leaves_nobody_behind(dialog: BotsDialog, service: Service) -> None:
    """It is told, and the accounts go; so they do when it is stopped, and with the server."""
    await started(dialog, service, 600)
    run = dialog.run_now
    assert run is not None
    run.process.kill()  # SIGKILL; a process that has ended would have the id 0, which is this whole group
    await eventually(lambda: dialog.run_now is None, 60)
    assert dialog.notice.text == "Their process was ended from outside."
    assert bots(service) == []
    await started(dialog, service, 600)
    await eventually(lambda: len(bots(service)) == 3, 60)
    dialog.start_button.click()
    await eventually(lambda: dialog.run_now is None, 60)
    assert dialog.notice.text == "Stopped; the virtual users are removed."
    assert bots(service) == []


async def test_a_child_that_gives_up_says_why(dialog: BotsDialog, service: Service, tmp_path: Path) -> None:
    """In its own words; and the token it was lent is gone."""
    file = tmp_path / "rows.jsonl"
    file.write_text("")
    dialog._file = file
    dialog.start_button.click()
    await eventually(lambda: dialog.notice.text, 60)
    assert "holds no rows" in dialog.notice.text
    assert service._endpoint.admin_token is None
    await service.stop()
    dialog.refresh()
    assert not dialog.start_button.isEnabled()
