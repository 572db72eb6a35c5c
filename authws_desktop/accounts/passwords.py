"""Password hashes: bcrypt over a digest, so that no length is cut.

bcrypt reads 72 bytes at most and stops at a NUL; base64 of SHA-256 is 44 bytes without one (OWASP
Password Storage Cheat Sheet, "Pre-Hashing Passwords with bcrypt").
"""

from __future__ import annotations

import base64
import hashlib
import unicodedata

import bcrypt

DEFAULT_COST = 12
"""About 0.25 s on a current core (OWASP asks for 10 or more)."""


def digest(password: str) -> bytes:
    """Return what bcrypt gets: base64 of SHA-256 of the password in NFC.

    Lone surrogates, which no stored password has, are digested as they are.
    """
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hashlib.sha256(text).digest())


class PasswordHasher:
    """Makes and checks hashes; every call takes the time of one bcrypt.

    Args:
        cost: bcrypt's work factor, 4 to 31.
    """

    def __init__(self, cost: int = DEFAULT_COST) -> None:
        self.cost = cost
        # Random salt, and a checksum no password has but for a chance of 1 in 2**184.
        self._dummy_hash = bcrypt.gensalt(cost) + b"." * 31

    def hash(self, password: str) -> str:
        """Return the hash of a password, with a salt of its own."""
        return bcrypt.hashpw(digest(password), bcrypt.gensalt(self.cost)).decode("ascii")

    def verify(self, password: str, hashed: str | None) -> bool:
        """Tell whether a password belongs to a hash.

        Args:
            password: As typed.
            hashed: The stored hash; `None` for an unknown user, which costs the same and is never right.
        """
        stored = self._dummy_hash if hashed is None else hashed.encode("utf-8")
        try:
            is_right = bcrypt.checkpw(digest(password), stored)
        except ValueError:
            # A damaged hash in the database: as slow as any other wrong password.
            bcrypt.checkpw(digest(password), self._dummy_hash)
            return False
        return is_right and hashed is not None
