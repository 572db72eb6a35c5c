"""The table of accounts as a Qt model: exact signals, raw sort keys, selection that survives."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester

from authws_desktop.accounts.models import Account, Role
from authws_desktop.panels.accounts.accounts_table import (
    AccountColumn,
    AccountRow,
    account_columns,
    row_key,
    searched_text,
)
from authws_desktop.panels.kit.chips import CHIP_ROLE
from authws_desktop.panels.kit.table_filter import TableFilter, natural_key
from authws_desktop.panels.kit.table_model import ROW_ROLE, Column, TableModel
from tests.work import calls_of

NOW = 1_760_000_000.0


def row(name: str, connections: int = 0, sessions: int = 0, **changes: Any) -> AccountRow:
    """Return a row; its id is its first name."""
    account = Account(f"id-{name}", name, Role.MEMBER, NOW - 1000, None, False)
    return AccountRow(dataclasses.replace(account, **changes), connections, sessions)


def made_model() -> TableModel[AccountRow]:
    """Return the model of the page's table, without rows."""
    return TableModel(account_columns(), row_key)


def filter_of(model: TableModel[AccountRow]) -> TableFilter[AccountRow]:
    """Return search and sort as the page's table has them."""
    return TableFilter(model, searched_text)


@pytest.fixture
def model(qtmodeltester: ModelTester) -> TableModel[AccountRow]:
    """Return a model that the tester watches for broken signals."""
    made = made_model()
    made.set_rows([row("ana"), row("ben"), row("cyn"), row("dan")])
    qtmodeltester.check(made)
    return made


def names(model: TableModel[AccountRow]) -> list[str]:
    """Return the names in the model's order."""
    return [each.account.username for each in model.rows()]


class Signals:
    """Writes down what a model announces."""

    def __init__(self, model: TableModel[AccountRow]) -> None:
        self.log: list[tuple[str, int, int]] = []
        model.rowsInserted.connect(self._keep("insert"))
        model.rowsRemoved.connect(self._keep("remove"))
        model.dataChanged.connect(lambda first, last, _: self.log.append(("change", first.row(), last.row())))
        model.modelReset.connect(lambda: self.log.append(("reset", 0, 0)))
        model.layoutChanged.connect(lambda: self.log.append(("layout", 0, 0)))

    def _keep(self, what: str) -> Callable[[QModelIndex, int, int], None]:
        return lambda _parent, first, last: self.log.append((what, first, last))


def test_the_same_rows_announce_nothing(model: TableModel[AccountRow]) -> None:
    """A refresh without a change is silent."""
    signals = Signals(model)
    model.set_rows([row("dan"), row("cyn"), row("ben"), row("ana")])
    assert signals.log == []


def test_only_what_differs_is_announced(model: TableModel[AccountRow]) -> None:
    """One goes, two change, one comes: exact ranges, in this order, and never a reset."""
    signals = Signals(model)
    model.set_rows([row("ana", 2), row("cyn", 1), row("dan"), row("eve")])
    assert signals.log == [("remove", 1, 1), ("change", 0, 1), ("insert", 3, 3)]
    assert names(model) == ["ana", "cyn", "dan", "eve"]


def test_neighbours_are_announced_together(model: TableModel[AccountRow]) -> None:
    """Rows beside each other make one signal; apart, two."""
    signals = Signals(model)
    model.set_rows([row("cyn")])
    assert signals.log == [("remove", 3, 3), ("remove", 0, 1)]


def test_any_series_of_changes_ends_in_the_truth(
    model: TableModel[AccountRow], qtmodeltester: ModelTester
) -> None:
    """Random joins, leaves and changes: the model shows exactly what was given, and the tester is content."""
    chance = random.Random(7)
    shown = filter_of(model)
    qtmodeltester.check(shown)
    shown.sort(AccountColumn.NAME)
    for turn in range(60):
        shown.search("1" if turn % 3 == 2 else "")
        wanted = [row(f"u{n}", chance.randrange(2)) for n in chance.sample(range(30), chance.randrange(30))]
        model.set_rows(wanted)
        assert {each.account.id: each for each in model.rows()} == {each.account.id: each for each in wanted}
        found = [shown.index(place, 0).data() for place in range(shown.rowCount())]
        names = [each.account.username for each in wanted]
        assert found == sorted((name for name in names if turn % 3 != 2 or "1" in name), key=natural_key)


def test_selection_survives_changes_around_it(model: TableModel[AccountRow]) -> None:
    """A chosen row stays chosen while others come, go and move, and when its own numbers change."""
    shown = filter_of(model)
    shown.sort(AccountColumn.CONNECTIONS, Qt.SortOrder.DescendingOrder)
    selection = QItemSelectionModel(shown)
    place = QPersistentModelIndex(shown.mapFromSource(model.index(2, 0)))
    selection.select(shown.mapFromSource(model.index(2, 0)), QItemSelectionModel.SelectionFlag.Select)
    model.set_rows([row("abe", 9), row("ben"), row("cyn", 5), row("dan", 7), row("zoe", 6)])
    chosen = [index.data(ROW_ROLE).account.username for index in selection.selectedIndexes()]
    assert chosen == ["cyn"]
    assert place.row() == 3


def test_selection_survives_a_sort_and_a_search(model: TableModel[AccountRow]) -> None:
    """Who stays in sight stays chosen, wherever they move to; who leaves is no longer."""
    shown = filter_of(model)
    selection = QItemSelectionModel(shown)
    for place in (1, 2):
        selection.select(shown.index(place, 0), QItemSelectionModel.SelectionFlag.Select)

    def chosen() -> set[str]:
        return {index.data() for index in selection.selectedIndexes()}

    assert chosen() == {"ben", "cyn"}
    shown.sort(AccountColumn.NAME, Qt.SortOrder.DescendingOrder)
    assert [shown.index(place, 0).data() for place in range(4)] == ["dan", "cyn", "ben", "ana"]
    assert chosen() == {"ben", "cyn"}
    shown.search("n n")
    assert chosen() == {"ben", "cyn"}
    shown.search("y")
    assert chosen() == {"cyn"}
    shown.search("")
    assert chosen() == {"cyn"}


def test_sorting_asks_each_row_once() -> None:
    """Not twice at each comparison, as Qt's proxy does: of 1,000 rows that would be some 20,000 questions."""
    asked: list[str] = []

    def key(each: AccountRow) -> str:
        asked.append(each.account.id)
        return each.account.username

    model = TableModel([Column[AccountRow]("Name", lambda each: each.account.username, key)], row_key)
    shown = filter_of(model)
    shown.sort(0)
    model.set_rows([row(f"u{n * 7919 % 1000}") for n in range(1000)])
    assert len(asked) == 1000
    assert shown.rowCount() == 1000


def test_sorting_uses_raw_values() -> None:
    """Numbers by size, times by moment with Never first, names as people count."""
    model = made_model()
    model.set_rows(
        [
            row("test-10", 2, last_login_at=NOW),
            row("Test-2", 10),
            row("test-1", 0, last_login_at=NOW - 99_999, is_disabled=True),
        ]
    )
    shown = filter_of(model)

    def order(column: AccountColumn) -> list[str]:
        shown.sort(column)
        return [shown.index(place, 0).data() for place in range(3)]

    assert order(AccountColumn.NAME) == ["test-1", "Test-2", "test-10"]
    assert order(AccountColumn.CONNECTIONS) == ["test-1", "test-10", "Test-2"]
    assert order(AccountColumn.LAST_LOGIN) == ["Test-2", "test-1", "test-10"]
    assert order(AccountColumn.STATUS)[-1] == "test-1"


def test_search_looks_at_name_role_and_status() -> None:
    """Every word must be found, whatever its case and width."""
    model = made_model()
    model.set_rows([row("Ana", role=Role.HOST), row("Anabel", is_disabled=True), row("ben")])
    shown = filter_of(model)

    def found(text: str) -> list[str]:
        shown.search(text)
        return sorted(shown.index(place, 0).data() for place in range(shown.rowCount()))

    assert found("ANA") == ["Ana", "Anabel"]
    assert found("ana host") == ["Ana"]
    assert found("disabled") == ["Anabel"]
    assert found("\uff41\uff4e\uff41") == ["Ana", "Anabel"]
    assert found("nobody") == []
    assert found("  ") == ["Ana", "Anabel", "ben"]


def test_a_row_that_comes_to_match_appears() -> None:
    """The search follows reality."""
    model = made_model()
    model.set_rows([row("ana"), row("ben")])
    shown = filter_of(model)
    shown.search("disabled")
    assert shown.rowCount() == 0
    model.set_rows([row("ana", is_disabled=True), row("ben")])
    assert shown.rowCount() == 1


def test_only_what_is_unusual_is_a_chip() -> None:
    """Member and active are plain words; a host, a guest and a disabled account differ by word and shape."""
    model = made_model()
    model.set_rows([row("ana"), row("ben", role=Role.HOST, is_disabled=True), row("cyn", role=Role.GUEST)])
    roles = [model.index(place, AccountColumn.ROLE).data(CHIP_ROLE) for place in range(3)]
    assert roles[0] is None
    assert roles[1].text != roles[2].text
    assert roles[1].shape != roles[2].shape
    assert model.index(0, AccountColumn.STATUS).data(CHIP_ROLE) is None
    assert model.index(0, AccountColumn.STATUS).data() == "active"
    assert model.index(1, AccountColumn.STATUS).data(CHIP_ROLE).text == "disabled"


def test_numbers_stand_right_and_zero_is_left_out() -> None:
    """Only what is there draws the eye; a screen reader still hears the zero."""
    model = made_model()
    model.set_rows([row("ana", 3)])
    connections = model.index(0, AccountColumn.CONNECTIONS)
    sessions = model.index(0, AccountColumn.SESSIONS)
    assert connections.data() == "3"
    assert Qt.AlignmentFlag(connections.data(Qt.ItemDataRole.TextAlignmentRole)) & Qt.AlignmentFlag.AlignRight
    assert sessions.data() == ""
    assert sessions.data(Qt.ItemDataRole.AccessibleTextRole) == "0"


def test_ten_thousand_accounts_are_followed_in_one_pass() -> None:
    """Where a tenth of the rows changed, the work grows with their number and no faster."""

    def work_of(count: int) -> int:
        model = made_model()
        model.set_rows([row(f"user-{n}") for n in range(count)])
        fresh = [row(f"user-{n}", int(n % 10 == 0)) for n in range(count)]
        return calls_of(lambda: model.set_rows(fresh))

    assert work_of(10_000) <= 10 * work_of(1_000)
