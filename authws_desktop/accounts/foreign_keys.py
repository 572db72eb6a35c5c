"""The public keys of the host's own backend: PEM or a JWK set (RFC 7517), from a file or a URL.

Rules:

1. Judging a token never waits for keys: it takes those that are known. They are read and fetched beside it.
2. A file is read again when it changed. A URL is fetched anew after `FETCH_EVERY_S`, and sooner when a token
   names a key that is not known (a rotation), but never more often than `RETRY_EVERY_S`.
3. What cannot be had, is too large, too slow or makes no sense leaves the keys that are known in force, and
   `trouble` says so. It concerns nobody but those whose tokens need the new ones.
4. Each key is good for one algorithm, which its kind decides and no token (RFC 8725 section 3.1).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

from authws_desktop.accounts.errors import KeysError
from authws_desktop.files import WatchedFile
from authws_desktop.tasks import start_task
from authws_desktop.text import without_mark
from authws_desktop.trust import system_trust

log = logging.getLogger(__name__)

MAX_BYTES = 256 * 1024
MAX_KEYS = 100
MAX_TRIED = 8
"""Keys that a token without a key id is checked with."""
MIN_RSA_BITS = 2048
"""RFC 7518, 3.3."""
FETCH_TIMEOUT_S = 10.0
FETCH_EVERY_S = 600.0
RETRY_EVERY_S = 30.0


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key and the one algorithm it is good for.

    Attributes:
        id: Its `kid`; empty if it has none.
        algorithm: `RS256`, `ES256` or `EdDSA`.
        key: The public key, as `cryptography` has it.
    """

    id: str
    algorithm: str
    key: Any


class ForeignKeys:
    """The public keys that check the tokens of the host's own backend; read from a file or fetched.

    Attributes:
        trouble: Why they cannot be had just now, a sentence; empty if they can.

    Args:
        now_s: A clock that never goes back, seconds.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._source = ""
        self._keys: tuple[PublicKey, ...] = ()
        self._watched: WatchedFile | None = None
        self._fetching: asyncio.Task[None] | None = None
        self._fetched_at_s: float | None = None
        self._is_key_missing = False
        self.trouble = ""

    def candidates(self, key_id: object, algorithm: str) -> list[PublicKey]:
        """Return the keys that a token may be signed with; that none has its id is noted (rule 2).

        Args:
            key_id: The token's `kid`.
            algorithm: The token's `alg`.
        """
        fitting = [key for key in self._keys if key.algorithm == algorithm]
        if not isinstance(key_id, str):
            return fitting[:MAX_TRIED]
        # Sets without key ids are common (a single PEM file): then each key that fits may be tried.
        named = [key for key in fitting if key.id == key_id]
        self._is_key_missing = self._is_key_missing or not named
        return named or [key for key in fitting if not key.id][:MAX_TRIED]

    async def follow(self, source: str) -> None:
        """Have the keys of a place, and go on having them; never raises. Call it twice a second.

        Args:
            source: A URL or a file; empty for none.
        """
        if source != self._source:
            await self.close()
            self._source, self._keys, self.trouble = source, (), ""
            self._watched = WatchedFile(Path(source)) if source and not is_url(source) else None
            self._fetched_at_s = None
        if self._watched is not None:
            await asyncio.to_thread(self._follow_file, self._watched)
        elif source and self._is_fetch_due():
            self._fetched_at_s, self._is_key_missing = self._now_s(), False
            self._fetching = start_task(self._fetch(source), "fetch keys of tokens")

    async def close(self) -> None:
        """Cancel a fetch under way, and wait for its end; may be called again."""
        task, self._fetching = self._fetching, None
        if task is not None:
            # Nothing of a fetch is shared but the result it no longer brings: it may end anywhere.
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _is_fetch_due(self) -> bool:
        if self._fetched_at_s is None:
            return True
        if self._fetching is not None and not self._fetching.done():
            return False
        age_s = self._now_s() - self._fetched_at_s
        is_wanted = self._is_key_missing or bool(self.trouble)
        return age_s >= (RETRY_EVERY_S if is_wanted else FETCH_EVERY_S)

    def _follow_file(self, watched: WatchedFile) -> None:
        try:
            seen = watched.look()
            if seen is not None and seen == watched.noted:
                return
            with watched.file.open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
            # Noted before it is understood: a damaged file is read and complained of once, not twice a
            # second.
            watched.note(seen)
            self._take(content)
        except OSError as error:
            self._say(f"{watched.file} cannot be read ({error.strerror})")
        except KeysError as error:
            self._say(f"{watched.file}: {error}")

    async def _fetch(self, url: str) -> None:
        import aiohttp  # here: only who uses it waits for it

        where = urlsplit(url).hostname or ""  # not the whole URL, which may hold a password
        try:
            timeout = aiohttp.ClientTimeout(total=FETCH_TIMEOUT_S)
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(url, ssl=system_trust()) as answer,
            ):
                if answer.status != 200:
                    raise KeysError(f"the answer was {answer.status}")
                content = b""
                # Read in pieces: `Content-Length` may be missing, or a lie.
                while len(content) <= MAX_BYTES and (chunk := await answer.content.read(MAX_BYTES)):
                    content += chunk
            self._take(content)
        except KeysError as error:
            self._say(f"{where}: {error}")
        # Only its type is told: its text may hold the URL, and that a password.
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self._say(f"{where} cannot be asked ({type(error).__name__})")

    def _take(self, content: bytes) -> None:
        self._keys = parse_keys(content)
        self.trouble = ""

    def _say(self, what: str) -> None:
        then = "Those known before stay in force." if self._keys else "Its tokens are refused until they can."
        trouble = f"The keys of your backend's tokens cannot be had: {what}. {then}"
        if trouble != self.trouble:
            log.warning("%s", trouble)
        self.trouble = trouble


def is_url(source: str) -> bool:
    """Tell whether a source is fetched rather than read."""
    return source.casefold().startswith(("https://", "http://"))


def parse_keys(content: bytes) -> tuple[PublicKey, ...]:
    """Return the keys of a PEM file or a JWK set; those of kinds that are not used are left out.

    Raises:
        KeysError: It is neither, too large, or has no key that can be used.
    """
    if len(content) > MAX_BYTES:
        raise KeysError(f"more than {MAX_BYTES // 1024} KiB are no set of keys")
    keys = _pem_keys(content) if b"-----BEGIN" in content else _jwk_keys(content)
    if not keys:
        raise KeysError("there is no public key for RS256, ES256 or EdDSA")
    return tuple(keys[:MAX_KEYS])


def _pem_keys(content: bytes) -> list[PublicKey]:
    if b"PRIVATE KEY-----" in content:
        raise KeysError("this is a private key. Give its public half")
    found = []
    for block in content.split(b"-----BEGIN ")[1:]:
        try:
            pem = b"-----BEGIN " + block
            is_certificate = block.startswith(b"CERTIFICATE")
            key = load_pem_x509_certificate(pem).public_key() if is_certificate else load_pem_public_key(pem)
        except ValueError:
            raise KeysError("the PEM is damaged") from None
        found.append(_public_key("", key, None))
    return [key for key in found if key is not None]


def _jwk_keys(content: bytes) -> list[PublicKey]:
    try:
        document = msgspec.json.decode(without_mark(content), type=dict[str, Any])
        entries = [dict(each) for each in document.get("keys", [document])]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError, ValueError):
        raise KeysError("this is neither PEM nor a JSON Web Key Set") from None
    return [key for entry in entries[:MAX_KEYS] if (key := _jwk_key(entry)) is not None]


def _jwk_key(entry: dict[str, Any]) -> PublicKey | None:
    if entry.get("use", "sig") != "sig" or entry.get("kty") not in ("RSA", "EC", "OKP"):
        return None
    key_id = entry.get("kid")
    try:
        # Without its `alg`, which `_public_key` judges by the kind of key, and without the private half that
        # some servers publish by mistake.
        key = jwt.PyJWK({name: value for name, value in entry.items() if name not in ("alg", "d")}).key
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        return None  # one bad key does not take the others with it
    return _public_key(key_id if isinstance(key_id, str) else "", key, entry.get("alg"))


def _public_key(key_id: str, key: object, wanted: object) -> PublicKey | None:
    algorithm = _algorithm_of(key)
    return PublicKey(key_id, algorithm, key) if algorithm and wanted in (None, algorithm) else None


def _algorithm_of(key: object) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return "RS256" if key.key_size >= MIN_RSA_BITS else ""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ES256" if isinstance(key.curve, ec.SECP256R1) else ""
    return "EdDSA" if isinstance(key, ed25519.Ed25519PublicKey) else ""
