"""The users tree follows the hub with exact signals: selection, open branches and place stay."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from authws_desktop.hub.client import Client
from authws_desktop.hub.relay import Elsewhere
from authws_desktop.panels.kit.theme import Theme
from authws_desktop.panels.live import user_rows, users_model
from authws_desktop.panels.live.user_rows import Group, UserColumn
from authws_desktop.panels.live.users_model import UsersModel
from authws_desktop.panels.live.users_view import UsersView
from tests.hub.test_relay import Relay
from tests.panels.live.support import PlainService, index_of
from tests.work import TickingClock, calls_of


@pytest.fixture
def model(plain: PlainService, theme: Theme) -> UsersModel:
    """The model of an empty hub."""
    return UsersModel(plain.hub, theme, plain.clock)


def shown_tree(model: UsersModel, theme: Theme, qtbot: QtBot) -> UsersView:
    """Return a model's tree, shown."""
    made = UsersView(model, theme)
    qtbot.addWidget(made)
    made.resize(300, 300)
    made.show()
    return made


@pytest.fixture
def view(model: UsersModel, theme: Theme, qtbot: QtBot) -> UsersView:
    """Its tree, shown."""
    return shown_tree(model, theme, qtbot)


@pytest.fixture
def sums_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second pass between two looks at a user's figures: their sum is kept for a twentieth of it."""
    monkeypatch.setattr(user_rows, "time", SimpleNamespace(monotonic=TickingClock(1.0)))


def tree(model: UsersModel) -> dict[str, list[int]]:
    """Return the connection numbers under each user's name."""
    found = {}
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        group = model.row_at(index)
        assert isinstance(group, Group)
        clients = [model.row_at(model.index(child, 0, index)) for child in range(model.rowCount(index))]
        found[group.name or "-"] = [each.number for each in clients if isinstance(each, Client)]
    return found


def test_users_and_their_connections(plain: PlainService, model: UsersModel) -> None:
    """A user stands once, with all connections; who has not logged in stands last."""
    plain.connect()
    plain.join("ben")
    plain.join("ana")
    plain.join("ben")
    model.refresh()
    assert tree(model) == {"ana": [3], "ben": [2, 4], "-": [1]}
    assert list(tree(model)) == ["ana", "ben", "-"]
    assert model.index(2, 0).data() == "Not logged in  (1)"
    assert model.index(1, 0).data() == "ben  (2)"


def test_a_person_is_never_shown_offline_while_one_connection_lives(
    plain: PlainService, model: UsersModel
) -> None:
    """The user's row outlives each connection but the last, also when one replaces the other at once."""
    first = plain.join("ana")
    model.refresh()
    row = QPersistentModelIndex(model.index(0, 0))
    second = plain.join("ana")
    plain.hub.disconnected(first)
    model.refresh()
    assert row.isValid()
    assert tree(model) == {"ana": [2]}
    third = plain.join("ana")
    model.refresh()
    plain.hub.disconnected(second)
    model.refresh()
    assert row.isValid()
    assert tree(model) == {"ana": [3]}
    plain.hub.disconnected(third)
    model.refresh()
    assert not row.isValid()
    assert model.rowCount() == 0


def test_logging_in_moves_the_connection_and_keeps_it_selected(
    plain: PlainService, model: UsersModel, view: UsersView
) -> None:
    """It is the same connection: the selection goes with it."""
    stranger = plain.connect()
    plain.connect()
    model.refresh()
    view.setCurrentIndex(index_of(model, stranger))
    plain.log_in(stranger, "ana")
    model.refresh()
    assert tree(model) == {"ana": [1], "-": [2]}
    assert view.selected_clients() == [stranger]
    plain.log_in(stranger, "ben")
    model.refresh()
    assert tree(model) == {"ben": [1], "-": [2]}
    assert view.selected_clients() == [stranger]


def test_updates_never_lose_selection_expansion_or_scroll(
    plain: PlainService, model: UsersModel, view: UsersView
) -> None:
    """Two hundred comings, goings, logins and resorts later everything is as the person left it."""
    kept = [plain.join(f"kept{number:02}") for number in range(30) for _ in range(2)]
    model.refresh()
    view.expandAll()
    for index in (model.index(3, 0), model.index(7, 0)):
        view.collapse(index)
    chosen = kept[20]
    view.selectionModel().select(
        index_of(model, chosen),
        QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows,
    )
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    top_before = view.indexAt(view.viewport().rect().topLeft()).data()
    choose = random.Random(5)
    guests: list[Client] = []
    for turn in range(200):
        guests.append(plain.join(f"zz{choose.randrange(40)}") if turn % 3 else plain.connect())
        if len(guests) > 20:
            plain.hub.disconnected(guests.pop(choose.randrange(len(guests))))
        if turn % 7 == 0:
            plain.log_in(guests[-1], f"zz{turn}")
        model.refresh()
        model.refresh_figures(view.visible_indexes())
        QApplication.processEvents()
    assert view.selected_clients() == [chosen]
    assert not view.isExpanded(model.index(3, 0))
    assert view.isExpanded(model.index(4, 0))
    assert view.indexAt(view.viewport().rect().topLeft()).data() == top_before
    view.sortByColumn(UserColumn.SINCE, Qt.SortOrder.DescendingOrder)
    view.sortByColumn(UserColumn.NAME, Qt.SortOrder.AscendingOrder)
    assert view.selected_clients() == [chosen]
    assert not view.isExpanded(model.index(3, 0))
    assert view.isExpanded(model.index(4, 0))


def test_model_tester(plain: PlainService, model: UsersModel, qtmodeltester: ModelTester) -> None:
    """Qt's own checks hold through a storm of changes."""
    qtmodeltester.check(model)
    choose = random.Random(1)
    clients: list[Client] = []
    for turn in range(90):
        if clients and choose.random() < 0.4:
            plain.hub.disconnected(clients.pop(choose.randrange(len(clients))))
        else:
            clients.append(plain.connect() if choose.random() < 0.5 else plain.join(f"u{turn % 9}"))
        if clients and choose.random() < 0.3:
            plain.log_in(choose.choice(clients), f"u{turn % 7}")
        if turn % 5 == 0:
            model.refresh()
        if turn % 15 == 0:
            model.sort(turn // 15, Qt.SortOrder.DescendingOrder)
    while model._revision != plain.hub.revision:
        model.refresh()  # Qt's checks take most of the time that a refresh may take.
    expected: dict[str, int] = {}
    for client in clients:
        expected[client.username or "-"] = expected.get(client.username or "-", 0) + 1
    assert {name: len(numbers) for name, numbers in tree(model).items()} == expected


def test_sorts_by_raw_values(plain: PlainService, model: UsersModel) -> None:
    """Addresses as numbers, bytes as bytes; who has not logged in stays last in both directions."""
    for name, address, size in (("a", "10.0.0.9", 900), ("b", "10.0.0.10", 80_000), ("c", "9.0.0.1", 70)):
        plain.join(name, address).bytes_in = size
    plain.connect("1.1.1.1")
    model.refresh()
    model.sort(UserColumn.ADDRESS)
    assert list(tree(model)) == ["c", "a", "b", "-"]
    model.sort(UserColumn.BYTES, Qt.SortOrder.DescendingOrder)
    assert list(tree(model)) == ["b", "a", "c", "-"]


def test_a_new_user_comes_in_at_the_right_place(plain: PlainService, model: UsersModel) -> None:
    """Also when sorted downwards."""
    for name in "bdf":
        plain.join(name)
    model.refresh()
    model.sort(UserColumn.NAME, Qt.SortOrder.DescendingOrder)
    for name in "ace":
        plain.join(name)
    model.refresh()
    assert list(tree(model)) == ["f", "e", "d", "c", "b", "a"]


def test_search_narrows_and_widens(plain: PlainService, model: UsersModel) -> None:
    """By name, address or app, every word; what comes later is narrowed too."""
    plain.join("ana", "10.0.0.1", "phone")
    plain.join("ben", "10.0.0.2", "phone")
    model.refresh()
    model.set_search("PHONE 0.2")
    assert list(tree(model)) == ["ben"]
    plain.join("carl", "10.0.0.2", "phone")
    plain.join("dora", "10.0.0.3", "tablet")
    model.refresh()
    assert list(tree(model)) == ["ben", "carl"]
    model.set_search("")
    assert list(tree(model)) == ["ana", "ben", "carl", "dora"]


def test_people_of_other_nodes(plain: PlainService, model: UsersModel, theme: Theme) -> None:
    """In muted type, without figures, and found by their node; a user of several nodes stands once."""
    plain.join("ana", app="phone")
    relay = Relay()
    relay.others = (Elsewhere("z1", "id-zoe", "zoe", "tv", 5.0), Elsewhere("a2", "id-ana", "ana", "", 6.0))
    plain.hub.attach(relay)
    model.refresh()

    def shown(column: UserColumn) -> list[str]:
        return [model.index(row, column).data() for row in range(model.rowCount())]

    assert shown(UserColumn.NAME) == ["ana  (2)", "zoe  tv"]
    assert shown(UserColumn.NODE) == ["here, node-of-a2", "node-of-z1"]
    assert [text != "" for text in shown(UserColumn.ACTIVITY)] == [True, False]
    colours = [model.index(row, 0).data(Qt.ItemDataRole.ForegroundRole) for row in range(2)]
    assert colours == [None, theme.colour("muted")]
    model.sort(UserColumn.NODE, Qt.SortOrder.DescendingOrder)
    assert shown(UserColumn.NAME) == ["zoe  tv", "ana  (2)"]
    for words, found in (
        ("node:node-of-z*", ["zoe  tv"]),
        ("node:here", ["ana  phone"]),
        ("ana node:here,node-of-a2", ["ana  (2)"]),
        ("node:elsewhere", []),
    ):
        model.set_search(words)
        assert shown(UserColumn.NAME) == found, words
    model.set_search("")
    relay.others = ()
    plain.hub.people_changed()
    model.refresh()
    assert shown(UserColumn.NAME) == ["ana  phone"]


def test_only_changed_rows_in_view_are_announced(
    plain: PlainService, model: UsersModel, sums_are_fresh: None
) -> None:
    """A figure that changed is one signal; nothing changed is none; out of view is none."""
    clients = [plain.join(f"u{number}") for number in range(10)]
    model.refresh()
    seen = [model.index(0, 0), model.index(1, 0)]
    model.refresh_figures(seen)
    changed: list[int] = []
    model.dataChanged.connect(lambda top, _bottom: changed.append(top.row()))
    model.refresh_figures(seen)
    assert changed == []
    clients[1].messages_in += 1
    clients[5].messages_in += 1
    plain.clock.advance(0.1)
    model.refresh_figures(seen)
    assert changed == [1]
    model.refresh_figures(seen, [UserColumn.ACTIVITY])
    changed.clear()
    clients[1].messages_in += 1
    model.refresh_figures(seen, [UserColumn.ACTIVITY])
    assert changed == [], "the column of that figure is not in view"


def test_hostile_names_stay_in_their_cell(plain: PlainService, model: UsersModel) -> None:
    """Nothing hidden is shown as it is."""
    plain.join("ana", app="evil\u202e\x1b[0m\napp")
    model.refresh()
    child = model.index(0, 0, model.index(0, 0))
    assert child.data() == r"evil\u202e\e[0m\napp"


def test_five_thousand_connections(theme: Theme, qtbot: QtBot, sums_are_fresh: None) -> None:
    """A refresh looks at the rows in view and nothing else; one in which somebody came looks once at each client."""
    idle, coming = zip(*(work_of_a_refresh(count, theme, qtbot) for count in (500, 5000)), strict=True)
    assert idle[0] == idle[1]
    assert coming[1] < 10 * coming[0]


def work_of_a_refresh(count: int, theme: Theme, qtbot: QtBot) -> tuple[int, int]:
    """Let many connect; return the work of a refresh in which nothing happened, and in which somebody came."""
    plain = PlainService()
    model = UsersModel(plain.hub, theme, plain.clock)
    view = shown_tree(model, theme, qtbot)
    for number in range(count):
        plain.join(f"user{number:04}")
    model.refresh()
    QApplication.processEvents()

    def refresh() -> None:
        model.refresh()
        model.refresh_figures(view.visible_indexes())

    refresh()
    plain.clock.advance(10)
    idle = calls_of(refresh)
    plain.join("user0250a")
    return idle, calls_of(refresh)


def test_many_comings_are_announced_in_portions(
    plain: PlainService, model: UsersModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the time of a refresh is over, those who are left come in the next."""
    plain.join("first")
    model.refresh()
    clock = TickingClock(users_model.SYNC_BUDGET_S / 10)
    monkeypatch.setattr(users_model, "time", SimpleNamespace(monotonic=clock))
    for number in range(100):
        plain.join(f"user{number:04}")
    grown = []
    while model.rowCount() < 101:
        before = model.rowCount()
        model.refresh()
        grown.append(model.rowCount() - before)
    assert max(grown) <= 11, "one look at the clock for each who came"


def test_everybody_leaves_at_once(plain: PlainService, model: UsersModel) -> None:
    """Stopping the server empties the tree with one signal a run of rows."""
    clients = [plain.join(f"u{number}") for number in range(500)]
    model.refresh()
    removed: list[tuple[QModelIndex, int, int]] = []
    model.rowsRemoved.connect(lambda *arguments: removed.append(arguments))
    for client in clients:
        plain.hub.disconnected(client)
    model.refresh()
    assert model.rowCount() == 0
    assert len(removed) == 1
