"""May this one come in? One place that is asked, by HTTP requests and by handshakes alike.

Asked in this order: is the `Host` this server's, is the address banned, may the page's `Origin` connect; and
once there is a token or a login: may this user. The answer is a `Refusal`, or `None`.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.models import Account
from authws_desktop.admission.access import is_host_allowed, is_origin_allowed
from authws_desktop.admission.bans import Ban, BanList, own_addresses_now
from authws_desktop.admission.refusal import Refusal
from authws_desktop.admission.visitor import AllOf, Visitor, visitor_of
from authws_desktop.authority import (
    PatternError,
    host_pattern,
    origin_pattern,
    parse_authority,
)
from authws_desktop.protocol import failures as fail
from authws_desktop.settings import SETTING_INFOS, CurrentSettings

log = logging.getLogger(__name__)
_TOLD_AT_MOST = 200  # refusals, by their text
_SHOWN_CHARS = 120


class Admission:
    """Judges requests, pages and users by the settings and bans in force. Used on the loop only.

    Args:
        settings: In force.
        bans: The bans of users and addresses.
        accounts: Asks at each login whose password was right.
    """

    def __init__(self, settings: CurrentSettings, bans: BanList, accounts: Accounts) -> None:
        self._settings = settings
        self._bans = bans
        # What the log has told already: whoever is refused tries again, every few seconds.
        self._told: OrderedDict[str, None] = OrderedDict()
        # Accounts know nothing of bans; they ask whoever is set here once the password was right, so that a
        # ban tells nothing about an account to whoever guesses.
        accounts.logins.admit = self._admit_login

    def visitor(self, peer: str, is_secure: bool, all_of: AllOf) -> Visitor:
        """Return who asks: the peer, or whom a trusted proxy speaks for.

        Args:
            peer: The address at the other end of the socket.
            is_secure: Whether the connection has TLS.
            all_of: The request's headers.
        """
        return visitor_of(peer, is_secure, all_of, self._settings.values.trusted_proxies)

    def refuse_request(self, visitor: Visitor) -> Refusal | None:
        """Say whether a request may be answered at all."""
        # RFC 9112, 3.2: 400 for none or several; a proxy in front might have judged another one than this.
        if len(visitor.hosts) != 1:
            return Refusal(fail.INVALID_REQUEST, "A request has exactly one 'Host' header.")
        if not is_host_allowed(visitor.host, self._settings.values.known_hosts):
            return self._tell(visitor, self._wrong_host(visitor.host))
        ban = self._bans.of_address(visitor.address)
        return None if ban is None else _banned(ban)

    def refuse_page(self, visitor: Visitor) -> Refusal | None:
        """Say whether a page of the visitor's origin may connect or read answers; its `Host` is right."""
        values = self._settings.values
        if is_origin_allowed(
            visitor.origin, visitor.host, values.allowed_origins, values.known_hosts, own_addresses_now
        ):
            return None
        return self._tell(visitor, self._wrong_origin(visitor.origin))

    def refuse_user(self, user_id: str) -> Refusal | None:
        """Say whether a user may come in whose token or password is right."""
        ban = self._bans.of_user(user_id)
        return None if ban is None else _banned(ban)

    def _admit_login(self, account: Account) -> None:
        """Refuse the login of a banned user; its password was right."""
        if (refusal := self.refuse_user(account.id)) is not None:
            raise refusal.as_error()

    # What is said

    def _wrong_host(self, host: str) -> Refusal:
        found = parse_authority(host)
        remedy = _remedy("allowed_hosts", self._settings.values.allowed_hosts, found.host if found else "")
        sentence = (
            f"This server is not known as '{_shown(host)}'. Use its address, or have the host list this name."
        )
        return Refusal(fail.MISDIRECTED_HOST, sentence, remedy)

    def _wrong_origin(self, origin: str) -> Refusal:
        remedy = _remedy("allowed_origins", self._settings.values.allowed_origins, origin)
        sentence = f"Pages of {_shown(origin)} may not connect. The host can allow this origin."
        return Refusal(fail.FORBIDDEN_ORIGIN, sentence, remedy)

    def _tell(self, visitor: Visitor, refusal: Refusal) -> Refusal:
        """Log a refusal that the host could undo, the first time that it comes."""
        if refusal.detail not in self._told:
            log.warning("Refused %s: %s", visitor.address, refusal.detail)
            self._told[refusal.detail] = None
            # Bounded, for strangers choose what is told; the oldest may be told again.
            if len(self._told) > _TOLD_AT_MOST:
                self._told.popitem(last=False)
        return refusal


def _banned(ban: Ban) -> Refusal:
    return Refusal(fail.BANNED, ban.sentence, close_reason=ban.close_reason)


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def _remedy(name: str, listed: Sequence[str], entry: str) -> str:
    """Return the ready setting that would allow an entry; empty if nothing could."""
    info = SETTING_INFOS[name]
    try:
        (origin_pattern if name == "allowed_origins" else host_pattern)(entry)
    except PatternError:
        return ""
    whole = ",".join([*listed, entry])
    return f"To allow it: {info.env_names[0]}={whole} (Settings, {info.group}, {info.label})."
