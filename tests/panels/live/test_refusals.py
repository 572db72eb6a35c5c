"""Refused requests: for every code a cause, a remedy, and the act where the host has one."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from authws_desktop.accounts.growing_waits import Lockout, LockoutKind
from authws_desktop.panels.live.explanations import explain
from authws_desktop.panels.live.refusals import REFUSALS, cause_of
from authws_desktop.panels.live.remedy_acts import (
    ChangeSetting,
    Explanation,
    Facts,
    HostList,
    LiftWait,
    OpenAccount,
    OpenList,
)
from authws_desktop.protocol import failures
from authws_desktop.protocol.codes import HttpErrorCode
from authws_desktop.protocol.failures import Failure
from authws_desktop.settings import Settings
from authws_desktop.traffic.record import HttpExchange, Identity, Kind, Record
from authws_desktop.traffic.ring import TrafficRing
from tests.panels.live.support import NOW_S, record

FAILURES = {each.code: each for each in vars(failures).values() if isinstance(each, Failure)}
ANSWERED_TO_PROGRAMS = {
    HttpErrorCode.INVALID_FILTER, HttpErrorCode.WAIT_TIMEOUT, HttpErrorCode.UNWANTED_ROW,
    HttpErrorCode.UPGRADE_REQUIRED, HttpErrorCode.FORBIDDEN_ORIGIN, HttpErrorCode.MISDIRECTED_HOST,
}  # fmt: skip
"""What a test run asks for, and what is explained by the ready setting in the refusal."""


def refused(code: str, path: str = "/auth/login", name: str = "ana") -> Record:
    """Return the row of a refused request."""
    failure = FAILURES[HttpErrorCode(code)]
    body = json.dumps({"code": code, "message": failure.sentence, "status": "error"})
    return record(
        kind=Kind.REFUSED,
        outcome=str(failure.status),
        detail=f"POST {path} {failure.status} in 12 ms. {failure.sentence}",
        identity=Identity(address="10.0.0.1", username=name),
        http=HttpExchange(f"POST {path} HTTP/1.1\n", f"HTTP/1.1 {failure.status} No\nA: b\n\n{body}"),
    )


def explained(row: Record, *names: str, waits: tuple[Lockout, ...] = (), **settings: Any) -> Explanation:
    """Explain it, as this server knows these accounts."""
    values = msgspec.structs.replace(Settings(), **settings)
    facts = Facts(TrafficRing(10), values, lambda name: name in names, NOW_S, lambda: waits)
    found = explain(row, facts)
    assert found is not None
    return found


@pytest.mark.parametrize("code", [each for each in HttpErrorCode if each not in ANSWERED_TO_PROGRAMS])
def test_every_code_has_a_cause_and_a_remedy(code: HttpErrorCode) -> None:
    """None falls through; the cause is a sentence without the request's line."""
    assert code in REFUSALS
    found = explained(refused(code))
    assert found.cause
    assert "12 ms" not in found.cause
    assert found.remedy
    assert bool(found.label) == (found.act is not None)


@pytest.mark.parametrize(
    ("code", "act"),
    [
        (HttpErrorCode.INVALID_CREDENTIALS, OpenAccount("ana")),
        (HttpErrorCode.ACCOUNT_DISABLED, OpenAccount("ana")),
        (HttpErrorCode.ACCOUNT_PENDING, OpenList(HostList.WAITING)),
        (HttpErrorCode.REGISTRATION_CLOSED, ChangeSetting("registration", "open")),
        (HttpErrorCode.GUESTS_OFF, ChangeSetting("guests", "on")),
        (HttpErrorCode.INVITE_REQUIRED, OpenList(HostList.INVITATIONS)),
        (HttpErrorCode.BANNED, OpenList(HostList.BANS)),
        (HttpErrorCode.USERNAME_TAKEN, OpenAccount("ana")),
    ],
)
def test_acts_of_the_host(code: HttpErrorCode, act: object) -> None:
    """The button that mends it."""
    found = explained(refused(code), "ana", registration="closed", guests="off")
    assert found.act == act


def test_what_was_switched_meanwhile_is_said() -> None:
    """No button for what is so already."""
    found = explained(refused(HttpErrorCode.GUESTS_OFF), guests="on")
    assert (found.remedy, found.act) == ("It is allowed by now.", None)


def test_a_wait_can_be_lifted_or_the_rate_raised() -> None:
    """By name or address of who waits; else the limit of an address, where it has one."""
    row = refused(HttpErrorCode.TOO_MANY_REQUESTS)
    waits = (Lockout(LockoutKind.ADDRESS, "10.0.0.1", 50, 0, 30),)
    assert explained(row, waits=waits).act == LiftWait("ana", "10.0.0.1")
    waits = (Lockout(LockoutKind.ACCOUNT, "ana", 10, 0, 30),)
    assert explained(row, waits=waits).act == LiftWait("ana", "10.0.0.1")
    waits = (Lockout(LockoutKind.ACCOUNT, "ben", 10, 0, 30),)
    assert explained(row, waits=waits, auth_rate=20).act == ChangeSetting("auth_rate", 40)
    assert explained(row, auth_rate=0).act is None
    register = refused(HttpErrorCode.TOO_MANY_REQUESTS, "/auth/register")
    assert explained(register, register_rate=5).act == ChangeSetting("register_rate", 10)


@pytest.mark.parametrize("answer", ["HTTP/1.1 500 No\n\n{", "HTTP/1.1 500 No\n", "HTTP/1.1 500 No\n\n[1]"])
def test_answers_without_a_code(answer: str) -> None:
    """Their sentence is the cause."""
    row = record(
        kind=Kind.REFUSED, outcome="500", detail="Broken.", http=HttpExchange("GET / HTTP/1.1\n", answer)
    )
    assert explained(row).cause == "Broken."
    assert explained(row).remedy


def test_the_cause_of_a_row_without_a_sentence() -> None:
    """Its outcome, rather than nothing."""
    assert cause_of(record(kind=Kind.REFUSED, outcome="500")) == "500"
