"""Why something went wrong, and what helps: from the row, the rows before it, settings and accounts."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from authws_desktop.panels.live.explanations import explain
from authws_desktop.panels.live.remedy_acts import (
    ChangeSetting,
    Explanation,
    Facts,
    HostList,
    MakeToken,
    OpenAccount,
    OpenList,
    ShowRow,
)
from authws_desktop.protocol.codes import CloseCode, ErrorCode
from authws_desktop.settings import Settings
from authws_desktop.traffic.record import Direction, Identity, Kind, Record
from authws_desktop.traffic.ring import TrafficRing
from tests.panels.live.support import NOW_S, record


def facts(*names: str, ring: TrafficRing | None = None, **settings: Any) -> Facts:
    """What the program knows: these accounts, these rows."""
    values = msgspec.structs.replace(Settings(), **settings)
    return Facts(ring or TrafficRing(100), values, lambda name: name.casefold() in names, NOW_S + 40)


def explained(row: Record, known: Facts | None = None) -> Explanation:
    """Explain a row that has an explanation."""
    found = explain(row, known or facts())
    assert found is not None
    return found


def verdicts(reason: str, account: str = "") -> bytes:
    """A token's verdicts as a row has them."""
    rows: list[dict[str, object]] = [{"claim": "exp", "is_good": False, "text": reason}]
    if account:
        rows.append({"claim": "sub", "is_good": True, "text": f"The account '{account}'."})
    return json.dumps(rows).encode()


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [(Kind.MESSAGE, ""), (Kind.HTTP, "200"), (Kind.DISCONNECT, "1000"), (Kind.SERVER, "")],
)
def test_what_went_well_needs_no_words(kind: Kind, outcome: str) -> None:
    """No line above its detail."""
    assert explain(record(kind=kind, outcome=outcome), facts()) is None


def test_a_page_that_may_not_connect_can_be_allowed() -> None:
    """The refusal holds the ready setting; whoever allowed it meanwhile is told so."""
    detail = (
        "Pages of https://x.example may not connect. To allow it: "
        "AUTHWS_ALLOWED_ORIGINS=https://a.example,https://x.example (Settings, Network, Allowed origins)."
    )
    row = record(kind=Kind.REFUSED, outcome="403", detail=detail)
    known = facts(allowed_origins=["https://a.example"])
    found = explained(row, known)
    assert (found.cause, found.label) == (
        "Pages of https://x.example may not connect.",
        "Allow this origin",
    )
    assert found.act == ChangeSetting("allowed_origins", ["https://a.example", "https://x.example"])
    assert explained(row, facts(allowed_origins=["https://x.example"])).act is None
    host = record(
        kind=Kind.REFUSED,
        outcome="421",
        detail="To allow it: AUTHWS_ALLOWED_HOSTS=hub.example (Settings, Network, Allowed host names).",
    )
    found = explained(host)
    assert found.label == "Allow this name"
    assert found.act == ChangeSetting("allowed_hosts", ["hub.example"])
    assert found.cause == "hub.example is not allowed."


@pytest.mark.parametrize("reason", ["expired", "revoked", "unknown_token", "bad_signature"])
def test_a_token_that_ended_is_made_anew(reason: str) -> None:
    """For the account that it names, if it is there still."""
    row = record(
        kind=Kind.AUTHENTICATE,
        outcome=f"AUTH_ERROR/{reason}",
        detail="The token does not count.",
        claims=verdicts("Expired 3 min ago.", "ana"),
    )
    found = explained(row, facts("ana"))
    assert found.cause == "The token does not count. Expired 3 min ago."
    assert found.act == MakeToken("ana")
    assert explained(row).act is None
    assert explained(record(kind=Kind.AUTHENTICATE, outcome=f"AUTH_ERROR/{reason}", detail="No.")).act is None


def test_other_tokens() -> None:
    """Who is kept out leads to the account; the rest says what to do."""
    banned = record(
        kind=Kind.AUTHENTICATE,
        outcome="AUTH_ERROR/disabled",
        detail="Disabled.",
        claims=verdicts("No.", "ana"),
    )
    assert explained(banned).act == OpenAccount("ana")
    clock = record(kind=Kind.AUTHENTICATE, outcome="AUTH_ERROR/not_yet_valid", detail="Too early.")
    assert "clocks" in explained(clock).remedy
    for claims in (b"{", b"{}", b"[1]"):
        broken = record(
            kind=Kind.AUTHENTICATE, outcome="AUTH_ERROR/malformed", detail="No JWT.", claims=claims
        )
        assert explained(broken).cause == "No JWT."


def direct(to: str, **changes: Any) -> Record:
    """A direct message to nobody."""
    payload = json.dumps({"type": "direct", "to": to, "content": 1}).encode()
    return record(payload, kind=Kind.DIRECT, outcome="INVALID_RECIPIENT", detail="Nobody.", **changes)


def test_whoever_left_is_shown_leaving() -> None:
    """When and how, with the row of it; whoever was never there is told apart from a typing error."""
    ring = TrafficRing(100)
    pavel = Identity(9, "c9", "10.0.0.9", "id-pavel", "Pavel")
    ring.append(Record(1, NOW_S, Direction.EVENT, Kind.DISCONNECT, pavel, outcome="1006"))
    ring.append(Record(2, NOW_S, Direction.EVENT, Kind.DISCONNECT, Identity(1, "c1", "", "i", "ana")))
    row = direct("pavel", number=3)
    ring.append(row)
    found = explained(row, facts("pavel", ring=ring))
    assert found.cause == "pavel is not connected: left 40 s ago with 1006."
    assert (found.label, found.act) == ("Show pavel's leaving", ShowRow(1))
    assert explained(direct("c9", number=3), facts(ring=ring)).act == ShowRow(1)
    assert explained(direct("ben"), facts("ben")).act == OpenAccount("ben")
    assert explained(direct("bne"), facts("ben")).cause == "There is no user or connection “bne”."
    cut = record(b'{"type":"dir', kind=Kind.DIRECT, outcome="INVALID_RECIPIENT", detail="Nobody.")
    assert explained(cut).cause == "Nobody."
    named = record(b"", kind=Kind.DIRECT, outcome="INVALID_RECIPIENT", detail="Nobody.", to="ben")
    assert explained(named, facts("ben")).act == OpenAccount("ben")


def test_a_rate_can_be_raised() -> None:
    """Twice as high; not where there is no limit or no more room."""
    row = record(b"{}", outcome="RATE_LIMIT_EXCEEDED", detail="Too fast.")
    found = explained(row, facts(message_rate=100))
    assert found.act == ChangeSetting("message_rate", 200)
    assert "200 a second" in found.remedy
    assert explained(row, facts(message_rate=0)).act is None


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b'{"type":"mesage","content":"hi"}', "Did the program mean “message”?"),
        (b'{"type":"zzz"}', "A frame is a JSON object"),
        (b"\xff\xfe", "A frame is a JSON object"),
    ],
)
def test_a_frame_that_is_none(payload: bytes, words: str) -> None:
    """A misspelled type is recognized."""
    row = record(payload, kind=Kind.INVALID, outcome="INVALID_MESSAGE_TYPE", detail="Unknown type.")
    assert words in explained(row).remedy


def test_who_speaks_too_early() -> None:
    """Before the answer to its token."""
    row = record(b"{}", outcome="UNAUTHORIZED", detail="Authenticate first.")
    assert "wait for it" in explained(row).remedy


def test_a_refused_login() -> None:
    """The host is told which of the two was wrong; strangers are not."""
    ana = Identity(address="10.0.0.1", username="ana")
    detail = "POST /auth/login 401 in 300 ms. Username or password is wrong."
    row = record(kind=Kind.REFUSED, outcome="401", detail=detail, identity=ana)
    assert explained(row, facts("ana")).act == OpenAccount("ana")
    assert explained(row).cause == "There is no account “ana”."
    other = record(kind=Kind.REFUSED, outcome="401", detail="GET /auth/me 401. Send the token.", identity=ana)
    assert explained(other, facts("ana")).cause == "GET /auth/me 401. Send the token."


@pytest.mark.parametrize(
    ("code", "cause", "remedy"),
    [
        ("1006", "without a goodbye", "network is gone"),
        ("4008", "Reads too slowly (4008).", "Yes, with backoff."),
        ("4999", "", ""),
        ("failed", "", ""),
    ],
)
def test_closed_connections(code: str, cause: str, remedy: str) -> None:
    """Each code in words, with what a client should do."""
    found = explain(record(kind=Kind.DISCONNECT, direction=Direction.EVENT, outcome=code), facts())
    assert (cause in found.cause and remedy in found.remedy) if found is not None else not cause


@pytest.mark.parametrize("code", [each for each in ErrorCode if each not in (ErrorCode.AUTH_ERROR,)])
def test_every_error_has_a_remedy(code: ErrorCode) -> None:
    """A cause and something to do, whichever frame it was."""
    found = explained(record(b'{"type":"direct","to":"bne"}', kind=Kind.DIRECT, outcome=code, detail="No."))
    assert found.cause
    assert found.remedy


@pytest.mark.parametrize("code", list(CloseCode))
def test_every_close_of_ours_is_explained(code: CloseCode) -> None:
    """Who was kept out leads to the bans; what hit a limit can have a larger one."""
    identity = Identity(3, "c3", "10.0.0.3", "id-ana", "ana")
    row = record(kind=Kind.DISCONNECT, direction=Direction.EVENT, outcome=str(int(code)), identity=identity)
    found = explain(row, facts("ana"))
    if code in (CloseCode.NORMAL, CloseCode.GOING_AWAY):
        assert found is None
        return
    assert found is not None
    assert found.cause
    assert found.remedy
    acts = {
        CloseCode.BANNED: OpenList(HostList.BANS),
        CloseCode.TOKEN_EXPIRED: MakeToken("ana"),
        CloseCode.AUTH_TIMEOUT: ChangeSetting("auth_deadline_s", 60),
    }
    if code in acts:
        assert found.act == acts[code]
        assert found.label


def test_the_server_that_failed() -> None:
    """Its row leads to the bar that offers the cure."""
    row = record(kind=Kind.SERVER, direction=Direction.EVENT, outcome="failed", detail="Port 4000 is in use.")
    assert explained(row).remedy.startswith("The bar above")


def test_only_hosts_may_write() -> None:
    """Which can be changed, or was."""
    row = record(b"{}", outcome="FORBIDDEN", detail="Only hosts write to everyone here.")
    found = explained(row, facts(who_may_write="host"))
    assert found.act == ChangeSetting("who_may_write", "everyone")
    assert explained(row, facts(who_may_write="everyone")).remedy == "It is allowed by now."
