"""How hard passwords are to guess, and generated ones."""

import pytest

from authws_desktop.accounts.names import check_password
from authws_desktop.accounts.password_strength import (
    ALPHABET,
    Strength,
    generate_password,
    measure_strength,
)


@pytest.mark.parametrize("password", ["password", "12345678", "qwertyuiop", "aaaaaaaaaaaa"])
def test_common_passwords_are_weak_and_get_advice(password: str) -> None:
    """What everybody tries first is called weak, and the person is told why."""
    report = measure_strength(password)
    assert report.strength <= Strength.WEAK
    assert report.advice.endswith(".")


def test_a_good_password_gets_no_advice() -> None:
    """A long phrase is strong, and nobody is nagged."""
    report = measure_strength("correct horse battery staple")
    assert report.strength is Strength.STRONG
    assert report.advice == ""


def test_the_own_name_makes_a_password_weak() -> None:
    """A password that is the account's name counts as known to a guesser."""
    alone = measure_strength("brunhildegard")
    known = measure_strength("brunhildegard", ["brunhildegard", ""])
    assert known.strength is Strength.VERY_WEAK
    assert alone.strength > known.strength


def test_the_longest_password_is_measured() -> None:
    """1,024 characters, with which zxcvbn refuses to work, are measured by their beginning."""
    assert measure_strength("ab" * 512).strength <= Strength.WEAK
    assert measure_strength(generate_password() * 50).strength >= Strength.FAIR


@pytest.mark.parametrize("password", ["пароль-пароль", "パスワード日本語", "🔑🔑🔑🔑🔑🔑🔑🔑", "\x00" * 8])
def test_any_unicode_is_measured(password: str) -> None:
    """No script and no control character makes the estimate fail."""
    assert measure_strength(password).strength in Strength


def test_generated_passwords_are_strong_readable_and_never_the_same() -> None:
    """Each keeps the rules, is strong, and has no characters that look alike on paper."""
    made = {generate_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_password(password)
        assert set(password) <= {*ALPHABET, "-"}
        assert not set(password) & set("il10oO")
    assert measure_strength(next(iter(made))).strength is Strength.STRONG
