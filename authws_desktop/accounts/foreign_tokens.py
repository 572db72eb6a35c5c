"""Tokens that the host's own backend issues: how they are checked, and whom they log in.

Rules:

1. A token that names this program as its issuer is ours, whatever the setting says; every other one is
   foreign.
2. Without a place of keys it is signed with HS256 under the same secret; with one, by RS256, ES256 or EdDSA
   under a key from there, and by nothing else.
3. `exp`, `nbf` and `iat` are judged as ours. `exp` may be missing: then the connection lasts as long as a
   token of ours. Issuer and audience are the backend's own affair: who has its key is trusted.
4. The name is the first that is there of `NAME_CLAIMS`. An account of this name is who logs in; if there is
   none, nobody (`known`) or a visitor of that name, who has no account and leaves no trace (`anyone`).
5. Such a token gives nobody the rights of a host: display names can be chosen freely in many backends.
6. Whom the setting no longer lets in is disconnected: a door that is closed is closed for those inside, too.
"""

from __future__ import annotations

import dataclasses
import hashlib
import uuid
from collections import OrderedDict
from typing import Any

from jwt.algorithms import get_default_algorithms

from authws_desktop.accounts import names, tokens
from authws_desktop.accounts.errors import InvalidField
from authws_desktop.accounts.foreign_keys import ForeignKeys
from authws_desktop.accounts.ledger import Ledger
from authws_desktop.accounts.models import (
    Account,
    Claims,
    EndedTokens,
    EndReason,
    Examination,
    Role,
    Session,
)
from authws_desktop.protocol.codes import AuthReason
from authws_desktop.settings import CurrentSettings

NAME_CLAIMS = ("username", "preferred_username", "name", "email", "sub", "id", "userId")
MAX_VISITORS = 10_000
"""Visitors whose names are remembered, so that the host can ban them."""
MAX_SEEN = 100_000
"""Tokens whose connections end with the secret that signed them; there are no more connections."""
ID_PREFIX = "foreign-"
"""Of the ids of their sessions, which are in no database."""
_VISITORS = uuid.UUID("5e0f3a1c-6a37-4b52-9a0c-0b5d1f3c9a71")
_ALGORITHMS = get_default_algorithms()


class ForeignTokens:
    """Judges foreign tokens, by the settings in force.

    Args:
        ledger: Tells which accounts there are.
        settings: Whether such tokens count.
        keys: The public keys of the other issuer.
    """

    def __init__(self, ledger: Ledger, settings: CurrentSettings, keys: ForeignKeys) -> None:
        self._ledger = ledger
        self._settings = settings
        self._keys = keys
        self._visitors: OrderedDict[str, Account] = OrderedDict()
        self._seen: OrderedDict[str, Session] = OrderedDict()
        ledger.observe_dropped_keys(self._on_keys_dropped)

    def concerns(self, result: Examination) -> bool:
        """Tell whether a token that was read is to be judged here (rule 1)."""
        is_ours = result.payload.get("iss") == tokens.ISSUER
        return self._settings.values.foreign_tokens != "off" and not is_ours

    def visitor(self, user_id: str) -> Account | None:
        """Return the visitor with this id, who has no account; `None` if there is none."""
        return self._visitors.get(user_id)

    def judge(self, result: Examination, token: str, signature: bytes) -> Account | None:
        """Judge a token that was read.

        Args:
            result: Takes the verdicts.
            token: The token.
            signature: Its signature.

        Returns:
            Who logs in with it; `None` if nobody.
        """
        now = self._ledger.now()
        key_id = self._judge_signature(result, token, signature)
        tokens.judge_times(result, now, needs_expiry=False)
        if isinstance(issuer := result.payload.get("iss"), str):
            result.accept("iss", f"Issued by '{names.clean_label(issuer)}', whose tokens you let in.")
        account = self._judge_name(result)
        if key_id is None or account is None:
            return None
        expires_at = tokens.numeric_date(result.payload.get("exp"))
        result.claims = Claims(
            account.id,
            account.username,
            # Many issuers give no `jti`. A digest, as this id is shown and recorded, which a token must never
            # be.
            ID_PREFIX + hashlib.sha256(token.encode("ascii")).hexdigest()[:32],
            tokens.numeric_date(result.payload.get("iat")),
            now + self._settings.values.token_life_s if expires_at is None else expires_at,
            key_id,
        )
        return account

    def session_of(self, claims: Claims, address: str, app: str) -> Session:
        """Return the session of a connection with such a token; it is in no database."""
        now = self._ledger.now()
        begun = now if claims.issued_at is None else claims.issued_at
        session = Session(
            claims.jti, claims.user_id, begun, claims.expires_at, now, address, app, claims.key_id
        )
        self._seen[session.jti] = session
        self._seen.move_to_end(session.jti)
        # Bounded: such tokens are made elsewhere, in any number.
        while len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)
        return session

    def follow_setting(self) -> None:
        """End the sessions that the setting no longer lets in (rule 6)."""
        mode = self._settings.values.foreign_tokens
        if mode == "anyone" or not self._seen:
            return
        accounts = self._ledger.mirror.accounts
        gone = [each for each in self._seen.values() if mode == "off" or each.user_id not in accounts]
        for session in gone:
            del self._seen[session.jti]
        self._ledger.announce_ended(
            [EndedTokens(each.user_id, frozenset({each.jti}), EndReason.REVOKED) for each in gone]
        )

    def _on_keys_dropped(self, key_ids: frozenset[str]) -> list[EndedTokens]:
        """Return the tokens that end with a secret that both servers shared."""
        gone = [session for session in self._seen.values() if session.key_id in key_ids]
        for session in gone:
            del self._seen[session.jti]
        return [EndedTokens(each.user_id, frozenset({each.jti}), EndReason.SECRET_CHANGED) for each in gone]

    def _judge_signature(self, result: Examination, token: str, signature: bytes) -> str | None:
        """Return the id of the key that signed; `None` if none did (rule 2)."""
        if not self._settings.values.foreign_keys:
            key = tokens.judge_signature(result, token, signature, self._ledger.keys)
            return None if key is None else key.id
        algorithm, key_id = result.header["alg"], result.header.get("kid")
        signed = token.rpartition(".")[0].encode("ascii")
        for public in self._keys.candidates(key_id, algorithm):
            if _is_signed(signed, public.algorithm, public.key, signature):
                result.accept("signature", f"Signed with {algorithm} by a key of your backend.")
                return public.id or "foreign"
        text = self._keys.trouble or "Signed by none of the keys of your backend."
        result.refuse("signature", AuthReason.BAD_SIGNATURE, text)
        return None

    def _judge_name(self, result: Examination) -> Account | None:
        """Return the account or visitor that the token names (rule 4); `None` if it counts for nobody."""
        claim, name = _name_in(result.payload)
        if not claim:
            result.refuse("username", AuthReason.UNKNOWN_USER, "The token names no user.")
            return None
        account = self._ledger.mirror.find(names.lookup_key(name))
        if account is None and self._settings.values.foreign_tokens == "anyone":
            return self._welcome(result, claim, name)
        if account is None:
            result.refuse(claim, AuthReason.UNKNOWN_USER, "There is no account of this name.")
            return None
        if account.role is Role.GUEST:
            text = f"'{account.username}' is a guest here, who has no account."
            result.refuse(claim, AuthReason.UNKNOWN_USER, text)
            return None
        if account.is_disabled:
            result.refuse(claim, AuthReason.DISABLED, f"The account '{account.username}' is disabled.")
            return None
        result.accept(claim, f"The account '{account.username}'.")
        return dataclasses.replace(account, role=Role.MEMBER)  # rule 5

    def _welcome(self, result: Examination, claim: str, name: str) -> Account | None:
        try:
            key = names.check_username(name)
        except InvalidField as error:
            result.refuse(claim, AuthReason.UNKNOWN_USER, error.message)
            return None
        result.accept(claim, "A visitor, who has no account here.")
        # The same name is the same visitor, so that a ban holds for the next token too.
        user_id = str(uuid.uuid5(_VISITORS, key))
        account = self._visitors.get(user_id) or Account(
            user_id, name, Role.MEMBER, self._ledger.now(), None, False
        )
        # Remembered only if the token is good: strangers must not push visitors out with forged ones.
        if result.reason is None:
            self._visitors[user_id] = account
            self._visitors.move_to_end(user_id)
            while len(self._visitors) > MAX_VISITORS:
                self._visitors.popitem(last=False)
        return account


def _name_in(payload: dict[str, Any]) -> tuple[str, str]:
    """Return the claim that names the user, and the name; empty if there is none."""
    for claim in NAME_CLAIMS:
        value = payload.get(claim)
        # Numeric ids are common in `sub` and `id`; a boolean is an integer to Python.
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return claim, value.strip()
    return "", ""


def _is_signed(signed: bytes, algorithm: str, key: Any, signature: bytes) -> bool:
    try:
        return bool(_ALGORITHMS[algorithm].verify(signed, key, signature))
    except (ValueError, TypeError):  # a signature of the wrong form
        return False
