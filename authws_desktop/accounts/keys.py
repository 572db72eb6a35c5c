"""The signing secret: a file of its own, made at first start, and its rotation.

The file is JSON with mode 0600: the key that signs first, then those that old tokens are still checked
with. A file that is broken, unreadable or from a newer version is refused and never overwritten. Plain
text is refused as well: a secret cut short could not be told from a whole one.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import jwt
import msgspec
from jwt.algorithms import HMACAlgorithm

from authws_desktop.accounts.errors import InvalidField, KeysError
from authws_desktop.files import FileStamp, WatchedFile, advice_on, create_atomically, remove_leftovers

log = logging.getLogger(__name__)

KEYS_VERSION = 1
MIN_SECRET_BYTES = 32
"""HS256 keys have at least the length of its hash (RFC 7518 section 3.2)."""
MIN_DISTINCT_BYTES = 8
"""A secret that repeats a few characters is long and no secret."""
MAX_FILE_BYTES = 64 * 1024
"""The file holds a handful of secrets; a larger one is something else."""
OUTSIDE_KEY_ID = "outside"
"""Id of a key given from outside: not random, so that it is the same after a restart."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One secret. The repr leaves it out.

    Attributes:
        id: A random name for it, the `kid` of tokens.
        secret: The HMAC key, bytes.
        created_at: Seconds since the epoch.
        accepted_until: Seconds since the epoch; `None` for the key that signs.
    """

    id: str
    secret: bytes = field(repr=False)
    created_at: float
    accepted_until: float | None = None


class _StoredKey(msgspec.Struct):
    id: str
    secret: str
    created_at: float
    accepted_until: float | None = None


class _KeyFile(msgspec.Struct):
    version: int
    keys: list[_StoredKey]


class SigningKeys:
    """The key that signs and those that are still accepted.

    `rotate` and `reload_if_changed` read or write a file and may run in a worker thread: the keys are
    replaced in one step, so that a check on the loop sees the old ones or the new.

    Args:
        file: The secret's file, made if it does not exist. Neither read nor written with `override`.
        override: The secret from outside (`JWT_SECRET`); empty if there is none.
        now: The clock, seconds since the epoch.

    Attributes:
        is_shared: Whether several servers share the keys, so that a new one must be announced.
        is_locked: Whether the secret comes from outside and cannot be rotated here.
        warning: A sentence for the host about a weak secret; empty if there is nothing to say.

    Raises:
        KeysError: The file cannot be read, made or understood.
    """

    is_shared = False

    def __init__(self, file: Path, *, override: str = "", now: Callable[[], float] = time.time) -> None:
        self._file = file
        self._now = now
        self._watched = WatchedFile(file)
        self.is_locked = bool(override.strip())
        self.warning = ""
        self._keys: tuple[SigningKey, ...] = self._outside(override) if self.is_locked else self._open()

    def __repr__(self) -> str:
        return f"SigningKeys(active={self.active.id!r}, keys={len(self._keys)}, locked={self.is_locked})"

    @property
    def active(self) -> SigningKey:
        """The key that signs new tokens."""
        return self._keys[0]

    def secret_text(self) -> str:
        """Return the secret that signs now, for the one field that shows it."""
        return self.active.secret.decode("utf-8", "replace")

    def accepted(self, key_id: object = None) -> list[SigningKey]:
        """Return the keys that tokens are checked with now.

        Args:
            key_id: The `kid` of a token, a hint only: that key comes first.
        """
        now = self._now()
        keys = [key for key in self._keys if key.accepted_until is None or key.accepted_until > now]
        # A hint only (RFC 7515, 4.1.4): tokens without a `kid`, or with another's, are checked with every
        # key.
        return sorted(keys, key=lambda key: key.id != key_id) if len(keys) > 1 else keys

    def accepted_ids(self) -> frozenset[str]:
        """Return the ids of the keys that tokens are checked with now."""
        return frozenset(key.id for key in self.accepted())

    def rotate(self, *, keep_until: float | None, secret: str | None = None) -> None:
        """Sign with a new secret from now on, and write it.

        Args:
            keep_until: Until when tokens signed with the old one are accepted, seconds since the epoch;
                `None` drops the old ones at once.
            secret: The new secret; a random one if omitted.

        Raises:
            InvalidField: The secret is weak; the message says why.
            KeysError: The secret comes from outside, or the file cannot be read or written.
        """
        if self.is_locked:
            raise KeysError("The secret is set by JWT_SECRET. Change it there, or unset it to use a file.")
        if not self._is_gone():  # else what is in memory is all there is
            self.reload_if_changed()  # another process may have rotated: its old keys are kept too
        keys = (self._new_key(secret), *self._kept(keep_until))
        try:
            self._watched.write(_encode(keys))
        except OSError as error:
            raise self._unusable(error, is_writing=True) from None
        self._keys = keys

    def connect(self) -> None:
        """Begin to share the keys with other servers; those of a file are nobody else's."""

    def close(self) -> None:
        """Release what is held; a file is held by nobody. May be called again."""

    def announce(self, secret: str | None) -> bool:
        """Let other servers accept the key that `rotate` will sign with.

        Args:
            secret: The secret; a random one if `None`.

        Returns:
            Whether others need a moment to hear of it.

        Raises:
            KeysError: It cannot be announced.
        """
        return False

    def _kept(self, keep_until: float | None) -> list[SigningKey]:
        """Return the keys that stay accepted beside a new one, with an end; see `rotate`."""
        if keep_until is None:
            return []
        return [
            SigningKey(k.id, k.secret, k.created_at, k.accepted_until or keep_until) for k in self.accepted()
        ]

    def reload_if_changed(self) -> bool:
        """Read the file again if another process changed it.

        Returns:
            Whether the keys are others now.

        Raises:
            KeysError: The file is gone, or the changed one cannot be read; the keys stay as they were, and
                the next call tries again.
        """
        if self.is_locked:
            return False
        seen = self._look()
        if seen is None:
            raise KeysError(
                f"The secret's file {self._file} is gone. Tokens go on working until this program ends; at "
                "the next start a new secret is made and everyone logs in again. Put the file back, or renew "
                "the secret, which writes it again."
            )
        if seen == self._watched.noted:
            return False
        before, self._keys = self._keys, self._read()
        self._watched.note(seen)
        return self._keys != before

    def _outside(self, override: str) -> tuple[SigningKey, ...]:
        try:
            secret = override.encode("utf-8", "surrogateescape")  # bytes of the environment, as they were
        except UnicodeEncodeError:
            raise KeysError("JWT_SECRET is not text. Set it to a long random text.") from None
        if _is_key_pair(secret):
            raise KeysError("JWT_SECRET holds a key pair. HS256 needs a secret: a long random text.")
        if len(secret) < MIN_SECRET_BYTES:
            self.warning = (
                f"JWT_SECRET is {len(secret)} bytes long. HS256 needs at least {MIN_SECRET_BYTES} bytes: "
                "with fewer, tokens can be forged by trying secrets. Set a longer one."
            )
        return (SigningKey(OUTSIDE_KEY_ID, secret, self._now()),)

    def _open(self) -> tuple[SigningKey, ...]:
        remove_leftovers(self._file)
        if self._look() is None:
            self._create()
        # Looked at first: what is written between the two is then seen as a change.
        seen, keys = self._look(), self._read()
        self._watched.note(seen)
        return keys

    def _create(self) -> None:
        """Make the file, unless another process does so first."""
        try:
            create_atomically(self._file, _encode((self._new_key(None),)))
        except OSError as error:
            raise self._unusable(error, is_writing=True) from None

    def _new_key(self, secret: str | None) -> SigningKey:
        if secret is not None:
            check_secret(secret)
        text = secret or secrets.token_urlsafe(48)
        return SigningKey(secrets.token_hex(4), text.encode("utf-8"), self._now())

    def _look(self) -> FileStamp | None:
        try:
            return self._watched.look()
        except OSError as error:
            raise self._unusable(error) from None

    def _is_gone(self) -> bool:
        return self._watched.noted is not None and self._look() is None

    def _read(self) -> tuple[SigningKey, ...]:
        try:
            with self._file.open("rb") as stream:
                content = stream.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise self._unusable(error) from None
        self._protect()
        return self._decode(content)

    def _protect(self) -> None:
        """Take away what others may do with the file (POSIX; Windows uses the folder's rights)."""
        if os.name == "posix":
            # Where its rights cannot be changed, it is used as it is.
            with contextlib.suppress(OSError):
                if stat.S_IMODE(self._file.stat().st_mode) & 0o077:
                    self._file.chmod(0o600)
                    log.warning("The secret's file %s was open to other users; it is no longer.", self._file)

    def _decode(self, content: bytes) -> tuple[SigningKey, ...]:
        try:
            version = msgspec.json.decode(content, type=dict[str, msgspec.Raw]).get("version")
            number = msgspec.json.decode(version, type=int) if version else 0
            if number > KEYS_VERSION:
                raise KeysError(
                    f"The secret's file {self._file} was written by a newer version of this program. "
                    "Use the newer program, or move the file away to have a new secret made."
                )
            stored = msgspec.json.decode(content, type=_KeyFile)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise self._broken() from None
        if (
            number < 1
            or len(content) > MAX_FILE_BYTES
            or not stored.keys
            or not all(map(_is_sound, stored.keys))
        ):
            raise self._broken()
        return tuple(SigningKey(k.id, k.secret.encode(), k.created_at, k.accepted_until) for k in stored.keys)

    def _broken(self) -> KeysError:
        return KeysError(
            f"The secret's file {self._file} is damaged. Restore it from a backup, or move it away: "
            "then a new secret is made and everyone logs in again."
        )

    def _unusable(self, error: OSError, *, is_writing: bool = False) -> KeysError:
        file, why = self._file, error.strerror or type(error).__name__
        return KeysError(
            (
                f"The secret's file {file} cannot be written ({why}). "
                if is_writing
                else f"The secret's file {file} cannot be read ({why}). "
            )
            + advice_on(
                error, "Correct the rights of the file and its folder, or choose another data folder."
            )
        )


def check_secret(secret: str) -> None:
    """Check a secret that was chosen by hand.

    Raises:
        InvalidField: It is weak; the message says why.
    """
    try:
        content = secret.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidField("secret", "The secret contains half a character (a lone surrogate).") from None
    if len(content) < MIN_SECRET_BYTES:
        raise InvalidField("secret", f"The secret must have at least {MIN_SECRET_BYTES} bytes.")
    if len(content) > MAX_FILE_BYTES // 16:
        raise InvalidField("secret", f"The secret must have at most {MAX_FILE_BYTES // 16} bytes.")
    if len(set(content)) < MIN_DISTINCT_BYTES:
        raise InvalidField("secret", "The secret repeats a few characters. Use a random one.")
    if _is_key_pair(content):
        raise InvalidField("secret", "The secret is a key pair. HS256 needs a long random text.")


def _is_sound(key: _StoredKey) -> bool:
    secret = key.secret.encode("utf-8")
    return bool(key.id) and len(secret) >= MIN_SECRET_BYTES and not _is_key_pair(secret)


def _is_key_pair(secret: bytes) -> bool:
    """Tell whether PyJWT refuses a secret because it looks like a public or private key."""
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
    except jwt.InvalidKeyError:
        return True
    return False


def _encode(keys: tuple[SigningKey, ...]) -> bytes:
    stored = [_StoredKey(k.id, k.secret.decode("utf-8"), k.created_at, k.accepted_until) for k in keys]
    return msgspec.json.format(msgspec.json.encode(_KeyFile(KEYS_VERSION, stored)), indent=2) + b"\n"
