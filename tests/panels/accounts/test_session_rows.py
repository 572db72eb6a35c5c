"""Tokens as rows: what the columns say, and what changes when time passes."""

from __future__ import annotations

import pytest
from pytestqt.modeltest import ModelTester

from authws_desktop.accounts.models import Session
from authws_desktop.panels.accounts.session_rows import (
    SessionColumn,
    ShownSession,
    row_key,
    session_columns,
)
from authws_desktop.panels.kit.table_model import TableModel
from authws_desktop.panels.kit.words import left_text

NOW = 1_760_000_000.0


def session(jti: str, **changes: float) -> Session:
    """Return a token."""
    return Session(jti, "id", NOW - 10, changes.get("expires_at", NOW + 600), None, "10.0.0.7", "app", "key")


def test_the_model_keeps_its_promises(qtmodeltester: ModelTester) -> None:
    """Rows come, change and go under the tester's eyes; time alone changes only words that differ."""
    now = [NOW]
    model = TableModel(session_columns(), row_key)
    qtmodeltester.check(model)
    changes: list[int] = []
    model.dataChanged.connect(lambda first, _last, _roles: changes.append(first.row()))

    def show(*jtis: str) -> None:
        made = [session(jti) for jti in jtis]
        model.set_rows([ShownSession(each, "", 0, left_text(each.expires_at, now[0])) for each in made])

    show("a", "b", "c")
    now[0] += 29
    show("a", "b", "c")
    assert changes == []
    now[0] += 2
    show("a", "b", "c")
    assert changes == [0]
    now[0] += 60
    changes.clear()
    show("c", "d")
    assert [row.session.jti for row in model.rows()] == ["c", "d"]
    assert model.index(0, SessionColumn.EXPIRES).data() == "in 8 min"
    assert model.index(0, SessionColumn.ADDRESS).data() == "10.0.0.7"


def test_a_token_of_many_says_whose_it_is() -> None:
    """And where no program said its name, its address stands there."""
    app = session_columns()[SessionColumn.APP]
    nameless = Session("a", "id", NOW, NOW + 600, None, "10.0.0.7", "", "key")
    assert app.text(ShownSession(session("a"), "ana", 0, "")) == "ana · app"
    assert app.text(ShownSession(nameless, "", 0, "")) == "10.0.0.7"


pytestmark = pytest.mark.usefixtures("theme")
