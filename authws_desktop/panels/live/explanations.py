"""What is behind a row about something that went wrong: its cause, its remedy, and the act that helps.

No Qt. Everything said here is known to the program already: from the row itself, the rows before it, the
settings and the accounts.
"""

from __future__ import annotations

import difflib
import json
import re

import msgspec

from authws_desktop.panels.kit.escape import visible
from authws_desktop.panels.kit.words import ago_text, grouped
from authws_desktop.panels.live.record_text import named_recipient
from authws_desktop.panels.live.refusals import FRAME_REFUSALS, REFUSALS, Refusal, advice, raised
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
from authws_desktop.protocol.codes import CLOSE_TEXT, RECONNECT_TEXT, CloseCode, ErrorCode, HttpErrorCode
from authws_desktop.traffic.filter_checks import is_error
from authws_desktop.traffic.record import Kind, Record
from authws_desktop.traffic.ring import TrafficRing

MAX_LOOKED_AT = 20_000
"""How many rows are searched back for somebody's leaving: takes some milliseconds."""
NO_RATE = 0
_OTHERWISE = "The tabs below have what was asked and answered; docs/protocol.md lists every code."
_REMEDY = re.compile(r"To allow it: (AUTHWS_\w+)=(\S+) \(")
_ACCOUNT = re.compile(r"The account '(.+)'")
_LOST = 1006


def explain(record: Record, facts: Facts) -> Explanation | None:
    """Return what is behind a row; `None` for one about which there is nothing to explain."""
    if record.kind is Kind.DISCONNECT:
        return _closed(record, facts)
    if not is_error(record):
        return None
    if (allowed := _allow(record, facts)) is not None:
        return allowed
    if record.kind is Kind.SERVER:
        return Explanation(
            visible(record.detail), "The bar above offers what can be done, such as another port."
        )
    code = record.outcome.partition("/")[0]
    refusals = FRAME_REFUSALS if record.http is None else REFUSALS
    special = refusals.get(_http_code(record) or code) or _BY_CODE.get(code)
    found = special(record, facts) if special is not None else None
    return found or Explanation(visible(record.detail) or record.outcome, _OTHERWISE)


class _WithCode(msgspec.Struct):
    code: str = ""


def _http_code(record: Record) -> str:
    """Return the code in the body of an answer; empty for what is none."""
    body = "" if record.http is None else record.http.response.partition("\n\n")[2]
    try:
        return msgspec.json.decode(body, type=_WithCode).code
    except (msgspec.DecodeError, RecursionError):
        return ""


def _allow(record: Record, facts: Facts) -> Explanation | None:
    """Explain a page or name that the host could allow: the refusal names the ready setting."""
    remedy = _REMEDY.search(record.detail)
    if remedy is None:
        return None
    name = remedy[1].removeprefix("AUTHWS_").lower()
    entry = remedy[2].rpartition(",")[2]
    cause = visible(record.detail[: remedy.start()].strip()) or f"{visible(entry)} is not allowed."
    listed = getattr(facts.settings, name)
    if entry in listed:
        return Explanation(cause, "It is allowed by now.")
    label = "Allow this origin" if name == "allowed_origins" else "Allow this name"
    said = f"Allow {visible(entry)} from now on; nobody is disconnected."
    return Explanation(cause, said, label, ChangeSetting(name, [*listed, entry]))


def _token(record: Record, facts: Facts) -> Explanation:
    reason, verdicts = record.outcome.partition("/")[2], _verdicts(record)
    refused = next((str(each.get("text", "")) for each in verdicts if not each.get("is_good")), "")
    cause = f"{visible(record.detail)} {visible(refused)}".strip() if refused else visible(record.detail)
    named = (_ACCOUNT.search(str(each.get("text", ""))) for each in verdicts)
    username = next((found[1] for found in named if found), "")
    if reason in ("expired", "revoked", "unknown_token", "bad_signature") and username:
        return _renew(cause, username, facts)
    if reason in ("disabled", "banned") and username:
        said = f"Enable {visible(username)} or lift the ban to let them in."
        return Explanation(cause, said, "Open account", OpenAccount(username))
    said = {
        "malformed": "The client sends something else than the token that the login returned.",
        "not_yet_valid": "The clocks of the two computers differ: set them by the network.",
        "wrong_issuer": "The client has a token of another server: let it log in here.",
        "unknown_user": "The account was deleted: make it anew, or let the client log in as somebody else.",
    }.get(reason, "Let the client log in again and use the new token.")
    return Explanation(cause, said)


def _renew(cause: str, username: str, facts: Facts) -> Explanation:
    said = f"Let {visible(username)} log in again, or hand on a new token."
    if not facts.has_account(username):
        return Explanation(cause, said)
    return Explanation(cause, said, "New token and copy…", MakeToken(username))


def _verdicts(record: Record) -> list[dict[str, object]]:
    try:
        found = json.loads(record.claims or b"[]")
    except ValueError:
        return []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _nobody(record: Record, facts: Facts) -> Explanation | None:
    name = record.to[:200] or named_recipient(record.payload)
    if not name:
        return None
    left = _last_leaving(name, record, facts.ring)
    if left is not None:
        when = ago_text(left.time_s, facts.now_s)
        cause = f"{visible(name)} is not connected: left {when} with {left.outcome or 'no code'}."
        return Explanation(cause, "", f"Show {visible(name)}'s leaving", ShowRow(left.number))
    if facts.has_account(name):
        cause = f"{visible(name)} is not connected, and was not since the traffic is kept."
        return Explanation(cause, "", "Open account", OpenAccount(name))
    return Explanation(
        f"There is no user or connection “{visible(name)}”.", "Names are compared without regard to case."
    )


def _last_leaving(name: str, before: Record, ring: TrafficRing) -> Record | None:
    folded = name.casefold()
    lowest = max(ring.first_number, before.number - MAX_LOOKED_AT)
    for number in range(min(before.number, ring.last_number), lowest - 1, -1):
        record = ring.get(number)
        if record is not None and record.kind is Kind.DISCONNECT:
            identity = record.identity
            if folded in (identity.username.casefold(), identity.client_id.casefold()):
                return record
    return None


def _too_fast(record: Record, facts: Facts) -> Explanation:
    rate = facts.settings.message_rate
    cause = f"This client sends more than {grouped(rate)} messages a second; the frame was dropped."
    act = raised("message_rate", facts)
    if rate == NO_RATE or act is None:
        return Explanation(cause, "The client can wait as long as the error says.")
    said = f"The client waits as long as the error says, or you allow everyone {grouped(2 * rate)} a second."
    return Explanation(cause, said, "Raise the rate", act)


def _bad_message(record: Record, _facts: Facts) -> Explanation:
    cause = visible(record.detail)
    found = re.search(r'"type"\s*:\s*"([^"]{1,40})"', record.payload[:400].decode("utf-8", "replace"))
    near = difflib.get_close_matches(found[1], ("authenticate", "message", "direct"), 1) if found else []
    if near and found and near[0] != found[1]:
        return Explanation(cause, f"Did the program mean “{near[0]}”?")
    said = "A frame is a JSON object with a “type”: authenticate, message or direct."
    return Explanation(cause, said)


def _not_logged_in(record: Record, _facts: Facts) -> Explanation:
    said = "The program sends before it has the “authentication” frame: wait for it, then send."
    return Explanation(visible(record.detail), said)


def _wrong_password(record: Record, facts: Facts) -> Explanation | None:
    """Explain a refused login of a file that was written without its answer."""
    is_it = bool(record.identity.username) and "assword is wrong" in record.detail
    return REFUSALS[HttpErrorCode.INVALID_CREDENTIALS](record, facts) if is_it else None


def _closed(record: Record, facts: Facts) -> Explanation | None:
    code = record.outcome
    if not code.isdecimal() or int(code) in (1000, 1001, 1005):
        return None
    if int(code) == _LOST:
        cause = "The connection ended without a goodbye."
        return Explanation(cause, "Its network is gone, or its device sleeps, or its program was ended.")
    try:
        known = CloseCode(int(code))
    except ValueError:
        return None
    cause = f"{CLOSE_TEXT.get(known, record.detail or 'closed').capitalize()} ({code})."
    again = RECONNECT_TEXT.get(known, "")
    said = f"Should it connect again? {again.capitalize()}." if again else _FAULTS.get(known, "")
    username = record.identity.username
    if known is CloseCode.BANNED:
        return Explanation(cause, said, "Show the bans", OpenList(HostList.BANS))
    if known is CloseCode.TOKEN_EXPIRED and username and facts.has_account(username):
        return _renew(cause, username, facts)
    if (name := _LIMITS.get(known)) is not None and (act := raised(name, facts)) is not None:
        label, reach = _RAISE[name]
        return Explanation(cause, f"{said} {reach}".strip(), label, act)
    return Explanation(cause, said)


_FAULTS = {
    CloseCode.PROTOCOL_ERROR: "The program breaks the rules of WebSocket: let a library speak it.",
    CloseCode.INVALID_DATA: "The program sends text that is no UTF-8: let a library encode it.",
}
_LIMITS = {
    CloseCode.AUTH_TIMEOUT: "auth_deadline_s",
    CloseCode.MESSAGE_TOO_BIG: "max_message_bytes",
    CloseCode.TOO_SLOW: "max_buffer_bytes",
}
_RAISE = {
    "auth_deadline_s": (
        "Give twice the time",
        "Or give everyone twice the time to log in; nobody is disconnected.",
    ),
    "max_message_bytes": (
        "Raise the limit",
        "Or let everyone send frames twice as large; nobody is disconnected.",
    ),
    "max_buffer_bytes": (
        "Raise the limit",
        "Or let twice as much wait for who reads slowly; nobody is disconnected.",
    ),
}


_BY_CODE: dict[str, Refusal] = {
    str(ErrorCode.AUTH_ERROR): _token,
    str(ErrorCode.UNAUTHORIZED): _not_logged_in,
    str(ErrorCode.INVALID_RECIPIENT): _nobody,
    str(ErrorCode.INVALID_MESSAGE): _bad_message,
    str(ErrorCode.INVALID_MESSAGE_TYPE): _bad_message,
    str(ErrorCode.RATE_LIMIT_EXCEEDED): _too_fast,
    str(ErrorCode.MISSING_RECIPIENT): advice("A direct names its recipient in “to”: a user or a connection."),
    str(ErrorCode.UNAVAILABLE): advice(
        "The client sends it again after “retryAfterMs”; the log says what is away."
    ),
    str(ErrorCode.INBOX_FULL): advice("The recipient has to log in and fetch what waits."),
    str(ErrorCode.DELIVERY_EXPIRED): advice("Send it again when the recipient is there."),
    str(ErrorCode.RECIPIENT_UNREACHABLE): advice("The other node is away: the bar above says since when."),
    str(ErrorCode.DELIVERY_UNKNOWN): advice("Ask the recipient before it is sent a second time."),
    "401": _wrong_password,
}
