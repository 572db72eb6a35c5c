"""Tokens: what is accepted, and the first reason where it is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, Self

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authws_desktop.accounts import tokens
from authws_desktop.accounts.keys import SigningKeys
from authws_desktop.accounts.models import Claims, Examination
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


def examine(token: str, keys: SigningKeys, now: float) -> Examination:
    """Judge a token as the server does."""
    result = Examination()
    signature = tokens.read(token, result)
    if signature is not None:
        tokens.judge(result, token, signature, keys, now, lambda _jti: None)
    return result


def verify(token: str, keys: SigningKeys, clock: Clock) -> Claims:
    """Return what a token says that is accepted."""
    result = examine(token, keys, clock())
    assert result.reason is None, result.verdicts
    assert result.claims is not None
    assert all(verdict.is_good for verdict in result.verdicts)
    return result.claims


def reason_of(token: str, keys: SigningKeys, clock: Clock) -> AuthReason:
    """Return why a token is refused."""
    result = examine(token, keys, clock())
    assert any(not verdict.is_good for verdict in result.verdicts)
    assert result.reason is not None
    return result.reason


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
    claims = verify(token, keys, clock)
    assert (claims.user_id, claims.username, claims.jti, claims.key_id) == ("u", "José", "j", keys.active.id)
    assert (claims.expires_at, claims.issued_at) == (expires_at, float(int(clock.now)))


def test_a_token_signed_elsewhere_with_the_secret_is_accepted(
    good: dict[str, Any], keys: SigningKeys, clock: Clock
) -> None:
    """No `kid` is needed, claims nobody asked for do not matter, and a clock may be a minute ahead."""
    soon = clock.now + 59
    claims = verify(sign({**good, "x": "y", "nbf": soon, "iat": soon}, keys.active.secret), keys, clock)
    assert claims.user_id == "u1"


def test_a_short_secret_signs_without_a_warning(tmp_path: Path, good: dict[str, Any], clock: Clock) -> None:
    """PyJWT's warning about key length does not leak (warnings are errors here)."""
    keys = SigningKeys(tmp_path / "secret", override="short", now=clock)
    token, _ = tokens.issue(keys.active, user_id="u", username="a", jti="j", now=clock.now, life_s=9)
    assert verify(token, keys, clock).user_id == "u"
    assert verify(sign(good, b"short"), keys, clock).user_id == "u1"


@pytest.mark.parametrize(
    "header",
    [
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
def test_a_header_that_is_none_is_malformed(
    good: dict[str, Any], keys: SigningKeys, clock: Clock, header: object
) -> None:
    """What names no algorithm, and critical extensions, are refused, however well signed."""
    assert reason_of(sign(good, keys.active.secret, header), keys, clock) is AuthReason.MALFORMED


@pytest.mark.parametrize("algorithm", ["none", "None", "HS384", "HS512", "RS256", "hs256"])
def test_no_algorithm_but_hs256_counts(
    good: dict[str, Any], keys: SigningKeys, clock: Clock, algorithm: str
) -> None:
    """A valid token of another algorithm was not signed by this server, however well signed."""
    token = sign(good, keys.active.secret, {"alg": algorithm})
    assert reason_of(token, keys, clock) is AuthReason.BAD_SIGNATURE


def test_an_unsigned_token_is_not_ours(good: dict[str, Any], keys: SigningKeys, clock: Clock) -> None:
    """The classic `alg: none` with an empty signature."""
    assert reason_of(f"{part({'alg': 'none'})}.{part(good)}.", keys, clock) is AuthReason.BAD_SIGNATURE


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
        ("nbf", 1_700_000_061, AuthReason.NOT_YET_VALID),
        ("nbf", "later", AuthReason.MALFORMED),
        ("nbf", None, AuthReason.MALFORMED),
        ("nbf", float("nan"), AuthReason.MALFORMED),
        ("iat", 1_700_000_061, AuthReason.NOT_YET_VALID),
        ("iat", 9e99, AuthReason.NOT_YET_VALID),
        ("iat", [], AuthReason.MALFORMED),
        ("aud", "another", AuthReason.WRONG_AUDIENCE),
        ("aud", [], AuthReason.WRONG_AUDIENCE),
        ("aud", 7, AuthReason.WRONG_AUDIENCE),
        ("jti", 7, AuthReason.MALFORMED),
        ("jti", None, AuthReason.MALFORMED),
    ],
)
def test_a_bad_claim_has_its_reason(
    good: dict[str, Any], keys: SigningKeys, clock: Clock, claim: str, value: object, reason: AuthReason
) -> None:
    """A well-signed token with one bad claim."""
    payload = {key: each for key, each in {**good, claim: value}.items() if each is not REMOVED}
    assert reason_of(sign(payload, keys.active.secret), keys, clock) is reason


@pytest.mark.parametrize(
    ("claim", "value"),
    [("username", 7), ("username", None), ("username", REMOVED), ("jti", REMOVED), ("iat", REMOVED)],
)
def test_a_claim_that_needs_the_accounts_is_left_to_them(
    good: dict[str, Any], keys: SigningKeys, clock: Clock, claim: str, value: object
) -> None:
    """A missing `jti` is no live session, which only the accounts can say; the name is theirs anyway."""
    payload = {key: each for key, each in {**good, claim: value}.items() if each is not REMOVED}
    claims = verify(sign(payload, keys.active.secret), keys, clock)
    assert isinstance(claims.jti, str)
    assert isinstance(claims.username, str)


def test_the_first_reason_of_the_contract_counts(
    good: dict[str, Any], keys: SigningKeys, clock: Clock
) -> None:
    """A token of somebody else is that, whatever its claims are; a wrong type is told of a token of ours."""
    bad = {**good, "exp": 1, "nbf": 9e9, "iss": "another", "aud": "x", "sub": 7}
    secret = keys.active.secret
    reasons = [reason_of(sign(bad, b"x" * 32), keys, clock)]
    for claim in ("exp", "nbf", "iss", "aud", "sub"):
        reasons.append(reason_of(sign(bad, secret), keys, clock))
        bad = {**bad, claim: good[claim]} if claim in good else {k: v for k, v in bad.items() if k != claim}
    assert reasons == [
        AuthReason.BAD_SIGNATURE, AuthReason.EXPIRED, AuthReason.NOT_YET_VALID, AuthReason.WRONG_ISSUER,
        AuthReason.WRONG_AUDIENCE, AuthReason.MALFORMED,
    ]  # fmt: skip
    assert verify(sign(bad, secret), keys, clock)
    assert reason_of(sign({"user": "x"}, secret), keys, clock) is AuthReason.WRONG_ISSUER


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"exp": 1}, {"nbf": 1_700_000_061}, {"iat": 1_700_000_061}, {"iss": "x"}, {"aud": "x"}, {"sub": 7},
        {"jti": 7}, {"exp": "soon"}, {"nbf": []},
    ],
)  # fmt: skip
def test_pyjwt_judges_alike(
    good: dict[str, Any],
    keys: SigningKeys,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
) -> None:
    """What `jwt.decode` accepts is accepted, what it refuses is refused."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(clock.now, tz)

    monkeypatch.setattr("jwt.api_jwt.datetime", Then)
    token = sign({**good, **changes}, keys.active.secret)
    try:
        jwt.decode(token, keys.active.secret, ["HS256"], issuer=tokens.ISSUER)
        is_good = True
    except jwt.InvalidTokenError:
        is_good = False
    assert (examine(token, keys, clock()).reason is None) is is_good is (not changes)


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
    assert verify(sign({**good, "x": "y" * 5700}, keys.active.secret), keys, clock)
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
    assert verify(token, keys, clock).key_id == old.id
    verdicts = examine(token, keys, clock.now).verdicts
    assert any(f"earlier secret that is still accepted ({old.id})" in verdict.text for verdict in verdicts)
    clock.advance(60)
    assert reason_of(token, keys, clock) is AuthReason.BAD_SIGNATURE


def test_a_kid_is_a_hint_only(good: dict[str, Any], keys: SigningKeys, clock: Clock) -> None:
    """A wrong `kid` does not keep a well-signed token from being accepted."""
    header = {"alg": "HS256", "kid": "../../etc/passwd"}
    assert verify(sign(good, keys.active.secret, header), keys, clock).key_id == keys.active.id


def test_an_examination_says_what_is_wrong_part_by_part(
    good: dict[str, Any], keys: SigningKeys, clock: Clock
) -> None:
    """Each claim has its verdict even when an earlier one is bad; nothing repeats token or secret."""
    token = sign({**good, "exp": int(clock.now) - 3600, "iss": "another"}, b"x" * 32)
    result = examine(token, keys, clock.now)
    assert result.payload["sub"] == "u1"
    assert result.claims is None
    assert [(v.claim, v.is_good) for v in result.verdicts] == [
        ("alg", True), ("signature", False), ("exp", False), ("iat", True), ("iss", False)
    ]  # fmt: skip
    assert "Expired 1 h ago" in result.verdicts[2].text
    assert token not in str(result.verdicts)


def test_a_refusal_shows_no_token(keys: SigningKeys, clock: Clock) -> None:
    """What is logged by accident does not repeat what was presented."""
    result = examine("secret.looking.token", keys, clock())
    assert "secret" not in repr(result)


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
@given(
    changes=st.dictionaries(
        st.sampled_from(["sub", "exp", "nbf", "aud", "iss", "jti", "iat", "username"]), JSON
    )
)
def test_any_claims_are_judged_without_an_error(
    good: dict[str, Any], keys: SigningKeys, clock: Clock, changes: dict[str, Any]
) -> None:
    """Whatever JSON stands in well-signed claims: claims of the right types, or a refusal."""
    result = examine(sign({**good, **changes}, keys.active.secret), keys, clock())
    if result.reason is not None:
        assert changes
    else:
        assert result.claims is not None
        assert isinstance(result.claims.jti, str)
        assert result.claims.user_id
        assert result.claims.expires_at > clock.now
