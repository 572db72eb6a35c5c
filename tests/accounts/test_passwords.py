"""Hashes of passwords."""

from __future__ import annotations

from unittest import mock

import bcrypt
import pytest

from authws_desktop.accounts.passwords import DEFAULT_COST, PasswordHasher


@pytest.fixture
def hasher() -> PasswordHasher:
    """A fast hasher."""
    return PasswordHasher(4)


def test_a_password_fits_its_own_hash_only(hasher: PasswordHasher) -> None:
    """Right is right, wrong is wrong, and two hashes of one password differ."""
    hashed = hasher.hash("correct horse")
    assert hasher.verify("correct horse", hashed)
    assert not hasher.verify("Correct horse", hashed)
    assert hasher.hash("correct horse") != hashed


def test_no_length_is_cut(hasher: PasswordHasher) -> None:
    """Passwords that differ only behind bcrypt's 72 bytes are different."""
    assert not hasher.verify("x" * 1023 + "b", hasher.hash("x" * 1023 + "a"))


def test_nul_cuts_nothing(hasher: PasswordHasher) -> None:
    """Passwords that differ only behind a NUL are different."""
    assert not hasher.verify("pass\0word2", hasher.hash("pass\0word1"))


def test_composed_and_decomposed_forms_are_one_password(hasher: PasswordHasher) -> None:
    """A password typed on another keyboard in another Unicode form is the same."""
    assert hasher.verify("cafe\u0301 cafe\u0301", hasher.hash("café café"))


def test_compatibility_forms_are_different_passwords(hasher: PasswordHasher) -> None:
    """Only canonical forms are equal: NFC, not NFKC."""
    assert not hasher.verify("ﬁnance-ﬁnance", hasher.hash("finance-finance"))


def test_a_lone_surrogate_is_just_wrong(hasher: PasswordHasher) -> None:
    """Text that is not Unicode does not break a login."""
    assert not hasher.verify("12345678\ud800", hasher.hash("12345678"))


@pytest.mark.parametrize("hashed", [None, "", "not a hash", "$2b$04$short"])
def test_no_hash_or_a_damaged_one_costs_one_full_check(hasher: PasswordHasher, hashed: str | None) -> None:
    """An unknown user takes the work of a known one and is never right."""
    costs = []
    real = bcrypt.checkpw

    def count(password: bytes, stored: bytes) -> bool:
        result = real(password, stored)
        costs.append(stored[:7])
        return result

    with mock.patch("bcrypt.checkpw", count):
        assert not hasher.verify("12345678", hashed)
    assert costs == [b"$2b$04$"]


def test_the_default_cost_is_twelve() -> None:
    """The product hashes with cost 12."""
    assert DEFAULT_COST == 12
    assert PasswordHasher()._dummy_hash.startswith(b"$2b$12$")
