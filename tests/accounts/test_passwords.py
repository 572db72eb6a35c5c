"""Hashes of passwords."""

from __future__ import annotations

from unittest import mock

import bcrypt
import pytest

from authws_desktop.accounts.passwords import (
    DEFAULT_COST,
    PasswordHasher,
    foreign_problem,
    keep_foreign,
    looks_foreign,
)


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


@pytest.mark.parametrize("mark", ["2a", "2b", "2y"])
@pytest.mark.parametrize("password", ["correct horse", "José", "pass\U0001f511", "x" * 200, "é" * 60])
def test_another_server_s_hash_is_of_the_password_itself(mark: str, password: str) -> None:
    """Cut to 72 bytes, also in the middle of a character, as bcrypt does; NFC is nobody's business there."""
    made = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode().replace("$2b$", f"${mark}$")
    hasher = PasswordHasher(4)
    assert looks_foreign(made)
    assert foreign_problem(made) == ""
    assert hasher.verify(password, keep_foreign(made))
    assert not hasher.verify(password[:-1] + "?" if len(password) < 60 else "?", keep_foreign(made))
    assert not hasher.verify(password, made)


@pytest.mark.parametrize("cost", [4, 5, 6])
@pytest.mark.parametrize("is_right", [True, False])
def test_another_server_s_hash_costs_what_ours_does(
    monkeypatch: pytest.MonkeyPatch, cost: int, is_right: bool
) -> None:
    """The work of all checks together is that of one hash of ours, whoever made it, and that of nobody's."""
    made = keep_foreign(bcrypt.hashpw(b"correct horse", bcrypt.gensalt(cost)).decode())
    work: list[int] = []
    real = bcrypt.checkpw

    def counted(password: bytes, stored: bytes) -> bool:
        work.append(2 ** int(stored.split(b"$")[2]))
        return real(password, stored)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    hasher = PasswordHasher(6)
    for hashed, can_be_met in (
        (made, True),
        (None, False),
        (hasher.hash("correct horse"), True),
        (keep_foreign("damaged"), False),
        (keep_foreign("$2b$xx$"), False),
    ):
        work.clear()
        is_met = hasher.verify("correct horse" if is_right else "wrong", hashed)
        assert is_met is (is_right and can_be_met)
        assert sum(work) == 2**6


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not bcrypt"),
        ("$argon2id$v=19$m=65536$abc", "not bcrypt"),
        ("$2x$10$" + "a" * 53, "not bcrypt"),
        ("$2b$10$" + "a" * 52, "not bcrypt"),
        ("$2b$10$" + "a" * 54, "not bcrypt"),
        ("$2b$03$" + "a" * 53, "cost 3"),
        ("$2b$13$" + "a" * 53, "cost 13"),
        ("$2b$31$" + "a" * 53, "cost 31"),
    ],
)
def test_a_hash_that_cannot_be_kept_is_told_why(text: str, says: str) -> None:
    """One that is dearer than ours would tell that its name is known, or hold everybody up."""
    assert says in foreign_problem(text)
