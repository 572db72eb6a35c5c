"""Search, menu and empty states of the users tree."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication, QTextDocument
from pytestqt.qtbot import QtBot

from authws_desktop.panels.kit.escape import as_tip
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.panels.live.live_page import LivePage
from authws_desktop.panels.live.traffic_columns import TrafficColumn
from authws_desktop.panels.live.user_rows import UserColumn
from authws_desktop.panels.live.users_panel import UsersPanel
from authws_desktop.panels.live.users_view import NAME_PX
from authws_desktop.server.service import ServerState
from tests.panels.live.support import PlainService, as_service

SELECT = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows


@pytest.fixture
def panel(page: LivePage, plain: PlainService) -> UsersPanel:
    """The users side of the page: ana twice, ben, and one who has not logged in."""
    plain.join("ana", "10.0.0.1", "phone")
    plain.join("ana", "10.0.0.2", "laptop")
    plain.join("ben", "10.0.0.3")
    plain.connect("10.0.0.9", agent="wscat")
    page.refresh()
    return page.users


def select(panel: UsersPanel, *rows: tuple[int, ...]) -> None:
    """Select users by row, or connections by row and child row."""
    view = panel.view
    view.clearSelection()
    for row in rows:
        index = view.model().index(row[0], 0)
        if len(row) > 1:
            index = view.model().index(row[1], 0, index)
        view.selectionModel().select(index, SELECT)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0,)], "user:ana"),
        ([(0,), (1,)], "user:ana,ben"),
        ([(0, 1)], "conn:2"),
        ([(0, 0), (1,)], "conn:1,3"),
        ([(2,)], "!user:*"),
        ([(0,), (2,)], "conn:1,2,4"),
    ],
)
def test_show_traffic_sets_the_filter(
    panel: UsersPanel, page: LivePage, rows: list[tuple[int, ...]], expected: str
) -> None:
    """Users by name, connections by number."""
    select(panel, *rows)
    panel.traffic_action.trigger()
    assert page.traffic.tools.filter_box.text() == expected
    assert page.traffic.tools.filter_box.error == ""


def test_copy(panel: UsersPanel) -> None:
    """Who, from where, with what, and the id the wire uses."""
    select(panel, (0, 0))
    panel.copy_action.trigger()
    assert QGuiApplication.clipboard().text() == "ana\t10.0.0.1\tphone\tc0001"


def test_menu(panel: UsersPanel) -> None:
    """What can be done, each with its shortcut."""
    menu = panel.make_menu()
    texts = [(action.text(), action.shortcut().toString()) for action in menu.actions() if action.text()]
    assert texts == [
        ("Send message…", "Ctrl+M"),
        ("Show traffic", "Ctrl+T"),
        ("Copy", "Ctrl+C"),
        ("Open account", "Ctrl+O"),
        ("Token and snippets…", ""),
        ("Disconnect", "Del"),
        ("Ban user…", ""),
        ("Ban address…", ""),
    ]
    menu.close()


def test_the_account_of_a_user(panel: UsersPanel, qtbot: QtBot) -> None:
    """From a connection to its account and to a token for it; a stranger has none."""
    select(panel, (0,))
    for action, signal in (
        (panel.account_action, panel.account_asked),
        (panel.token_action, panel.token_asked),
    ):
        with qtbot.waitSignal(signal) as caught:
            action.trigger()
        assert caught.args == ["id-ana"]
    select(panel, (2,))
    with qtbot.assertNotEmitted(panel.account_asked):
        panel.account_action.trigger()


def test_empty_states_say_what_to_do(panel: UsersPanel, page: LivePage, plain: PlainService) -> None:
    """Nobody found, nobody connected (with the live address), not running."""
    panel.search.setText("zzz")
    assert "Nobody found" in panel._empty.text
    panel.search.clear()
    for client in list(plain.hub.clients.values()):
        plain.hub.disconnected(client)
    page.refresh()
    assert panel._empty.text.endswith("scan the code, or open http://192.168.1.20:4000.")
    plain.state = ServerState.STOPPED
    page.refresh()
    assert "Press Start" in panel._empty.text


def test_the_empty_tree_shows_the_code(page: LivePage, plain: PlainService, qtbot: QtBot) -> None:
    """Who is told to show the code can do so there; not while only this computer could use it."""
    page.refresh()
    (button,) = page.users._empty.buttons
    assert button.isVisible()
    with qtbot.waitSignal(page.users.code_asked):
        button.click()
    assert (page.users.code.isVisible(), page.users.code.code_text) == (True, plain.location.http_url)
    plain.location.http_url = "http://localhost:4000"
    page.refresh()
    assert not page.users.code.isVisible()
    assert page.users.code.code_text == ""
    (button,) = page.users._empty.buttons
    assert button.text() == "Let my network in"
    with qtbot.waitSignal(page.users.network_asked):
        button.click()


def test_a_locked_scope_is_not_offered(page: LivePage, plain: PlainService) -> None:
    """What the command line decides no button changes."""
    plain.location.http_url = "http://localhost:4000"
    plain.settings.is_locked = lambda _name: True
    page.refresh()
    assert page.users._empty.buttons == []


def test_a_connection_without_an_app_shows_its_address(panel: UsersPanel) -> None:
    """The name column tells connections apart; what is cut off there is in the tip."""
    model = panel.view.model()
    stranger = model.index(0, 0, model.index(2, 0))
    assert stranger.data() == "#4 · 10.0.0.9"
    assert stranger.data(Qt.ItemDataRole.ToolTipRole) == as_tip("wscat\n#4 · 10.0.0.9")
    phone = model.index(0, 0, model.index(0, 0))
    assert phone.data() == "phone"
    assert phone.data(Qt.ItemDataRole.ToolTipRole) == as_tip("ana\nphone\n#1 · 10.0.0.1")


@pytest.mark.parametrize("is_chosen", [False, True])
def test_the_app_is_told_apart_from_a_name_with_blanks(
    panel: UsersPanel, page: LivePage, plain: PlainService, theme: Theme, is_chosen: bool
) -> None:
    """Beside the name it is muted, and readable on a chosen row; the words are one text for screen readers."""
    plain.join("Bob Marley", "10.0.0.4", "Authws web")
    page.resize(1240, 780)
    page.show()
    page.refresh()
    index = panel.view.model().index(2, 0)
    assert index.data() == "Bob Marley  Authws web"
    if is_chosen:
        select(panel, (2,))
    place = panel.view.visualRect(index)
    width = panel.view.fontMetrics().horizontalAdvance("Bob Marley  ")
    image = panel.view.viewport().grab(place).toImage()
    colours = {
        image.pixelColor(x, y).name() for x in range(width + 8, image.width()) for y in range(image.height())
    }
    assert theme.colour("selection_text" if is_chosen else "muted").name() in colours
    assert theme.colour("text").name() not in colours or is_chosen


def test_tips_show_markup_as_it_is_written(panel: UsersPanel, page: LivePage, plain: PlainService) -> None:
    """A client's own words are text: no picture is fetched, nothing is formatted."""
    plain.join("eve", "10.0.0.66", "<img src='x'><b>app")
    page.refresh()
    page.traffic.refresh()
    users, traffic = panel.view.model(), page.traffic.model
    eve = users.index(2, 0).data(Qt.ItemDataRole.ToolTipRole)
    row = traffic.index(traffic.rowCount() - 1, TrafficColumn.WHO).data(Qt.ItemDataRole.ToolTipRole)
    for tip in (eve, row):
        document = QTextDocument()
        document.setHtml(tip)
        assert "<img src='x'><b>app" in document.toPlainText()


def test_names_take_the_room_that_is_left(panel: UsersPanel, page: LivePage, qtbot: QtBot) -> None:
    """No blank strip beside the columns; with many columns chosen the names keep a width of their own."""
    view, header = panel.view, panel.view.header()
    page.resize(1400, 640)
    page._columns.setSizes([500, 900])
    qtbot.waitUntil(lambda: header.length() == view.viewport().width())
    for column in UserColumn:
        header.setSectionHidden(column, False)
    page._columns.setSizes([300, 1100])
    qtbot.waitUntil(lambda: view.viewport().width() <= 300)
    assert header.length() > view.viewport().width()
    assert header.sectionSize(UserColumn.NAME) >= NAME_PX


def test_users_with_several_connections_come_open(panel: UsersPanel, plain: PlainService) -> None:
    """One connection is told by its user's row; more are shown."""
    model = panel.view.model()
    assert panel.view.isExpanded(model.index(0, 0))
    assert not panel.view.isExpanded(model.index(1, 0))
    plain.join("ben")
    panel.refresh()
    assert panel.view.isExpanded(model.index(1, 0))


def test_columns_and_sort_are_remembered(
    panel: UsersPanel, plain: PlainService, theme: Theme, window_state: WindowState, qtbot: QtBot
) -> None:
    """Chosen from the header's menu; the next window has them."""
    menu = panel.view.column_menu.make_menu()
    menu.actions()[UserColumn.BYTES].trigger()
    menu.close()
    panel.view.sortByColumn(UserColumn.BYTES, Qt.SortOrder.DescendingOrder)
    qtbot.waitUntil(lambda: not panel._save_timer.isActive())
    again = UsersPanel(as_service(plain), theme, window_state)
    qtbot.addWidget(again)
    assert not again.view.isColumnHidden(UserColumn.BYTES)
    assert again.view.isColumnHidden(UserColumn.APP)
    assert again.view.header().sortIndicatorSection() == UserColumn.BYTES
    assert again._model._order.column == UserColumn.BYTES
