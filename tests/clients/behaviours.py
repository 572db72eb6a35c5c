"""What a client is put through, and what has to come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

Line = Mapping[str, Any]
"""What a program printed for a step."""

LARGE_BYTES = 999_900
"""Just within the largest message of the default settings, so that what goes out fits clients' usual 1 MiB."""
UNTOLD = "?"
USERNAME = "foreign-client"


@dataclass(frozen=True)
class Session:
    """One connection of a client.

    Attributes:
        name: What it is for.
        target: What follows the server's address in the URL; `{token}` is filled in.
        steps: After `connect`.
        columns: Which step decides which column of the matrix; steps without one must only not fail.
        offers: A subprotocol.
        is_ipv6: Whether the address is the literal `[::1]` instead of `127.0.0.1`.
        feature: The optional part of the contract that it needs, as `connection.features` names it; or empty.
    """

    name: str
    target: str
    steps: tuple[str, ...]
    columns: Mapping[str, str]
    offers: str = ""
    is_ipv6: bool = False
    feature: str = ""

    def arguments(self, port: int, token: str) -> list[str]:
        """Return the steps of the command line."""
        host = "[::1]" if self.is_ipv6 else "127.0.0.1"
        url = f"ws://{host}:{port}{self.target.format(token=token)}"
        return [f"connect={url} {self.offers}".rstrip(), *self.steps]


WHOLE = ("connection", "authenticate", "user_list", "message", "direct", f"large={LARGE_BYTES}", "close")
TALK = Session(
    "talk",
    "/ws",
    WHOLE,
    {
        "connection": "connect",
        "authenticate": "login",
        "user_list": "list",
        "message": "message",
        "direct": "direct",
        "large": "large",
        "close": "close",
    },
)
SHORT = ("connection", "close")
ON_SERVE = (
    TALK,
    Session("a subprotocol", "/", SHORT, {"connect": "subprot", "connection": "subprot"}, offers="chat"),
    Session("a slash at the end", "/ws/", SHORT, {"connection": "/ws/"}),
    Session("any path", "/socket", SHORT, {"connection": "/socket"}),
    Session("a query without a path", "?x=y", SHORT, {"connection": "?x=y"}),
    Session(
        "a token in the query", "/?token={token}", ("connection", "admitted", "close"), {"admitted": "?token"}
    ),
    Session("an IPv6 literal", "/", SHORT, {"connection": "[::1]"}, is_ipv6=True),
    Session(
        "no presence",
        "/",
        ("connection", "authenticate=none", "direct", "message", "close"),
        {"message": "no list"},
        feature="presence",
    ),
)
ON_WINDOW = (Session("talk", "/", WHOLE, {**dict.fromkeys(TALK.columns, "window"), "close": "win close"}),)
STOPPED_COLUMN = {"serve": "stop", "window": "win stop"}


def stopped(column: str) -> Session:
    """Return the session of a client that is there when the server stops."""
    return Session("the server stops", "/", ("connection", "authenticate", "wait"), {"wait": column})


COLUMNS = (
    *TALK.columns.values(),
    "subprot",
    "/ws/",
    "/socket",
    "?x=y",
    "?token",
    "[::1]",
    "no list",
    "stop",
    "window",
    "win close",
    "win stop",
)


def complaint_about(session: Session, line: Line) -> str:
    """Return what is wrong with what a step printed, or ""."""
    if "error" in line:
        return shorten(" ".join(str(line["error"]).split()), 200, placeholder=" …")
    check = CHECKS.get(line["step"])
    return check(session, line) if check else ""


def judge(session: Session, lines: Sequence[Line]) -> dict[str, str]:
    """Return a complaint, or "", for each column of a session.

    Args:
        session: What was to be done.
        lines: What was printed, in order; it ends early after an error.

    Returns:
        Nothing for a session of an optional part that the server does not offer.
    """
    offered = [
        line["frame"].get("features", ())
        for line in lines
        if line["step"] == "connection" and "frame" in line
    ]
    if session.feature and offered and session.feature not in offered[0]:
        return {}
    complaints = {line["step"]: complaint_about(session, line) for line in lines}
    first = next((f"{step}: {text}" for step, text in complaints.items() if text), "no line came")
    verdict: dict[str, str] = {}
    for step, column in session.columns.items():
        found = complaints.get(step, f"not reached, after {first}")
        verdict[column] = verdict.get(column) or found
    return verdict


def _expect(**pairs: tuple[object, object]) -> str:
    wrong = [f"{name} is {got!r}, not {wanted!r}" for name, (got, wanted) in pairs.items() if got != wanted]
    return "; ".join(wrong)


def _check_connect(session: Session, line: Line) -> str:
    selected = line.get("subprotocol") or ""
    return "" if selected == UNTOLD else _expect(subprotocol=(selected, session.offers))


def _check_connection(_session: Session, line: Line) -> str:
    frame = line["frame"]
    return _expect(
        status=(frame.get("status"), "connected"),
        authenticated=(frame.get("authenticated"), False),
        has_id=(bool(frame.get("clientId")), True),
        before=(line.get("skipped", []), []),
    )


def _check_authentication(_session: Session, line: Line) -> str:
    frame = line["frame"]
    return _expect(
        status=(frame.get("status"), "authenticated"), username=(frame["user"]["username"], USERNAME)
    )


def _check_user_list(_session: Session, line: Line) -> str:
    return _expect(names=({user["username"] for user in line["frame"]["users"]}, {USERNAME}))


def _check_message(session: Session, line: Line) -> str:
    frame = line["frame"]
    lists = line.get("skipped", []).count("user_list") if "authenticate=none" in session.steps else 0
    return _expect(
        username=(frame["username"], USERNAME),
        sender=(frame["from"], frame["content"]["from"]),
        values=(frame["content"]["values"], [1, 2.5, None, True]),
        text=(frame["content"]["text"], "0123456789 grüße ✓ 😀 "),
        lists=(lists, 0),
    )


def _check_direct(_session: Session, line: Line) -> str:
    delivered, direct = line["frame"], line["direct"]
    return _expect(
        type=(delivered["type"], "message_delivered"),
        messageId=(delivered.get("messageId"), 7),
        to=(delivered["to"], direct["from"]),
        content=(direct["content"], f"to {direct['from']}"),
    )


def _check_large(_session: Session, line: Line) -> str:
    return _expect(same=(line["same"], True), whole=(line["bytes"] > LARGE_BYTES - 100, True))


def _check_close(_session: Session, line: Line) -> str:
    return _expect(code=(line["code"], 1000))


def _check_wait(_session: Session, line: Line) -> str:
    return _expect(code=(line["code"], 1001))


CHECKS: Mapping[str, Callable[[Session, Line], str]] = {
    "connect": _check_connect,
    "connection": _check_connection,
    "authenticate": _check_authentication,
    "admitted": _check_authentication,
    "user_list": _check_user_list,
    "message": _check_message,
    "direct": _check_direct,
    "large": _check_large,
    "close": _check_close,
    "wait": _check_wait,
}
