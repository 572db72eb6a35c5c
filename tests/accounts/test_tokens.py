"""Tokens: what is accepted, and the first reason where it is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authws_desktop.accounts import tokens
from authws_desktop.accounts.errors import TokenRefused
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.protocol.codes import AuthReason

from .conftest import Clock

REMOVED = object()


@pytest.fixture
def good(clock: Clock) -> dict[str, Any]:
    """Claims that are accepted."""
    now = int(clock.now)
    return {"sub": "u1", "username": "ana", "iss": tokens.ISSUER, "iat": now, "exp": now + 60, "jti": "j1"}


def part(value: object) -> str:
    """Return one part of a token: JSON or bytes in base64url."""
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def sign(payload: object, secret: bytes, header: object = None) -> str:
    """Make a token by hand, signed with HMAC-SHA256 whatever its header says."""
    text = f"{part(header or {'typ': 'JWT', 'alg': 'HS256'})}.{part(payload)}"
    return f"{text}.{part(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def reason_of(token: str, keys: SigningKeys, clock: Clock) -> AuthReason:
    """Return why a token is refused."""
    with pytest.raises(TokenRefused) as refused:
        tokens.verify(token, keys, clock)
    assert refused.value.verdicts
    assert any(not verdict.is_good for verdict in refused.value.verdicts)
    return refused.value.reason


def test_an_issued_token_says_what_the_contract_says(keys: SigningKeys, clock: Clock) -> None:
    """The claims are those of PROTOCOL.md, readable by any JWT library with the secret."""
    token, expires_at = tokens.issue(
        keys.active, user_id="u1", username="Ana", jti="j1", now=clock.now, life_s=3600
    )
    payload = jwt.decode(
        token, keys.active.secret, ["HS256"], options={"verify_exp": False}, issuer=tokens.ISSUER
    )
    assert payload == {
        "sub": "u1", "username": "Ana", "iss": "authws-desktop", "iat": int(clock.now),
        "exp": expires_at, "jti": "j1",
    }  # fmt: skip
    assert 3600 <= expires_at - clock.now < 3601
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT", "kid": keys.active.id}


def test_an_issued_token_is_accepted(keys: SigningKeys, clock: Clock) -> None:
    """What was put in comes out, with the key that signed it."""
    token, expires_at = tokens.issue(
        keys.active, user_id="u", username="José", jti="j", now=clock.now, life_s=9
    )
    claims = tokens.verify(token, keys, clock)
    assert (claims.user_id, claims.username, claims.jti, claims.key_id) == ("u", "José", "j", keys.active.id)
    assert (claims.expires_at, claims.issued_at) == (expires_at, float(int(clock.now)))


def test_a_token_signed_elsewhere_with_the_secret_is_accepted(
    good: dict[str, Any], keys: SigningKeys, clock: Clock
) -> None:
    """No `kid` is needed, and claims nobody asked for do not matter."""
    claims = tokens.verify(
        sign({**good, "aud": "x", "nbf": 9e9, "iat": 9e9}, keys.active.secret), keys, clock
    )
    assert claims.user_id == "u1"


def test_a_short_secret_signs_without_a_warning(tmp_path: Path, good: dict[str, Any], clock: Clock) -> None:
    """PyJWT's warning about key length does not leak (warnings are errors here)."""
    keys = SigningKeys(tmp_path / "secret", override="short", now=clock)
    token, _ = tokens.issue(keys.active, user_id="u", username="a", jti="j", now=clock.now, life_s=9)
    assert tokens.verify(token, keys, clock).user_id == "u"
    assert tokens.verify(sign(good, b"short"), keys, clock).user_id == "u1"


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "None", "typ": "JWT"},
        {"alg": "HS384"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {"alg": "hs256"},
        {"alg": ["HS256"]},
        {"alg": {}},
        {"alg": None},
        {"typ": "JWT"},
        {"alg": "HS256", "crit": ["exp"], "exp": 1},
        {"alg": "HS256", "b64": False, "crit": ["b64"]},
        {"alg": "HS256", "kid": 7},
        ["HS256"],
        "HS256",
        b"not json",
        b"{" * 4000,
    ],
)
def test_any_header_but_hs256s_is_malformed(
    good: dict[str, Any], keys: SigningKeys, clock: Clock, header: object
) -> None:
    """`alg: none`, other algorithms and critical extensions are refused, however well signed."""
    assert reason_of(sign(good, keys.active.secret, header), keys, clock) is AuthReason.MALFORMED


def test_an_unsigned_token_is_malformed(good: dict[str, Any], keys: SigningKeys, clock: Clock) -> None:
    """The classic `alg: none` with an empty signature."""
    assert reason_of(f"{part({'alg': 'none'})}.{part(good)}.", keys, clock) is AuthReason.MALFORMED


def test_an_empty_signature_is_a_bad_one(good: dict[str, Any], keys: SigningKeys, clock: Clock) -> None:
    """HS256 without a signature is refused."""
    assert reason_of(f"{part({'alg': 'HS256'})}.{part(good)}.", keys, clock) is AuthReason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("claim", "value", "reason"),
    [
        ("sub", REMOVED, AuthReason.MALFORMED),
        ("sub", 7, AuthReason.MALFORMED),
        ("sub", None, AuthReason.MALFORMED),
        ("sub", "", AuthReason.MALFORMED),
        ("sub", ["u1"], AuthReason.MALFORMED),
        ("exp", REMOVED, AuthReason.MALFORMED),
        ("exp", "soon", AuthReason.MALFORMED),
        ("exp", True, AuthReason.MALFORMED),
        ("exp", float("nan"), AuthReason.MALFORMED),
        ("exp", float("inf"), AuthReason.MALFORMED),
        ("exp", 10**400, AuthReason.MALFORMED),
        ("exp", -(10**400), AuthReason.MALFORMED),
        ("exp", 0, AuthReason.EXPIRED),
        ("exp", -1.5, AuthReason.EXPIRED),
        ("exp", 1_700_000_000.25, AuthReason.EXPIRED),
        ("iss", REMOVED, AuthReason.WRONG_ISSUER),
        ("iss", "another", AuthReason.WRONG_ISSUER),
        ("iss", [tokens.ISSUER], AuthReason.WRONG_ISSUER),
    ],
)
def test_a_bad_claim_has_its_reason(
    good: dict[str, Any], keys: SigningKeys, clock: Clock, claim: str, value: object, reason: AuthReason
) -> None:
    """A well-signed token with one bad claim."""
    payload = {key: each for key, each in {**good, claim: value}.items() if each is not REMOVED}
    assert reason_of(sign(payload, keys.active.secret), keys, clock) is reason


@pytest.mark.parametrize("claim", ["jti", "username", "iat"])
@pytest.mark.parametrize("value", [REMOVED, 7, None, [], float("nan")])
def test_a_claim_that_needs_the_accounts_is_left_to_them(
    good: dict[str, Any], keys: SigningKeys, clock: Clock, claim: str, value: object
) -> None:
    """A missing `jti` is no live session, which only the accounts can say; the name is theirs anyway."""
    payload = {key: each for key, each in {**good, claim: value}.items() if each is not REMOVED}
    claims = tokens.verify(sign(payload, keys.active.secret), keys, clock)
    assert isinstance(claims.jti, str)
    assert isinstance(claims.username, str)


def test_the_first_reason_of_the_contract_counts(
    good: dict[str, Any], keys: SigningKeys, clock: Clock
) -> None:
    """Malformed goes before a bad signature, that before expiry, that before the issuer."""
    bad = {**good, "exp": 1, "iss": "another"}
    secret, other = keys.active.secret, b"x" * 32
    assert reason_of(sign({**bad, "sub": 7}, other), keys, clock) is AuthReason.MALFORMED
    assert reason_of(sign(bad, other), keys, clock) is AuthReason.BAD_SIGNATURE
    assert reason_of(sign(bad, secret), keys, clock) is AuthReason.EXPIRED
    assert reason_of(sign({**good, "iss": "another"}, secret), keys, clock) is AuthReason.WRONG_ISSUER


@pytest.mark.parametrize(
    "token",
    [
        "", ".", "..", "...", "a.b", "a.b.c", "a.b.c.d", "Bearer x", "\0", "\ud800", "é.é.é", " " * 100,
        "x" * 8193, "x" * 1_000_000, "." * 8000,
        f"{part({'alg': 'HS256'})}.{part(b'not json')}.AAAA",
        f"{part({'alg': 'HS256'})}.{part(b'[1]')}.AAAA",
        f"{part({'alg': 'HS256'})}.{part(b'[' * 3000)}.AAAA",
        f"{part({'alg': 'HS256'})}.{part(b'{' + b'1' * 5000)}.AAAA",
        f"{part({'alg': 'HS256'})}.{part(b'1' * 5000)}.AAAA",
        f"{part({'alg': 'HS256'})}.{part(bytes([255, 254]))}.AAAA",
        f"{part({'alg': 'HS256'})}.{part({})}.AAAA\n",
    ],
)  # fmt: skip
def test_garbage_is_malformed(keys: SigningKeys, clock: Clock, token: str) -> None:
    """Text that is no token at all, deep nesting and huge numbers among it."""
    assert reason_of(token, keys, clock) is AuthReason.MALFORMED


def test_a_token_may_have_8_kib_and_no_more(good: dict[str, Any], keys: SigningKeys, clock: Clock) -> None:
    """A token over 8 KiB is refused unread."""
    assert tokens.verify(sign({**good, "x": "y" * 5700}, keys.active.secret), keys, clock)
    assert reason_of(sign({**good, "x": "y" * 6200}, keys.active.secret), keys, clock) is AuthReason.MALFORMED


@pytest.mark.parametrize("index", [0, 1, 2])
def test_every_changed_part_is_noticed(keys: SigningKeys, clock: Clock, index: int) -> None:
    """Changing one character anywhere ends the token."""
    token, _ = tokens.issue(keys.active, user_id="u", username="a", jti="j", now=clock.now, life_s=9)
    parts = token.split(".")
    middle = len(parts[index]) // 2
    other = "A" if parts[index][middle] != "A" else "B"
    parts[index] = parts[index][:middle] + other + parts[index][middle + 1 :]
    assert reason_of(".".join(parts), keys, clock) in (AuthReason.MALFORMED, AuthReason.BAD_SIGNATURE)


def test_an_earlier_secret_is_accepted_until_its_time(keys: SigningKeys, clock: Clock) -> None:
    """After a rotation old tokens stay good, the verdict tells which secret signed, then it ends."""
    old = keys.active
    token, _ = tokens.issue(old, user_id="u", username="a", jti="j", now=clock.now, life_s=900)
    keys.rotate(keep_until=clock.now + 60)
    assert tokens.verify(token, keys, clock).key_id == old.id
    verdicts = tokens.examine(token, keys, clock.now).verdicts
    assert any(f"earlier secret that is still accepted ({old.id})" in verdict.text for verdict in verdicts)
    clock.advance(60)
    assert reason_of(token, keys, clock) is AuthReason.BAD_SIGNATURE


def test_a_kid_is_a_hint_only(good: dict[str, Any], keys: SigningKeys, clock: Clock) -> None:
    """A wrong `kid` does not keep a well-signed token from being accepted."""
    header = {"alg": "HS256", "kid": "../../etc/passwd"}
    assert tokens.verify(sign(good, keys.active.secret, header), keys, clock).key_id == keys.active.id


def test_an_examination_says_what_is_wrong_part_by_part(
    good: dict[str, Any], keys: SigningKeys, clock: Clock
) -> None:
    """Each claim has its verdict even when an earlier one is bad; nothing repeats token or secret."""
    token = sign({**good, "exp": int(clock.now) - 3600, "iss": "another"}, b"x" * 32)
    result = tokens.examine(token, keys, clock.now)
    assert result.payload["sub"] == "u1"
    assert result.claims is None
    assert [(v.claim, v.is_good) for v in result.verdicts] == [
        ("alg", True), ("signature", False), ("exp", False), ("iss", False)
    ]  # fmt: skip
    assert "Expired 1 h ago" in result.verdicts[2].text
    assert token not in str(result.verdicts)


def test_a_refusal_shows_no_token(keys: SigningKeys, clock: Clock) -> None:
    """The error's text and repr do not repeat what was presented."""
    with pytest.raises(TokenRefused) as refused:
        tokens.verify("secret.looking.token", keys, clock)
    assert "secret" not in repr(refused.value).replace("another secret", "")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda b: f"{part(b)}.{part(b)}.{part(b)}"))
)
def test_any_text_is_judged_without_an_error(keys: SigningKeys, clock: Clock, token: str) -> None:
    """Nothing but a refusal comes of random text."""
    reason_of(token, keys, clock)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(changes=st.dictionaries(st.sampled_from(["sub", "exp", "iss", "jti", "iat", "username"]), JSON))
def test_any_claims_are_judged_without_an_error(
    good: dict[str, Any], keys: SigningKeys, clock: Clock, changes: dict[str, Any]
) -> None:
    """Whatever JSON stands in well-signed claims: claims of the right types, or a refusal."""
    try:
        claims = tokens.verify(sign({**good, **changes}, keys.active.secret), keys, clock)
    except TokenRefused:
        assert changes
    else:
        assert claims.user_id
        assert claims.expires_at > clock.now
