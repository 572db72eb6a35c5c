"""What is behind a refused request, by the code in the answer, and what the host can do about it. No Qt."""

from __future__ import annotations

from collections.abc import Callable

from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.live.remedy_acts import (
    ChangeSetting,
    Explanation,
    Facts,
    HostList,
    LiftWait,
    OpenAccount,
    OpenList,
)
from authws_desktop.protocol.codes import ErrorCode, HttpErrorCode
from authws_desktop.settings import SETTING_INFOS
from authws_desktop.traffic.record import Record

Refusal = Callable[[Record, Facts], Explanation | None]
_LINE_ENDS = " ms. "


def raised(name: str, facts: Facts) -> ChangeSetting | None:
    """Return the act that doubles a limit; `None` where there is none, or no more room.

    Args:
        name: A setting that is a number; 0 is no limit.
        facts: Have its value.
    """
    value: int = getattr(facts.settings, name)
    maximum = SETTING_INFOS[name].maximum or value
    doubled = min(2 * value, maximum)
    return ChangeSetting(name, doubled) if doubled > value > 0 else None


def cause_of(record: Record) -> str:
    """Return the sentence of a refusal, without the line that says which request it was."""
    _, found, sentence = record.detail.partition(_LINE_ENDS)
    return visible(sentence if found else record.detail) or record.outcome


def advice(remedy: str) -> Refusal:
    """Return what tells a remedy that needs no facts."""
    return lambda record, _facts: Explanation(cause_of(record), remedy)


def _switch(remedy: str, label: str, name: str, value: object) -> Refusal:
    def explain(record: Record, facts: Facts) -> Explanation:
        if getattr(facts.settings, name) == value:
            return Explanation(cause_of(record), "It is allowed by now.")
        return Explanation(cause_of(record), remedy, label, ChangeSetting(name, value))

    return explain


def _show(remedy: str, label: str, which: HostList) -> Refusal:
    return lambda record, _facts: Explanation(cause_of(record), remedy, label, OpenList(which))


def _account(remedy: str) -> Refusal:
    def explain(record: Record, facts: Facts) -> Explanation:
        name = record.identity.username
        if not name or not facts.has_account(name):
            return Explanation(cause_of(record), remedy)
        return Explanation(cause_of(record), remedy, "Open account", OpenAccount(name))

    return explain


def _wrong_password(record: Record, facts: Facts) -> Explanation:
    name = record.identity.username
    if name and facts.has_account(name):
        cause = f"The password for {visible(name)} is wrong."
        said = "If it is forgotten, give a new one: Reset password."
        return Explanation(cause, said, "Open account", OpenAccount(name))
    cause = f"There is no account “{visible(name)}”." if name else cause_of(record)
    return Explanation(cause, "Look for a typing error, or make one.")


def _too_often(record: Record, facts: Facts) -> Explanation:
    name, address = record.identity.username, record.identity.address
    if any(matches(name, address, each.username, each.key) for each in facts.lockouts()):
        said = "Wait as long as the answer says, or let them try again now."
        return Explanation(cause_of(record), said, "Lift the wait", LiftWait(name, address))
    setting = "register_rate" if "/auth/register" in record.detail else "auth_rate"
    act = raised(setting, facts)
    said = "Wait as long as the answer says."
    if act is None:
        return Explanation(cause_of(record), said)
    more = "Or allow twice as many from each address; nobody is disconnected."
    return Explanation(cause_of(record), f"{said} {more}", "Raise the rate", act)


def matches(name: str, address: str, waiting_name: str, key: str) -> bool:
    """Whether a wait is that of a login by a name or from an address."""
    is_name = bool(name) and waiting_name.casefold() == name.casefold()
    return is_name or (bool(address) and key == address)


REFUSALS: dict[str, Refusal] = {
    HttpErrorCode.INVALID_CREDENTIALS: _wrong_password,
    HttpErrorCode.ACCOUNT_DISABLED: _account("Enable the account to let them in."),
    HttpErrorCode.ACCOUNT_PENDING: _show(
        "Accept them, and they can log in.", "Show who waits", HostList.WAITING
    ),
    HttpErrorCode.REGISTRATION_CLOSED: _switch(
        "Make the account yourself, or let anybody register; nobody is disconnected.",
        "Open registration",
        "registration",
        "open",
    ),
    HttpErrorCode.GUESTS_OFF: _switch(
        "Let guests in by name alone; nobody is disconnected.", "Let guests in", "guests", "on"
    ),
    HttpErrorCode.INVITE_REQUIRED: _show(
        "Hand on the link of an invitation.", "Show the invitations", HostList.INVITATIONS
    ),
    HttpErrorCode.INVITE_INVALID: _show(
        "Make another invitation, and hand on its link.", "Show the invitations", HostList.INVITATIONS
    ),
    HttpErrorCode.BANNED: _show("Lift the ban to let them in.", "Show the bans", HostList.BANS),
    HttpErrorCode.USERNAME_TAKEN: _account("They choose another name, or log in with this one."),
    HttpErrorCode.TOO_MANY_REQUESTS: _too_often,
    HttpErrorCode.UNAUTHORIZED: advice(
        "The program logs in, and sends the token in the header Authorization."
    ),
    HttpErrorCode.FORBIDDEN: _account("Give the account the role host, if it is to do this."),
    HttpErrorCode.INVALID_REQUEST: advice("The program sends another body: the answer names the field."),
    HttpErrorCode.NOT_FOUND: advice("Look for a typing error: /openapi.json has every path."),
    HttpErrorCode.METHOD_NOT_ALLOWED: advice("The header Allow of the answer has the methods."),
    HttpErrorCode.UNSUPPORTED_MEDIA_TYPE: advice("The program says Content-Type: application/json."),
    HttpErrorCode.PAYLOAD_TOO_LARGE: advice("What is long goes by WebSocket."),
    HttpErrorCode.BUSY: advice("The program tries again after Retry-After; the log says what is away."),
    HttpErrorCode.SERVER_ERROR: advice("This is a mistake of the server: the log has more."),
    HttpErrorCode.CONFLICT: advice("Somebody else changed it meanwhile: the program reads it again."),
}
"""By `code`. Codes that are the same on both sides are told by the row: a frame's has no HTTP message."""

FRAME_REFUSALS: dict[str, Refusal] = {
    ErrorCode.FORBIDDEN: _switch(
        "Let everyone write to everyone; nobody is disconnected.",
        "Let everyone write",
        "who_may_write",
        "everyone",
    ),
}
