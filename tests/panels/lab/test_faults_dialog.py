"""The dialog of the faults: every fault, for everyone, a user or a connection, and what is on now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QWidget

from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.lab.faults_dialog import FaultsDialog
from authws_desktop.protocol.fault_messages import Faults
from authws_desktop.server.service import Service
from tests.own_clients import PASSWORD, eventually, join
from tests.panels.conftest import deleted
from tests.panels.pictures import shoot
from tests.panels.support import nameless


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as made:
        yield made


@pytest.fixture
async def dialog(service: Service, theme: Theme) -> AsyncIterator[FaultsDialog]:
    """The dialog on a running server, shown."""
    await service.start()
    parent = QWidget()
    made = FaultsDialog(service, theme, parent)
    made.show()
    yield made
    await deleted(parent)


def choose(dialog: FaultsDialog, target: str) -> None:
    """Choose whose connections are broken."""
    dialog.refresh()
    place = dialog.whose_choice.findData(target)
    assert place >= 0, target
    dialog.whose_choice.setCurrentIndex(place)


def shown(dialog: FaultsDialog) -> list[tuple[str, ...]]:
    """Return the table's words, row by row."""
    model = dialog.table.model()
    return [
        tuple(str(model.index(row, column).data()) for column in range(3)) for row in range(model.rowCount())
    ]


async def pressed(dialog: FaultsDialog, count: int) -> None:
    """Press the button that switches on; wait until so many targets have faults."""
    dialog.put_button.click()
    await eventually(lambda: len(dialog._service.faults.active) == count and dialog.put_button.isEnabled())


async def test_every_fault_reaches_the_server(dialog: FaultsDialog, service: Service) -> None:
    """In its units; opened again for the same target, the form shows what is on."""
    form = dialog.form
    assert not dialog.put_button.isEnabled()
    wanted = Faults(
        direction="in",
        latency_ms=200,
        jitter_ms=50,
        drop=0.1,
        duplicate=0.02,
        bytes_per_s=10_000,
        freeze=True,
        cut_after_bytes=4096,
        fragment_bytes=10,
        seed=7,
        until_s=3600,
    )
    assert {each.name for each in msgspec.structs.fields(Faults)} - set(form.numbers) == {
        "direction",
        "freeze",
        "close_code",
        "expire_token",
        "confirmed",
    }
    form.show_faults(wanted)
    await pressed(dialog, 1)
    found = service.faults.get("all")
    assert found == wanted
    form.show_faults(Faults())
    dialog._on_whose_chosen()
    assert form.faults() == wanted
    (active,) = service.faults.active
    assert active.ends_at.endswith("Z")
    acts = [(each.act, each.target) for each in await service.accounts.audit.all()]
    assert ("set faults", "Everyone") in acts


async def test_for_a_user_a_connection_and_everyone(
    dialog: FaultsDialog, service: Service, stack: AsyncExitStack
) -> None:
    """Who is here and who has an account can be chosen; each row ends by itself, or all together."""
    client = await join(stack, service, "ana")
    await service.accounts.administration.create("ben", PASSWORD)
    ana = service.accounts.find("ana")
    assert ana is not None
    dialog.form.numbers["latency_ms"].setValue(200)
    for count, target in enumerate((f"conn:{client.client_id}", f"user:{ana.id}", "all"), 1):
        choose(dialog, target)
        await pressed(dialog, count)
    assert "User ben" in [dialog.whose_choice.itemText(place) for place in range(dialog.whose_choice.count())]
    assert sorted(shown(dialog)) == [
        ("Everyone", "200 ms late", ""),
        ("One connection", "200 ms late", "1"),
        ("User ana", "200 ms late", ""),
    ]
    dialog.table.choose("user:ana")
    dialog.end_button.click()
    await eventually(lambda: len(service.faults.active) == 2)
    await client.socket.close()
    await eventually(lambda: not service.hub.clients)
    dialog.refresh()
    dialog.end_all_button.click()
    await eventually(lambda: not service.faults.active and not dialog.end_all_button.isEnabled())
    assert shown(dialog) == []


async def test_what_happens_once_happens_now(
    dialog: FaultsDialog, service: Service, stack: AsyncExitStack
) -> None:
    """A close code and an expiry; afterwards the form has let go of them."""
    client = await join(stack, service, "ana")
    choose(dialog, f"conn:{client.client_id}")
    dialog.form.close_choice.setCurrentIndex(dialog.form.close_choice.findData(1013))
    assert dialog.put_button.isEnabled()
    dialog.put_button.click()
    assert (await client.expect_close())[0] == 1013
    await eventually(lambda: dialog.form.close_choice.currentData() == 0)
    assert service.faults.active == []
    await eventually(lambda: not service.hub.clients)
    dialog.refresh()
    assert "has left" in dialog.whose_choice.currentText()


async def test_others_are_broken_only_if_that_is_confirmed(dialog: FaultsDialog, service: Service) -> None:
    """Where the server listens beyond this computer; and nothing while it is stopped."""
    assert dialog.confirm_check.isHidden()
    await service.apply(msgspec.structs.replace(service.settings.saved, host="0.0.0.0"))
    dialog.form.freeze_check.setChecked(True)
    dialog.refresh()
    assert (dialog.confirm_check.isHidden(), dialog.put_button.isEnabled()) == (False, False)
    dialog.confirm_check.setChecked(True)
    assert dialog.put_button.isEnabled()
    await service.stop()
    dialog.refresh()
    assert not dialog.put_button.isEnabled()


async def test_it_can_be_read(
    dialog: FaultsDialog, service: Service, stack: AsyncExitStack, theme: Theme, app: QApplication
) -> None:
    """Every control has a name; a picture in both looks."""
    client = await join(stack, service, "ana")
    assert nameless(dialog) == []
    service.faults.put(f"conn:{client.client_id}", Faults(freeze=True, until_s=600))
    service.faults.put("all", Faults(latency_ms=200, jitter_ms=50, drop=0.1))
    dialog.refresh()
    for look in ("light", "dark"):
        theme.apply(app, look)
        shoot(dialog, f"faults-{look}")
    service.faults.clear()  # A frozen connection would not answer its client's goodbye.
