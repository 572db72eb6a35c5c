"""The matrix judges what the programs print, and nothing fails unseen."""

from __future__ import annotations

import pytest

from tests.clients.__main__ import chosen
from tests.clients.behaviours import COLUMNS, ON_SERVE, ON_WINDOW, TALK, USERNAME, Line, judge, stopped
from tests.clients.languages import ALWAYS, LANGUAGES, PROGRAMS, SetupError
from tests.clients.report import failures_of, faults_of, table_of
from tests.clients.table import CLIENTS, Client

GOOD: list[Line] = [
    {"step": "connect", "subprotocol": None},
    {
        "step": "connection",
        "frame": {"status": "connected", "authenticated": False, "clientId": "c1"},
        "skipped": [],
    },
    {"step": "authenticate", "frame": {"status": "authenticated", "user": {"username": USERNAME}}},
    {"step": "user_list", "frame": {"users": [{"username": USERNAME}]}},
]


def test_the_table_is_whole() -> None:
    """Every program is there, every fault has a column, and at least twenty libraries are always run."""
    for client in CLIENTS:
        assert (PROGRAMS / client.language / client.program).is_file(), client.name
        assert set(client.faults) <= set(COLUMNS), client.name
        assert client.language in LANGUAGES
    assert len({client.name for client in CLIENTS}) == len(CLIENTS)
    assert len({client.package for client in CLIENTS if client.language in ALWAYS}) >= 20


def test_every_column_is_judged() -> None:
    """By a session on `serve`, on the window, or at the stop."""
    sessions = [*ON_SERVE, *ON_WINDOW, stopped("stop"), stopped("win stop")]
    assert {column for session in sessions for column in session.columns.values()} == set(COLUMNS)


def test_what_was_not_reached_is_no_success() -> None:
    """A program that died in the middle fails all that was to follow."""
    verdict = judge(TALK, GOOD)
    assert [column for column, complaint in verdict.items() if not complaint] == ["connect", "login", "list"]
    assert set(judge(TALK, []).values()) == {"not reached, after no line came"}


def test_an_optional_part_is_judged_where_it_is_offered() -> None:
    """`connection.features` names it; where nothing connects, it failed all the same."""
    session = next(each for each in ON_SERVE if each.feature)
    connection = {**GOOD[1], "frame": {**GOOD[1]["frame"], "features": ["other"]}}
    assert judge(session, [connection]) == {}
    connection["frame"]["features"].append(session.feature)
    assert set(judge(session, [connection])) == set(judge(session, [])) == {"no list"}


@pytest.mark.parametrize(
    ("step", "change", "word"),
    [
        ("connection", {"skipped": ["user_list"]}, "before"),
        (
            "connection",
            {"frame": {"status": "connected", "authenticated": True, "clientId": "c1"}},
            "authent",
        ),
        ("authenticate", {"error": "AUTH_ERROR: no"}, "AUTH_ERROR"),
        ("user_list", {"frame": {"users": []}}, "names"),
    ],
)
def test_a_wrong_answer_is_a_complaint(step: str, change: Line, word: str) -> None:
    """It says what is wrong."""
    lines = [{**line, **change} if line["step"] == step else line for line in GOOD]
    assert word in judge(TALK, lines)[TALK.columns[step]]


def test_only_listed_faults_are_no_failure() -> None:
    """And a listed fault that has gone is one."""
    client = Client("x", "python", "x.py", "x", faults={"close": "it never waits", "[::1]": "it cannot"})
    verdicts = {"x": {"connect": "", "login": "refused", "close": "no code", "[::1]": ""}}
    header, row = table_of([client], verdicts)
    shown = dict(zip(header.split(), row.split(), strict=False))
    assert (shown["connect"], shown["login"], shown["close"]) == ("ok", "FAIL", "fault")
    assert faults_of([client], verdicts) == ["x, close: it never waits"]
    assert [text.split(":")[0] for text in failures_of([client], verdicts)] == ["x, login", "x, ["]


def test_clients_are_chosen_by_name() -> None:
    """A whole name is that one; a part is all that have it; a name of none is an error."""
    assert [client.name for client in chosen(ALWAYS, ["ws"])] == ["ws"]
    assert {client.language for client in chosen(ALWAYS, [])} == set(ALWAYS)
    assert len(chosen(ALWAYS, ["websockets ("])) == 3
    with pytest.raises(SetupError, match="No client is called netscape"):
        chosen(ALWAYS, ["netscape"])
