# ruff: noqa: RUF001 - look-alike characters are the point here
"""Which names and passwords are allowed, and when two names are the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authws_desktop.accounts import names
from authws_desktop.accounts.errors import InvalidField


@pytest.mark.parametrize(
    "name",
    [
        "ana", "Ana", "bob.smith", "under_score", "dash-ed", "user123", "a" * 32, "...", "x_1",
        "José", "Jose\u0301", "Straße", "Øyvind", "Ștefan", "Nguyễn", "Иван", "Анна-2", "Γιώργος",
        "محمد", "שלום", "अनिता", "สมชาย", "李小龙", "たなか", "カタカナー", "田中ゆき", "김철수", "Tanaka田中ゆき",
        "Kim김", "احمد١٢", "佐々木", "ａｎａ",
        "李明", "王芳", "민수", "김철", "田中", "李", "あ", "カ", "김", "Bo", "a" * 64, "O'Brien", "ana@example.org",
        "c++", "Ana María", "田中\u3000太郎", "Ana Петрова", "می\u200cخواهم", "क्\u200dष", "မြွှေ့",
    ],
)  # fmt: skip
def test_everyday_names_of_the_world_are_allowed(name: str) -> None:
    """Names people have, in the scripts they write, can be registered."""
    assert names.check_username(name) == names.fold(name)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "2 to 64"),
        ("a", "2 to 64"),
        ("a" * 65, "2 to 64"),
        ("a" * 10_000, "2 to 64"),
        ("e\u0301" * 10_000, "2 to 64"),
        ("\ufdfa" * 4, "2 to 64"),  # one ligature that NFKC makes a phrase of
        ("7", "2 to 64"),
        ("é", "2 to 64"),
        (" ana", "blank at its start or end"),
        ("ana ", "blank at its start or end"),
        ("an  a", "two beside each other"),
        ("an \u3000a", "two beside each other"),
        (" ", "2 to 64"),
        ("  ", "blank"),
        ("an\u00a0a", "U+00A0"),
        ("an\u200ca", "joiner U+200C"),
        ("\u0645\u06cc\u200c", "joiner U+200C"),
        ("ana\n", "U+000A"),
        ("ana\0", "U+0000"),
        ("ana\ud800", "U+D800"),
        ("an\u200da", "joiner U+200D"),
        ("ana\u200b", "U+200B"),
        ("ana\u202e", "U+202E"),
        ("ana\ufeff", "U+FEFF"),
        ("ana\u00ad", "U+00AD"),
        ("ana\ufe0f", "U+FE0F"),
        ("ana\u3164", "U+3164"),
        ("ana\u034f", "U+034F"),
        ("ana\U000e0041", "U+E0041"),
        ("ana\u20dd", "U+20DD"),
        ("ana\ue000", "U+E000"),
        ("ana\U000e01ef", "U+E01EF"),
        ("ana/bob", "'/'"),
        ("ana<b>", "'<'"),
        ("ana😀", "😀"),
        ("ana²", "²"),
        ("\u0301ana", "combining mark"),
        ("an.\u0301a", "combining mark"),
        ("1\u0301ana", "combining mark"),
        ("ana" + "\u0316" * 9, "combining mark"),
    ],
)
def test_a_refused_name_is_told_why(name: str, says: str) -> None:
    """Every kind of bad name gets an error that names the field and the fault."""
    with pytest.raises(InvalidField, match="username") as refused:
        names.check_username(name)
    assert refused.value.field == "username"
    assert says in refused.value.message
    refused.value.message.encode("utf-8")


@pytest.mark.parametrize(
    "name",
    [
        "p\u0430ypal",
        "раypаl",
        "\u039fmega",
        "ivanИван",
        "Иванα",
        "ἀнна",
        "ana\u0661" + "1",
        "1२abc",
        "abcกขค",
    ],
)
def test_scripts_that_can_look_alike_are_not_mixed(name: str) -> None:
    """Latin with Cyrillic or Greek look-alikes, and digits of two kinds, are refused."""
    with pytest.raises(InvalidField, match="mixes"):
        names.check_username(name)


@pytest.mark.parametrize(
    "name",
    [
        "server",
        "System",
        "ADMIN",
        "ｓｅｒｖｅｒ",
        "_server_",
        "s.y.s.t.e.m",
        "authws-desktop",
        "ad min",
        "@root",
    ],
)
def test_names_that_speak_for_the_server_are_for_the_host_only(name: str) -> None:
    """Reserved names, however dressed up, cannot be registered; a host may give them."""
    with pytest.raises(InvalidField, match="reserved"):
        names.check_username(name)
    names.check_username(name, allow_reserved=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana", "ana"),
        ("Straße", "STRASSE"),
        ("José", "JOSE\u0301"),
        ("ａｎａ", "ANA"),
        ("ΣΟΣ", "σος"),
        ("می\u200cخواهم", "میخواهم"),
        ("田中\u3000太郎", "田中 太郎"),
    ],
)
def test_names_that_differ_in_case_width_or_form_are_the_same(one: str, other: str) -> None:
    """Case folding and NFKC decide who is who."""
    assert names.fold(one) == names.fold(other)


@given(st.text(max_size=40))
def test_a_key_is_its_own_key(name: str) -> None:
    """Folding twice changes nothing, so a stored key can be compared."""
    assert names.fold(names.fold(name)) == names.fold(name)


@given(st.text(alphabet=st.characters(categories=["L", "M", "Nd", "P", "S", "C"]), max_size=40))
def test_any_text_is_either_refused_or_safe(name: str) -> None:
    """Whatever is typed: an `InvalidField`, or a name of visible characters with the same key in all forms."""
    try:
        key = names.check_username(name)
    except InvalidField as error:
        assert error.field == "username"
    else:
        seen = [c for c in name if c not in "@+ \u3000\u200c\u200d"]
        assert not {unicodedata.category(c)[0] for c in seen} & {"C", "Z", "S"}
        assert key == names.fold(unicodedata.normalize("NFD", name)) == names.lookup_key(name) != ""


@pytest.mark.parametrize("name", ["x" * 10_000, "ana\0", "ana\udcff"])
def test_a_text_that_cannot_be_a_name_has_no_key(name: str) -> None:
    """Lookups of impossible names find nobody and cost nothing."""
    assert names.lookup_key(name) == ""


@pytest.mark.parametrize("password", ["12345678", " " * 8, "é" * 1024, "pass\0word", "🔑🔑🔑🔑🔑🔑🔑🔑"])
def test_any_unicode_of_fitting_length_is_a_password(password: str) -> None:
    """Passwords may hold anything, NUL and spaces included."""
    names.check_password(password)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025, "x" * 100_000, "12345678\ud800"])
def test_a_bad_password_is_refused_without_being_shown(password: str) -> None:
    """The error names the field and never repeats the password."""
    with pytest.raises(InvalidField) as refused:
        names.check_password(password)
    assert refused.value.field == "password"
    assert not password or password not in str(refused.value)


def test_the_host_sets_the_shortest_password() -> None:
    """From 4 to 64 characters; the sentence names it."""
    names.check_password("1234", least_chars=4)
    with pytest.raises(InvalidField, match="12 to 1,024"):
        names.check_password("12345678901", least_chars=12)


def test_the_field_of_a_new_password_is_named() -> None:
    """At a change of password the error names the new one."""
    with pytest.raises(InvalidField, match="The new password") as refused:
        names.check_password("short", field="newPassword")
    assert refused.value.field == "newPassword"


def test_labels_from_outside_are_cleaned() -> None:
    """Control and invisible characters and lone surrogates are left out, and length is bounded."""
    assert names.clean_label(" my\0 app\u202e\ud800 \n") == "my app"
    assert len(names.clean_label("x" * 10_000)) == 64
