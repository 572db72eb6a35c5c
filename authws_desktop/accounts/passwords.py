"""Password hashes: bcrypt over a digest, so that no length is cut.

bcrypt reads 72 bytes at most and stops at a NUL; base64 of SHA-256 is 44 bytes without one (OWASP
Password Storage Cheat Sheet, "Pre-Hashing Passwords with bcrypt").

Hashes that another server made are kept with a mark in front until their owner's first login: they are of
the password itself, cut to 72 bytes as bcrypt does, and may have another cost.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata

import bcrypt

DEFAULT_COST = 12
"""About 0.25 s on a current core (OWASP asks for 10 or more)."""
FOREIGN_MARK = "raw:"
MIN_FOREIGN_COST, MAX_FOREIGN_COST = 4, DEFAULT_COST
"""A dearer one would take longer than the check of an unknown name, and so tell that the name is known."""
_BCRYPT_BYTES = 72
_FOREIGN = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")


def looks_foreign(text: str) -> bool:
    """Tell whether a text is a hash that bcrypt made of a password."""
    return _FOREIGN.fullmatch(text) is not None


def foreign_problem(text: str) -> str:
    """Return why a hash that another server made cannot be kept, a sentence; empty if it can."""
    found = _FOREIGN.fullmatch(text)
    if found is None:
        return "The hash is not bcrypt's ($2a$, $2b$ or $2y$). Leave it out to have a password generated."
    if not MIN_FOREIGN_COST <= int(found[1]) <= MAX_FOREIGN_COST:
        return (
            f"The hash has the cost {int(found[1])}; it may be from {MIN_FOREIGN_COST} to {MAX_FOREIGN_COST}."
        )
    return ""


def keep_foreign(text: str) -> str:
    """Return a hash that another server made as it is stored."""
    return FOREIGN_MARK + text


def is_foreign(hashed: str) -> bool:
    """Tell whether a stored hash was made by another server."""
    return hashed.startswith(FOREIGN_MARK)


def digest(password: str) -> bytes:
    """Return what bcrypt gets: base64 of SHA-256 of the password in NFC.

    Lone surrogates, which no stored password has, are digested as they are.
    """
    # The same password may be typed composed or decomposed, as systems differ.
    text = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return base64.b64encode(hashlib.sha256(text).digest())


class PasswordHasher:
    """Makes and checks hashes; every call takes the time of one bcrypt.

    Args:
        cost: bcrypt's work factor, 4 to 31.
    """

    def __init__(self, cost: int = DEFAULT_COST) -> None:
        self.cost = cost
        self._dummy_hash = _dummy_hash(cost)

    def hash(self, password: str) -> str:
        """Return the hash of a password, with a salt of its own."""
        return bcrypt.hashpw(digest(password), bcrypt.gensalt(self.cost)).decode("ascii")

    def verify(self, password: str, hashed: str | None) -> bool:
        """Tell whether a password belongs to a hash.

        Args:
            password: As typed.
            hashed: The stored hash; `None` for an unknown user, which costs the same and is never right.
        """
        if hashed is not None and is_foreign(hashed):
            return self._verify_foreign(password, hashed.removeprefix(FOREIGN_MARK))
        stored = self._dummy_hash if hashed is None else hashed.encode("utf-8")
        try:
            is_right = bcrypt.checkpw(digest(password), stored)
        except ValueError:
            # A damaged hash in the database: as slow as any other wrong password.
            bcrypt.checkpw(digest(password), self._dummy_hash)
            return False
        return is_right and hashed is not None

    def _verify_foreign(self, password: str, foreign: str) -> bool:
        """Check a hash of another server, at the cost of one of ours: nobody can tell them apart."""
        # As typed, not in NFC: the other server hashed it so. bcrypt 5 refuses more than 72 bytes, which
        # older ones cut.
        raw = password.encode("utf-8", "surrogatepass")[:_BCRYPT_BYTES]
        try:
            is_right = bcrypt.checkpw(raw, foreign.encode("ascii"))
            cost = int(foreign.split("$")[2])
        except (ValueError, IndexError):
            is_right, cost = False, 0
        if not cost:
            bcrypt.checkpw(digest(password), self._dummy_hash)
        # The work doubles with each step: that of this cost once more, and all steps up to ours, make ours.
        for step in range(cost, self.cost) if cost else ():
            bcrypt.checkpw(raw, _dummy_hash(step))
        return is_right


def _dummy_hash(cost: int) -> bytes:
    """Return a hash of no password: random salt, and a checksum met by a chance of 1 in 2**184."""
    return bcrypt.gensalt(cost) + b"." * 31
