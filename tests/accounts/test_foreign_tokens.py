"""The numbered rules of tokens of one's own backend."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.errors import KeysError, TokenRefused
from authws_desktop.accounts.foreign_keys import MAX_BYTES, RETRY_EVERY_S, ForeignKeys, parse_keys
from authws_desktop.accounts.models import Account, EndedTokens, EndReason, Role
from authws_desktop.protocol.codes import AuthReason
from tests.own_clients import PASSWORD, HttpClient, eventually, running_service, ws_client

from .conftest import Clock, choose

SECRET = "the secret that both servers share, long enough"
RSA, OTHER_RSA = (rsa.generate_private_key(65537, 2048) for _ in range(2))
EC, ED = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
BY_ALGORITHM: dict[str, Any] = {"RS256": RSA, "ES256": EC, "EdDSA": ED}


def pem(key: Any) -> bytes:
    """Return a public key as a file holds it."""
    public = key.public_key()
    return bytes(
        public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def jwk(key: Any, kid: str, **more: str) -> dict[str, Any]:
    """Return a public key as a key set holds it."""
    kinds: dict[Any, Any] = {rsa.RSAPrivateKey: RSAAlgorithm, ec.EllipticCurvePrivateKey: ECAlgorithm}
    maker = next((made for kind, made in kinds.items() if isinstance(key, kind)), OKPAlgorithm)
    return {**json.loads(maker.to_jwk(key.public_key())), "kid": kid, **more}


def jwks(*keys: dict[str, Any]) -> bytes:
    """Return a key set."""
    return json.dumps({"keys": keys}).encode()


@pytest.fixture
async def accounts(open_accounts: Any) -> Accounts:
    """Accounts with a secret from outside, that let in who has an account."""
    accounts: Accounts = await open_accounts(override=SECRET)
    choose(accounts, foreign_tokens="known")
    return accounts


@pytest.fixture
async def ana(accounts: Accounts) -> Account:
    """A host."""
    return await accounts.administration.create("Ana", PASSWORD, Role.HOST)


def signed(clock: Clock, *, key: Any = SECRET, algorithm: str = "HS256", kid: str = "", **claims: Any) -> str:
    """Return a token of another issuer, of Ana unless told otherwise."""
    payload = {"iss": "backend", "username": "ana", "exp": clock.now + 60, **claims}
    kept = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(kept, key, algorithm, {"kid": kid} if kid else None)


def reason_of(accounts: Accounts, token: str) -> AuthReason | None:
    """Return why a token is refused; `None` if it is not."""
    try:
        accounts.sessions.check(token)
    except TokenRefused as refused:
        return refused.reason
    return None


async def test_off_is_off(accounts: Accounts, ana: Account, clock: Clock) -> None:
    """By default another issuer's token is just that."""
    assert reason_of(accounts, signed(clock)) is None
    choose(accounts, foreign_tokens="off")
    assert reason_of(accounts, signed(clock)) is AuthReason.WRONG_ISSUER
    assert reason_of(accounts, signed(clock, iss=None)) is AuthReason.WRONG_ISSUER


async def test_rule_1_ours_is_ours(accounts: Accounts, ana: Account, clock: Clock) -> None:
    """Who names us as the issuer needs a session of ours."""
    choose(accounts, foreign_tokens="anyone")
    token = signed(clock, iss="authws-desktop", sub=ana.id)
    assert reason_of(accounts, token) is AuthReason.UNKNOWN_TOKEN
    issued = await accounts.sessions.issue(ana.id, 60)
    assert accounts.sessions.check(issued.token).account.role is Role.HOST


async def test_rule_2_the_same_secret(accounts: Accounts, ana: Account, clock: Clock) -> None:
    """HS256 under it, nothing else, and no keys of a key set."""
    assert (
        reason_of(accounts, signed(clock, key="another secret, which is long enough"))
        is AuthReason.BAD_SIGNATURE
    )
    for algorithm, key in BY_ALGORITHM.items():
        assert reason_of(accounts, signed(clock, key=key, algorithm=algorithm)) is AuthReason.BAD_SIGNATURE
    assert reason_of(accounts, jwt.encode({"username": "ana"}, "", "none")) is AuthReason.BAD_SIGNATURE


@pytest.mark.parametrize("algorithm", BY_ALGORITHM)
@pytest.mark.parametrize("form", ["pem", "jwks", "one jwk"])
async def test_rule_2_public_keys(
    accounts: Accounts, ana: Account, clock: Clock, tmp_path: Path, algorithm: str, form: str
) -> None:
    """Each algorithm, from PEM and from a key set; the secret does not sign then, nor does the key's text."""
    key = BY_ALGORITHM[algorithm]
    file = tmp_path / "keys"
    file.write_bytes(
        {"pem": pem(key), "jwks": jwks(jwk(key, "1")), "one jwk": json.dumps(jwk(key, "1")).encode()}[form]
    )
    choose(accounts, foreign_keys=str(file))
    await accounts.poll_changes()
    assert accounts.troubles == []
    assert reason_of(accounts, signed(clock, key=key, algorithm=algorithm)) is None
    kid = "" if form == "pem" else "1"
    assert reason_of(accounts, signed(clock, key=key, algorithm=algorithm, kid=kid)) is None
    assert reason_of(accounts, signed(clock)) is AuthReason.BAD_SIGNATURE
    assert reason_of(accounts, signed(clock, key=OTHER_RSA, algorithm="RS256")) is AuthReason.BAD_SIGNATURE
    head, body, _ = signed(clock).split(".")
    forged = jwt.api_jws.PyJWS(["HS256"])
    token = forged.encode(jwt.utils.base64url_decode(body), b"x" * 32, "HS256")
    assert reason_of(accounts, token) is AuthReason.BAD_SIGNATURE
    assert reason_of(accounts, f"{head}.{body}.AAAA") is AuthReason.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": 1}, AuthReason.EXPIRED),
        ({"exp": "soon"}, AuthReason.MALFORMED),
        ({"nbf": 1_700_000_100}, AuthReason.NOT_YET_VALID),
        ({"iat": 1_700_000_100}, AuthReason.NOT_YET_VALID),
        ({"aud": "app", "iss": None, "sub": "7", "jti": "x"}, None),
        ({"username": "bob"}, AuthReason.UNKNOWN_USER),
        ({"username": None}, AuthReason.UNKNOWN_USER),
    ],
)
async def test_rule_3_times_are_judged(
    accounts: Accounts, ana: Account, clock: Clock, claims: dict[str, Any], reason: AuthReason | None
) -> None:
    """As those of our own tokens; issuer and audience are the backend's affair."""
    assert reason_of(accounts, signed(clock, **claims)) is reason


async def test_rule_3_without_an_expiry_it_lasts_as_ours(
    accounts: Accounts, ana: Account, clock: Clock
) -> None:
    """What jsonwebtoken makes without options."""
    checked = accounts.sessions.check(signed(clock, exp=None))
    assert checked.expires_at == clock.now + 86_400
    assert accounts.sessions.of(ana.id) == []


@pytest.mark.parametrize(
    "claims",
    [
        {"username": "ana", "name": "bob"},
        {"username": None, "preferred_username": "ANA", "name": "bob"},
        {"username": "  ", "name": "Ana"},
        {"username": 7.5, "email": "ana"},
        {"username": None, "sub": "ana", "id": 5},
        {"username": None, "sub": "", "id": "ana"},
        {"username": None, "userId": "ana"},
    ],
)
async def test_rule_4_the_first_name_that_is_there(
    accounts: Accounts, ana: Account, clock: Clock, claims: dict[str, Any]
) -> None:
    """In the order of the contract."""
    assert accounts.sessions.check(signed(clock, **claims)).account.id == ana.id


async def test_rule_4_a_number_is_a_name(accounts: Accounts, clock: Clock) -> None:
    """Of the id columns of many tables."""
    user = await accounts.administration.create("42", PASSWORD)
    assert accounts.sessions.check(signed(clock, username=None, id=42)).account.id == user.id


async def test_rule_4_anyone_is_a_visitor(accounts: Accounts, ana: Account, clock: Clock) -> None:
    """Same name, same visitor; nothing is stored; the host can ban them; a bad name is none."""
    choose(accounts, foreign_tokens="anyone")
    assert accounts.sessions.check(signed(clock)).account.id == ana.id
    one = accounts.sessions.check(signed(clock, username="Zoé")).account
    two = accounts.sessions.check(signed(clock, username="ZOÉ", jti="2")).account
    assert (one.id, one.username, one.role) == (two.id, two.username, Role.MEMBER)
    assert accounts.get(one.id) == one
    assert [each.username for each in accounts.users()] == ["Ana"]
    for name in ("x", "a\u202eb", "admin"):
        assert reason_of(accounts, signed(clock, username=name)) is AuthReason.UNKNOWN_USER
    choose(accounts, foreign_tokens="known")
    assert reason_of(accounts, signed(clock, username="Zoé")) is AuthReason.UNKNOWN_USER


async def test_rule_5_nobody_becomes_a_host(accounts: Accounts, ana: Account, clock: Clock) -> None:
    """Display names can be chosen freely; the account itself keeps its role, and being disabled counts."""
    assert accounts.sessions.check(signed(clock)).account.role is Role.MEMBER
    assert ana.role is Role.HOST
    await accounts.administration.set_disabled(ana.id, True)
    assert reason_of(accounts, signed(clock)) is AuthReason.DISABLED


async def test_only_their_issuer_renews_and_ends_them(accounts: Accounts, ana: Account, clock: Clock) -> None:
    """A refresh would make a token of ours of a token of theirs."""
    checked = accounts.sessions.check(signed(clock))
    for act in (accounts.sessions.refresh(checked), accounts.sessions.logout(checked)):
        with pytest.raises(TokenRefused) as refused:
            await act
        assert refused.value.reason is AuthReason.WRONG_ISSUER


async def test_they_end_with_the_secret(open_accounts: Any, clock: Clock) -> None:
    """Who changes a secret that leaked disconnects everybody who came in by it."""
    accounts: Accounts = await open_accounts()
    choose(accounts, foreign_tokens="anyone")
    ended: list[EndedTokens] = []
    accounts.observe_ended(ended.append)
    secret = accounts.keys.active.secret.decode()
    checked = accounts.sessions.check(signed(clock, key=secret, username="Zoé"))
    await accounts.administration.rotate_secret(keep=True)
    assert ended == []
    await accounts.administration.rotate_secret(keep=False)
    jtis = frozenset({checked.session.jti})
    assert ended == [EndedTokens(checked.account.id, jtis, EndReason.SECRET_CHANGED)]
    assert reason_of(accounts, signed(clock, key=secret)) is AuthReason.BAD_SIGNATURE


async def test_rule_6_they_end_with_the_setting(accounts: Accounts, ana: Account, clock: Clock) -> None:
    """Visitors go when only accounts may come in, and all when nobody may."""
    choose(accounts, foreign_tokens="anyone")
    ended: list[EndedTokens] = []
    accounts.observe_ended(ended.append)
    visitor = accounts.sessions.check(signed(clock, username="Zoé"))
    known = accounts.sessions.check(signed(clock))
    await accounts.poll_changes()
    assert ended == []
    choose(accounts, foreign_tokens="known")
    for _ in range(2):  # the second time there is nobody left to be told
        await accounts.poll_changes()
        assert ended == [EndedTokens(visitor.account.id, frozenset({visitor.session.jti}), EndReason.REVOKED)]
    choose(accounts, foreign_tokens="off")
    await accounts.poll_changes()
    assert ended[1:] == [EndedTokens(ana.id, frozenset({known.session.jti}), EndReason.REVOKED)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "neither PEM nor"),
        (b"<html>", "neither PEM nor"),
        (b"[" * 100_000, "neither PEM nor"),
        (b'{"keys": 7}', "neither PEM nor"),
        (b'{"keys": [7]}', "neither PEM nor"),
        (b'{"keys": []}', "no public key"),
        (b'{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}', "no public key"),
        (b'{"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}', "no public key"),
        (jwks(jwk(RSA, "1", use="enc")), "no public key"),
        (jwks(jwk(RSA, "1", alg="RS512")), "no public key"),
        (jwks(jwk(ec.generate_private_key(ec.SECP384R1()), "1")), "no public key"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "damaged"),
        (b"-----BEGIN PRIVATE KEY-----\n", "private key"),
        (b" " * (MAX_BYTES + 1), "256 KiB"),
    ],
)
def test_what_is_no_set_of_keys_is_refused(content: bytes, says: str) -> None:
    """With a sentence; nothing of it is taken over."""
    with pytest.raises(KeysError, match=says):
        parse_keys(content)


def test_one_bad_key_does_not_take_the_others_with_it() -> None:
    """Kinds that are not used and damaged ones are left out."""
    content = jwks({"kty": "RSA", "n": "?"}, jwk(ED, "ed"), {"kty": "oct", "k": "AA"}, jwk(RSA, "rsa"))
    assert [(key.id, key.algorithm) for key in parse_keys(content)] == [("ed", "EdDSA"), ("rsa", "RS256")]
    assert len(parse_keys(pem(RSA) + pem(ED))) == 2


async def test_a_file_is_followed(tmp_path: Path) -> None:
    """Another content counts; one that makes no sense, or that is gone, leaves the old keys in force."""
    keys, file = ForeignKeys(), tmp_path / "keys.json"
    await keys.follow(str(file))
    assert "cannot be read" in keys.trouble
    assert "refused until" in keys.trouble
    file.write_bytes(jwks(jwk(RSA, "1")))
    await keys.follow(str(file))
    assert (keys.trouble, [key.id for key in keys.candidates("1", "RS256")]) == ("", ["1"])
    file.write_bytes(b"garbage")
    await keys.follow(str(file))
    assert "stay in force" in keys.trouble
    assert [key.id for key in keys.candidates("1", "RS256")] == ["1"]
    file.write_bytes(jwks(jwk(RSA, "2")))
    await keys.follow(str(file))
    assert keys.candidates("1", "RS256") == []
    assert [key.id for key in keys.candidates("2", "RS256")] == ["2"]
    assert keys.candidates("2", "ES256") == []
    await keys.follow("")
    assert keys.candidates("2", "RS256") == []


class Backend:
    """A server of keys that can be as bad as wished."""

    def __init__(self) -> None:
        self.content = b""
        self.status = 200
        self.asked = 0
        self.hangs = asyncio.Event()
        self.hangs.set()

    async def answer(self, _request: web.Request) -> web.Response:
        """Answer with what there is."""
        self.asked += 1
        await self.hangs.wait()
        return web.Response(body=self.content, status=self.status)


@asynccontextmanager
async def serving(backend: Backend) -> AsyncIterator[str]:
    """Serve the keys; yields where."""
    app = web.Application()
    app.router.add_get("/jwks", backend.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/jwks"
    backend.hangs.set()
    await runner.cleanup()


async def followed(keys: ForeignKeys, url: str) -> None:
    """Follow, and wait for what that began."""
    await keys.follow(url)
    if keys._fetching is not None:
        await asyncio.wait([keys._fetching])


async def test_a_url_is_fetched_cached_and_rotated() -> None:
    """Ten minutes long; a key that is not known brings the next look forward, but no more than one a half minute."""
    clock, backend = Clock(), Backend()
    keys = ForeignKeys(clock)
    backend.content = jwks(jwk(RSA, "1"))
    async with serving(backend) as url:
        for _ in range(5):
            await followed(keys, url)
        assert (backend.asked, len(keys.candidates("1", "RS256"))) == (1, 1)
        backend.content = jwks(jwk(OTHER_RSA, "2"))
        for _ in range(100):
            assert keys.candidates("2", "RS256") == []
            await followed(keys, url)
        assert backend.asked == 1
        clock.advance(RETRY_EVERY_S)
        await followed(keys, url)
        assert (backend.asked, len(keys.candidates("2", "RS256"))) == (2, 1)
        clock.advance(599)
        await followed(keys, url)
        clock.advance(1)
        await followed(keys, url)
        assert backend.asked == 3
        await keys.close()


@pytest.mark.parametrize("fault", ["away", "error", "huge", "wrong", "slow"])
async def test_bad_keys_end_no_login_but_those_that_need_them(tmp_path: Path, fault: str) -> None:
    """The server starts, our own tokens and passwords work at once, and the host is told what is the matter."""
    backend = Backend()
    backend.content = {"huge": b" " * (4 * MAX_BYTES), "wrong": b"<html>"}.get(fault, b"")
    backend.status = 500 if fault == "error" else 200
    if fault == "slow":
        backend.hangs.clear()
    async with serving(backend) as url:
        place = "http://127.0.0.1:9/jwks" if fault == "away" else url
        async with (
            running_service(tmp_path, foreign_tokens="anyone", foreign_keys=place) as service,
            ws_client(service) as client,
        ):
            import aiohttp

            async with aiohttp.ClientSession() as session:
                http = HttpClient(service.location.http_url, session)
                token = (await http.register("ana"))["token"]
                await client.log_in(token)
            if fault == "slow":
                await eventually(lambda: backend.asked)
            else:
                await eventually(lambda: service.troubles)
                (trouble,) = service.troubles
                assert "refused until they can" in trouble
            foreign = jwt.encode({"username": "bob"}, RSA, "RS256")
            with pytest.raises(TokenRefused):
                service.accounts.sessions.check(foreign)
            backend.hangs.set()


async def test_a_token_of_the_backend_logs_in(tmp_path: Path) -> None:
    """Over HTTP and WebSocket, with keys from a URL; the name is who they are to others."""
    backend = Backend()
    backend.content = jwks(jwk(EC, "1"))
    token = jwt.encode({"preferred_username": "Zoé", "aud": "app"}, EC, "ES256", {"kid": "1"})
    async with (
        serving(backend) as url,
        running_service(tmp_path, foreign_tokens="anyone", foreign_keys=url) as service,
        ws_client(service) as client,
    ):
        await eventually(lambda: service.accounts._foreign_keys.candidates("1", "ES256"))
        await client.log_in(token)
        assert [each.username for each in service.hub.clients.values()] == ["Zoé"]
        (connected,) = service.hub.clients.values()
        await service.moderation.ban_user(connected.identity.user_id)
        await eventually(lambda: not service.hub.clients)
