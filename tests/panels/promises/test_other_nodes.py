"""The people of other nodes on the Live page, with two real ones."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from PySide6.QtWidgets import QApplication, QPushButton

from authws_desktop.panels.kit.refresh import open_dialogs
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.ban_dialog import BanDialog
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.live.user_rows import UserColumn
from authws_desktop.traffic.record import Direction, Identity, Kind
from tests.cluster.conftest import StartNode, cluster_url, meet, node_of, start_node
from tests.cluster.test_node import Crowd
from tests.own_clients import eventually
from tests.panels.conftest import deleted
from tests.panels.support import dialog_of, until

__all__ = ["cluster_url", "start_node"]
OUT = Path(__file__).parents[2] / "screenshots" / "out"


async def test_disconnect_ban_and_send_reach_them(
    app: QApplication, start_node: StartNode, theme: Theme, window_state: WindowState
) -> None:
    """Whoever is connected to another node is listed, written to, disconnected and banned from here."""
    one, two = await start_node(), await start_node()
    await meet(one, two)
    page = LivePage(one, theme, window_state)
    page.resize(1024, 640)
    page.show()
    users, view, model = page.users, page.users.view, page.users.view.model()
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, ben = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")

        def shown() -> list[tuple[str, str]]:
            page.refresh()
            rows = range(model.rowCount())
            return [(model.index(row, 0).data(), model.index(row, UserColumn.NODE).data()) for row in rows]

        there = node_of(two).id
        await eventually(lambda: shown() == [("ana", "here"), ("ben", there)])
        assert not view.isColumnHidden(UserColumn.NODE)
        OUT.mkdir(parents=True, exist_ok=True)
        for choice in ("light", "dark"):
            theme.apply(app, choice)
            page.grab().save(str(OUT / f"live_other_nodes_{choice}.png"))
        view.setCurrentIndex(model.index(1, 0))
        menu = users.make_menu()
        assert users.bans.ban_user.isEnabled()
        assert not users.bans.ban_address.isEnabled()
        assert "node" in users.bans.ban_address.toolTip()
        menu.close()
        users.send_action.trigger()
        _send(page, "to the connection")
        assert (await ben.expect("direct"))["content"] == "to the connection"
        page.send.panel.choose_users([view.selected_groups()[0].key])
        _send(page, "to the user")
        assert (await ben.expect("direct"))["content"] == "to the user"
        page.send.panel.choose_everyone()
        page.send.panel.editor.setPlainText("1")
        page.send.panel.send_button.click()
        assert "2 connections" in page.send.panel.notice.text
        for each in (ana, ben):
            assert (await each.expect("message"))["content"] == 1
        users.disconnect_action.trigger()
        await _press("Disconnect")
        assert (await ben.expect_close())[0] == 4005
        await eventually(lambda: shown() == [("ana", "here")])
        cem = await crowd.join(two, "cem")
        await eventually(lambda: ("cem", there) in shown())
        view.setCurrentIndex(model.index(1, 0))
        users.bans.ban_user.trigger()
        ban = await dialog_of(BanDialog)
        assert "1 connection" in ban.reach_label.text()
        await _press("Ban")
        assert (await cem.expect_close())[0] == 4006
        await eventually(lambda: not open_dialogs())
    await deleted(page)


async def test_rows_of_all_nodes(
    app: QApplication, start_node: StartNode, theme: Theme, window_state: WindowState
) -> None:
    """Asked for from the menu, with the node of each, filtered by it, until the person goes back."""
    one, two = await start_node(), await start_node()
    await meet(one, two)
    page = LivePage(one, theme, window_state)
    page.resize(1024, 640)
    page.show()
    header, there = page.traffic.view.horizontalHeader(), node_of(two).id
    page.refresh()
    assert header.isSectionHidden(TrafficColumn.NODE)
    page.node_rows.action.trigger()
    assert not header.isSectionHidden(TrafficColumn.NODE)
    await eventually(lambda: node_of(two).rows._asked_until)
    async with AsyncExitStack() as stack:
        crowd = Crowd(stack)
        ana, ben = await crowd.join(one, "ana"), await crowd.join(two, "ben")
        await ana.expect_users("ana", "ben")
        await ben.send({"type": "direct", "to": "ana", "content": "across"})
        await ana.expect("direct")
        page.traffic.tools.filter_box.set_filter_text(f"node:{there} type:authenticate")

        def shown() -> list[str]:
            page.refresh()
            model = page.traffic.model
            return [model.index(row, TrafficColumn.NODE).data() for row in range(model.rowCount())]

        await eventually(lambda: shown() == [there])
        page.traffic.tools.filter_box.set_filter_text("")
        for _ in range(3000):
            two.hub.recorder.add(Direction.IN, Kind.MESSAGE, Identity(9, "c9", "", "u9", "flood"), b"{}")
        await eventually(lambda: shown() and "Left out" in page.files.notice.text)
        assert there in page.files.notice.toolTip()
        OUT.mkdir(parents=True, exist_ok=True)
        for choice in ("light", "dark"):
            theme.apply(app, choice)
            page.grab().save(str(OUT / f"live_all_nodes_{choice}.png"))
        assert page.traffic.view.is_following
        page.files.show_live()
        assert header.isSectionHidden(TrafficColumn.NODE)
        assert node_of(one).rows.ring is None
    page.node_rows.show_rows()
    await one.stop()
    page.refresh()
    assert page.files.file_name == ""
    await deleted(page)


def _send(page: LivePage, text: str) -> None:
    page.send.panel.editor.setPlainText(f'"{text}"')
    page.send.panel.send_button.click()
    assert "1 connection" in page.send.panel.notice.text


async def _press(name: str) -> None:
    dialog = await until(lambda: next(iter(open_dialogs()), None))
    next(each for each in dialog.findChildren(QPushButton) if each.text() == name).click()
