"""The page of records: audit and lock-outs beside the program's log."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog

from authws_desktop.accounts.errors import AccountsError, InvalidCredentials, Throttled
from authws_desktop.accounts.growing_waits import Lockout
from authws_desktop.logs import LogRing
from authws_desktop.panels.kit.chips import CHIP_ROLE
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.log import acts, log_page
from authws_desktop.panels.log.acts import ACT, ACTOR, OUTCOME, TARGET, TIME, ActsPanel
from authws_desktop.panels.log.lockouts import ENDS, FAILURES, KIND, WHO, LockoutsPanel
from authws_desktop.panels.log.log_page import AUDIT, LOCKOUTS, PROGRAM, LogPage
from authws_desktop.server.service import Service
from tests.own_clients import eventually
from tests.panels.conftest import deleted
from tests.panels.pictures import shoot
from tests.panels.support import PASSWORD, nameless
from tests.work import TickingClock


@pytest.fixture
async def page(
    service: Service, log_ring: LogRing, theme: Theme, window_state: WindowState
) -> AsyncIterator[LogPage]:
    """The page, shown."""
    made = LogPage(service, log_ring, theme, window_state)
    made.resize(950, 500)
    made.show()
    yield made
    await deleted(made)


def column(panel: ActsPanel | LockoutsPanel, number: int) -> list[str]:
    """Return a column as shown."""
    model = panel.table.model()
    return [model.index(row, number).data() for row in range(model.rowCount())]


async def followed(page: LogPage, count: int) -> ActsPanel:
    """Look at the audit until it shows a number of acts."""
    page.tabs.setCurrentIndex(AUDIT)

    def is_there() -> bool:
        page.refresh()
        return page.audit.table.model().rowCount() == count

    await eventually(is_there)
    return page.audit


async def fail_logins(service: Service, name: str, count: int, address: str = "192.168.1.66") -> None:
    """Try wrong passwords."""
    for _ in range(count):
        with pytest.raises(InvalidCredentials):
            await service.accounts.logins.login(name, "wrong password", address=address)


async def test_acts_appear_newest_first(page: LogPage, service: Service) -> None:
    """Who, what, whom and outcome of each act; a refused one says why."""
    ana = await service.accounts.administration.create("ana", PASSWORD)
    panel = await followed(page, 1)
    await service.accounts.administration.set_disabled(ana.id, True)
    with pytest.raises(AccountsError):
        await service.accounts.administration.update(ana.id, username="ana", expected_revision=0)
    await service.accounts.administration.delete(ana.id)
    panel = await followed(page, 4)
    assert column(panel, ACT) == ["delete user", "update user", "disable user", "create user"]
    assert set(column(panel, TARGET)) == {"ana"}
    assert set(column(panel, ACTOR)) == {"window"}
    chip = panel.table.model().index(0, OUTCOME).data(CHIP_ROLE)
    assert (chip.text, chip.tone) == ("done", "good")
    assert panel.table.model().index(1, OUTCOME).data(CHIP_ROLE) is None
    assert "changed meanwhile" in column(panel, OUTCOME)[1]
    assert len(column(panel, TIME)[0]) == 19
    assert nameless(page) == []


async def test_search_and_empty_words(page: LogPage, service: Service) -> None:
    """Every word must fit; nothing at all and no match say what is the matter."""
    panel = await followed(page, 0)
    await eventually(panel.empty.isVisible)
    assert panel.empty.text.startswith("Nothing was done yet")
    assert not panel.export_button.isEnabled()
    for name in ("ana", "ben"):
        await service.accounts.administration.create(name, PASSWORD)
    await followed(page, 2)
    panel.search.setText("BEN create")
    assert column(panel, TARGET) == ["ben"]
    assert panel.count_label.text() == "1 of 2 acts"
    panel.search.setText("nothing")
    assert panel.empty.text.startswith("No act matches")
    panel.search.clear()
    assert panel.count_label.text() == "2 acts"


async def test_older_acts_come_on_request(
    page: LogPage, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page at a time, and what is new does not take away what was read."""
    monkeypatch.setattr(acts, "PAGE_SIZE", 3)
    ana = await service.accounts.administration.create("ana", PASSWORD)
    for number in range(4):
        await service.accounts.administration.set_disabled(ana.id, number % 2 == 0)
    panel = await followed(page, 3)
    assert panel.older_button.isVisible()
    panel.older_button.click()
    await eventually(lambda: panel.table.model().rowCount() == 5)
    assert column(panel, ACT)[-1] == "create user"
    await eventually(lambda: not panel.older_button.isVisible())
    await service.accounts.administration.delete(ana.id)
    await followed(page, 6)
    assert column(panel, ACT)[0] == "delete user"
    assert not panel.older_button.isVisible()
    for name in ("ben", "cyn", "dan", "eve"):
        await service.accounts.administration.create(name, PASSWORD)
    await followed(page, 3)
    assert panel.older_button.isVisible()


async def test_a_batch_is_one_row(page: LogPage, service: Service) -> None:
    """An import of many accounts is one act; search finds each of its names."""
    preview = await service.accounts.importing.preview("\n".join(f"pupil{number}" for number in range(30)))
    await service.accounts.importing.create_many(preview.rows)
    panel = await followed(page, 1)
    assert column(panel, TARGET)[0].startswith("30: pupil0, pupil1, ")
    panel.search.setText("pupil29")
    assert column(panel, ACT) == ["create user"]


async def test_new_acts_do_not_move_the_selection(page: LogPage, service: Service) -> None:
    """The chosen act stays chosen while others come."""
    await service.accounts.administration.create("ana", PASSWORD)
    panel = await followed(page, 1)
    panel.table.selectRow(0)
    await service.accounts.administration.create("ben", PASSWORD)
    await followed(page, 2)
    (chosen,) = panel.table.selectionModel().selectedRows(TARGET)
    assert chosen.data() == "ana"


async def test_all_acts_are_exported(page: LogPage, service: Service, tmp_path: Path) -> None:
    """As CSV and as JSON Lines, oldest first; through the file dialog; a failure says why."""
    for name in ("ana", "ben"):
        await service.accounts.administration.create(name, PASSWORD)
    panel = await followed(page, 2)
    panel.search.setText("ben")
    await panel.export_to(tmp_path / "audit.csv")
    text = (tmp_path / "audit.csv").read_text("utf-8-sig")
    assert [row["target"] for row in csv.DictReader(io.StringIO(text))] == ["ana", "ben"]
    menu = panel.export_button.menu()
    menu.actions()[1].trigger()
    await eventually(lambda: page.findChild(QFileDialog) is not None)
    dialog = page.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(tmp_path / "audit.jsonl"))
    dialog.accept()
    await eventually((tmp_path / "audit.jsonl").is_file)
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [line["act"] for line in lines] == ["create user"] * 2
    await eventually(lambda: page.findChild(QFileDialog) is None)
    assert "Exported 2 acts to audit.jsonl." in panel.notice.text
    assert PASSWORD not in text
    await panel.export_to(tmp_path / "audit.csv" / "x.csv")
    assert panel.notice.text.startswith("x.csv cannot be written")


async def test_lock_outs_are_listed_and_lifted(page: LogPage, service: Service) -> None:
    """After ten wrong passwords the account waits, whether it exists or not; Lift lets it in at once."""
    await service.accounts.administration.create("ana", PASSWORD)
    await fail_logins(service, "ana", 10, "")
    for number in range(50):
        await fail_logins(service, f"nobody{number}", 1, "192.168.1.66")
    ben = await service.accounts.registration.register("ben", PASSWORD, address="192.168.1.67")
    await fail_logins(service, "ben", 10, "192.168.1.67")
    checked = service.accounts.sessions.check(ben.token)
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            await service.accounts.logins.change_password(checked, "a wrong one", "battery staple")
    page.tabs.setCurrentIndex(LOCKOUTS)
    panel = page.lockouts
    assert sorted(zip(column(panel, KIND), column(panel, WHO), strict=True)) == [
        ("account", "ana"), ("account", "ben from 192.168.1.67"), ("address", "192.168.1.66"),
        ("password", "ben from "),
    ]  # fmt: skip
    assert page.tabs.tabText(LOCKOUTS) == "Lock-outs (4)"
    assert set(column(panel, FAILURES)) == {"10", "50"}
    assert all(words.startswith("in ") for words in column(panel, ENDS))
    with pytest.raises(Throttled):
        await service.accounts.logins.login("ana", PASSWORD)
    assert not panel.lift_button.isEnabled()
    panel.table.selectRow(column(panel, WHO).index("ana"))
    assert panel.hint_label.text() == "Lets ana try again now."
    panel.lift_button.click()
    await eventually(lambda: "ana may try again now." in panel.notice.text)
    assert sorted(column(panel, WHO)) == ["192.168.1.66", "ben from ", "ben from 192.168.1.67"]
    await service.accounts.logins.login("ana", PASSWORD)
    panel = page.lockouts
    panel.table.selectAll()
    panel.lift_button.click()
    await eventually(lambda: not service.accounts.logins.lockouts())

    def is_said() -> bool:
        page.refresh()
        return page.tabs.tabText(LOCKOUTS) == "Lock-outs"

    await eventually(is_said)
    audit = await followed(page, 5)
    assert column(audit, ACT)[:4] == ["lift wait"] * 4


async def test_an_attack_leaves_the_window_its_time(
    page: LogPage, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where listing who waits takes long, it is done so rarely that most of the time is left."""
    clock = TickingClock()
    looks: list[float] = []

    def slow() -> list[Lockout]:
        looks.append(clock.now_s)
        clock.now_s += 0.05
        return []

    monkeypatch.setattr(service.accounts.logins, "lockouts", slow)
    monkeypatch.setattr(log_page, "time", SimpleNamespace(monotonic=clock))
    page.tabs.setCurrentIndex(LOCKOUTS)
    for _ in range(100):
        clock.now_s += 0.01
        page.refresh()
    assert [after - before for before, after in pairwise(looks)] == [pytest.approx(0.5, abs=0.011)] * 2


async def test_the_tab_is_remembered(
    page: LogPage, service: Service, log_ring: LogRing, theme: Theme, window_state: WindowState
) -> None:
    """The next launch opens the tab chosen last; only the tab shown is read."""
    assert page.tabs.currentIndex() == PROGRAM
    await service.accounts.administration.create("ana", PASSWORD)
    page.refresh()
    assert page.audit.table.source.rows() == []
    page.tabs.setCurrentIndex(AUDIT)
    await eventually(lambda: page.audit.table.source.rows())
    again = LogPage(service, log_ring, theme, window_state)
    assert again.tabs.currentIndex() == AUDIT
    await deleted(again)


@pytest.mark.parametrize("look", ["light", "dark"])
async def test_pictures(page: LogPage, service: Service, theme: Theme, qapp: QApplication, look: str) -> None:
    """Audit and lock-outs, filled and empty, for people to look at."""
    theme.apply(qapp, look)
    page.tabs.setCurrentIndex(LOCKOUTS)
    page.refresh()
    shoot(page, f"lockouts-empty-{look}")
    ana = await service.accounts.administration.create("ana", PASSWORD)
    await service.accounts.administration.create("Łukasz", PASSWORD)
    await service.accounts.administration.set_disabled(ana.id, True)
    with pytest.raises(AccountsError):
        await service.accounts.administration.update(ana.id, role="host", expected_revision=0)
    await service.accounts.registration.create_invite("class 7b", 30)
    await service.rotate_secret(keep_connected=True)
    await fail_logins(service, "ana", 10)
    page.lockouts.refresh()
    page.lockouts.table.selectRow(0)
    shoot(page, f"lockouts-{look}")
    panel = await followed(page, 6)
    await eventually(lambda: panel.count_label.width() >= panel.count_label.sizeHint().width())
    shoot(page, f"audit-{look}")


pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


async def test_no_line_above_the_tabs(page: LogPage) -> None:
    """Qt's document mode draws one of its own, bright in the dark look."""
    assert page.tabs.documentMode()
    assert not page.tabs.tabBar().drawBase()
