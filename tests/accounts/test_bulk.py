"""Many accounts at once: what a list may look like, and that it is imported whole or not at all."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from authws_desktop.accounts.accounts import Accounts
from authws_desktop.accounts.bulk import ImportPreview, ImportRow, read_list
from authws_desktop.accounts.errors import (
    Busy,
    ImportCancelled,
    ImportRefused,
    InvalidCredentials,
    InvalidField,
    StoreError,
    UsernameTaken,
)
from authws_desktop.accounts.models import Role
from authws_desktop.accounts.names import fold
from authws_desktop.accounts.passwords import PasswordHasher
from authws_desktop.accounts.store import transaction
from authws_desktop.accounts.store.tables import UserRow

from .conftest import OpenAccounts, stored

PASSWORD = "correct horse"


def look(data: bytes | str, *taken: str) -> ImportPreview:
    """Look at a list beside accounts that exist."""
    return read_list(data, {fold(name) for name in taken}.__contains__)


def table(preview: ImportPreview) -> list[tuple[str, str, str]]:
    """Return what the lines say; generated passwords as empty."""
    return [(row.username, "" if row.is_generated else row.password, row.role) for row in preview.rows]


THREE = [("Ana", PASSWORD, "host"), ("bob", "", "member"), ("Éve", "semi;colon, tab", "member")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encode", ["utf-8", "utf-8-sig", "utf-16", "text", "text with mark"])
@pytest.mark.parametrize("header", ["", "Name,Password,Role"])
def test_all_common_forms_are_read(separator: str, end: str, encode: str, header: str) -> None:
    """Separators, line ends, byte-order marks, quotes, empty lines, with and without a header."""
    lines = [header, f"Ana,{PASSWORD},Host", "", " bob ,, ", '"Éve","semi;colon, tab"', ""]
    text = end.join(
        line.replace(",", separator) if "colon" not in line else f'"Éve"{separator}"semi;colon, tab"'
        for line in lines
    )
    marked = {"text": text, "text with mark": "\ufeff" + text}
    preview = look(marked.get(encode) or text.encode(encode))
    assert table(preview) == THREE
    assert (preview.separator, preview.has_header) == (separator, bool(header))
    assert not preview.bad


def test_a_plain_list_of_names() -> None:
    """One name on each line: members with passwords that were made, each another."""
    preview = look("ana\nbob\ncarl")
    assert table(preview) == [("ana", "", "member"), ("bob", "", "member"), ("carl", "", "member")]
    assert len({row.password for row in preview.rows}) == 3
    assert all(len(row.password) == 19 for row in preview.rows)
    assert PASSWORD not in repr(look(f"ana,{PASSWORD}"))


def test_a_header_decides_the_order() -> None:
    """Columns may be anywhere; what is unknown is ignored."""
    preview = look(f"e-mail;ROLE;password;User\na@b;host;{PASSWORD};ana\n;;;bob")
    assert table(preview) == [("ana", PASSWORD, "host"), ("bob", "", "member")]


def test_line_numbers_are_those_of_the_file() -> None:
    """With header, empty lines and cells of several lines."""
    preview = look('name,password\n\nana\n"b\nob"\ncarl')
    assert [(row.line, row.is_good) for row in preview.rows] == [(3, True), (4, False), (6, True)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("x", "2 to 64 characters"),
        ("a  b c", "two beside each other"),
        ("ana\u200b", "invisible character U\\+200B"),
        ("\u0430na", "mixes letters of Cyrillic and Latin"),
        (",secret word", "2 to 64 characters"),
        ("ANA", "stands in line 1 already"),
        ("\uff41na", "stands in line 1 already"),
        ("Zoe", "'Zoe' is taken"),
        ("Ser-ver", "reserved for the server"),
        ("bob,short", "8 to 1,024"),
        ("bob,password1", "most common"),
        ("bob,Password1", "most common"),
        ("bobbyxbob,bobbyxbob", "The password is the name"),
        ("bobbyxbob,bobxybbob", "The password is the name"),
        ("bob,abababababab", "repeats a few"),
        ("bob,,king", "'king' is unknown"),
    ],
)
def test_each_bad_line_says_why(line: str, says: str) -> None:
    """And the good ones beside it stay good."""
    preview = look(f"ana\n{line}\ncarl", "zoe")
    assert [row.line for row in preview.bad] == [2]
    assert len(preview.bad[0].problems) == 1
    assert re.search(says, preview.bad[0].problems[0])
    assert [row.username for row in preview.good] == ["ana", "carl"]


def test_a_line_may_have_several_problems() -> None:
    """All of them are told at once."""
    (row,) = look("a,b,c").rows
    assert len(row.problems) == 3


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no names"),
        (b"\n \n", "no names"),
        (b"name,password\n", "no names"),
        (b"\xff\xff\xff", "not UTF-8: byte 0 is 0xFF"),
        (b"PK\x03\x04\0\0", "not text"),
        (b"\xff\xfe\x00", "not text"),
        (b'ana\n"bob\ncarl', "Line 2 has a quote"),
        ("x\n" * 100_001, "more than 100,000"),
        (b"x" * (64 * 1024 * 1024 + 1), "64 MiB"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes | str, says: str) -> None:
    """With a sentence that says what to do."""
    with pytest.raises(ImportRefused, match=says):
        look(data)


def sets(begun: asyncio.Event) -> Callable[[int, int], None]:
    """Return a progress function that sets an event at the first account."""

    def tell(done: int, total: int) -> None:
        if done:
            begun.set()

    return tell


async def test_a_class_is_imported(accounts: Accounts) -> None:
    """All log in with what the preview holds; each is an act in the audit."""
    await accounts.administration.create("zoe", PASSWORD)
    told: list[tuple[int, int]] = []
    preview = await accounts.importing.preview(
        "\n".join(f"pupil{n}" for n in range(30)) + f"\nAnn,{PASSWORD},host\nZOE"
    )
    assert [row.username for row in preview.bad] == ["ZOE"]
    made = await accounts.importing.create_many(
        preview.good, progress=lambda done, total: told.append((done, total))
    )
    assert [each.username for each in made] == [row.username for row in preview.good]
    assert made == accounts.users()[1:]
    for row in (preview.good[0], preview.good[-1]):
        account = (await accounts.logins.login(row.username, row.password)).account
        assert (account.role, account.changed_by) == (Role(row.role), "window")
    assert told == [(n, 31) for n in range(32)]
    entries = (await accounts.audit.all())[1:]
    assert [(each.act, each.target) for each in entries] == [("create user", each.username) for each in made]
    assert stored(accounts).accounts[0][0].revision < made[0].revision


async def test_it_is_all_or_nothing(accounts: Accounts, open_accounts: OpenAccounts) -> None:
    """A name that somebody took after the preview, or a bad line that was passed on: nobody is added."""
    preview = await accounts.importing.preview("ana\nbob\ncarl")
    await (await open_accounts()).administration.create("BOB", PASSWORD)
    with pytest.raises(UsernameTaken, match="'bob'"):
        await accounts.importing.create_many(preview.rows)
    bad = ImportRow(1, "a?b", PASSWORD)
    with pytest.raises(InvalidField):
        await accounts.importing.create_many([*preview.rows[:1], bad])
    await accounts.poll_changes()
    assert [each.username for each in accounts.users()] == ["BOB"]
    assert await accounts.importing.create_many([]) == []


async def test_the_same_name_twice_is_refused(accounts: Accounts) -> None:
    """Rows that no preview has seen are checked as well."""
    with pytest.raises(UsernameTaken):
        await accounts.importing.create_many([ImportRow(1, "ana", PASSWORD), ImportRow(2, "ANA", PASSWORD)])
    assert accounts.users() == []


async def test_cancelling_leaves_nothing(accounts: Accounts) -> None:
    """In the middle of the hashing, by the flag or by cancelling the task."""
    rows = [ImportRow(n, f"user{n}", PASSWORD) for n in range(200)]
    cancel = threading.Event()

    def stop_at_ten(done: int, total: int) -> None:
        if done == 10:
            cancel.set()

    with pytest.raises(ImportCancelled):
        await accounts.importing.create_many(rows, progress=stop_at_ten, cancel=cancel)
    begun = asyncio.Event()
    task = asyncio.create_task(accounts.importing.create_many(rows, progress=sets(begun)))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert accounts.users() == []
    assert await accounts.audit.entries() == []
    assert len(await accounts.importing.create_many(rows[:3])) == 3


async def test_a_preview_can_be_cancelled(accounts: Accounts) -> None:
    """Within its first lines."""
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(ImportCancelled):
        await accounts.importing.preview("ana\nbob", cancel=cancel)


async def test_closing_ends_an_import(accounts: Accounts) -> None:
    """Whoever closes the program does not wait for a thousand hashes."""
    rows = [ImportRow(n, f"user{n}", PASSWORD) for n in range(2000)]
    begun = asyncio.Event()
    task = asyncio.create_task(accounts.importing.create_many(rows, progress=sets(begun)))
    await begun.wait()
    await accounts.close()
    with pytest.raises((StoreError, Busy), match=r"busy|closed"):
        await task


async def test_a_login_does_not_wait_for_an_import(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside 500 accounts that are hashed, the check of a login waits for no more hashes than there are threads."""
    await accounts.administration.create("ana", PASSWORD)
    started: list[str] = []
    begun, pool = asyncio.Event(), accounts._hashing
    real_hash, real_verify, real_queue = PasswordHasher.hash, PasswordHasher.verify, pool.verify

    def note_hash(self: PasswordHasher, password: str) -> str:
        started.append("hash")
        return real_hash(self, password)

    def note_verify(self: PasswordHasher, password: str, hashed: str | None) -> bool:
        started.append("verify")
        return real_verify(self, password, hashed)

    def note_queue(password: str, hashed: str | None, **options: Any) -> Awaitable[bool]:
        started.append("queued")
        return real_queue(password, hashed, **options)

    def tell(done: int, total: int) -> None:
        if done:
            begun.set()

    monkeypatch.setattr(PasswordHasher, "hash", note_hash)
    monkeypatch.setattr(PasswordHasher, "verify", note_verify)
    monkeypatch.setattr(pool, "verify", note_queue)
    preview = [ImportRow(n, f"user{n}", PASSWORD) for n in range(500)]
    task = asyncio.create_task(accounts.importing.create_many(preview, progress=tell))
    await begun.wait()
    await accounts.logins.login("ana", PASSWORD)
    assert started.index("verify") - started.index("queued") - 1 <= pool.thread_count
    await task


async def test_all_processors_hash(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many at once as there are threads."""
    count = accounts._hashing.thread_count
    together = threading.Barrier(count)
    real: Callable[[PasswordHasher, str], str] = PasswordHasher.hash

    def hash_together(self: PasswordHasher, password: str) -> str:
        together.wait(60)
        return real(self, password)

    monkeypatch.setattr(PasswordHasher, "hash", hash_together)
    await accounts.importing.create_many([ImportRow(n, f"user{n}", PASSWORD) for n in range(2 * count)])
    assert len(accounts.users()) == 2 * count


async def test_many_thousand_lines(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview with progress, and one transaction (the hashing left out here)."""
    told: list[tuple[int, int]] = []
    preview = await accounts.importing.preview(
        "\n".join(f"pupil{n}" for n in range(20_000)),
        progress=lambda done, total: told.append((done, total)),
    )
    assert len(preview.good) == 20_000
    assert told[-1] == (20_000, 20_000)
    assert len(told) > 20

    async def no_hash(password: str) -> str:
        return "x"

    monkeypatch.setattr(accounts._hashing, "hash", no_hash)
    assert len(await accounts.importing.create_many(preview.good)) == 20_000
    assert len(accounts.users()) == 20_000


MADE_ELSEWHERE = "$2a$04$fTRXBh1fRUcRBez.wrVILuTJb624v4ggDMx.zNvL5T11t1x0Zrix."
"""Of "correct horse", with a low cost."""


@pytest.mark.parametrize(
    "data",
    [
        f"id,username,email,password\n7,Ana,ana@example.org,{MADE_ELSEWHERE}\n",
        f"name;password_hash;created_at\nAna;{MADE_ELSEWHERE};2020\n",
        f"Ana,{MADE_ELSEWHERE}",
        json.dumps([{"id": 7, "username": "Ana", "name": "Ana M.", "password": MADE_ELSEWHERE}]),
        json.dumps({"users": [{"login": "Ana", "password": None, "hash": MADE_ELSEWHERE}]}),
        json.dumps({"_id": {"$oid": "7"}, "username": "Ana", "passwordHash": MADE_ELSEWHERE}) + "\n",
    ],
    ids=["a table", "other columns", "no header", "an array", "an object", "a line each"],
)
async def test_users_move_in_with_their_passwords(
    accounts: Accounts, open_accounts: OpenAccounts, data: str
) -> None:
    """From tables of other servers, without a hash being made; the first good login makes it one of ours."""
    preview = await accounts.importing.preview(data.encode())
    (row,) = preview.good
    assert (row.username, row.password, row.is_generated) == ("Ana", "", False)
    assert MADE_ELSEWHERE not in repr(row)
    (ana,) = await accounts.importing.create_many(preview.good)
    assert stored_hash(accounts) == f"raw:{MADE_ELSEWHERE}"
    with pytest.raises(InvalidCredentials):
        await accounts.logins.login("ana", "correct hors")
    assert stored_hash(accounts) == f"raw:{MADE_ELSEWHERE}"
    assert (await accounts.logins.login("ana", "correct horse")).account.id == ana.id
    ours = stored_hash(accounts)
    assert ours.startswith("$2b$04$")
    assert (await accounts.logins.login("ana", "correct horse")).account.revision == ana.revision
    assert stored_hash(accounts) == ours
    assert await (await open_accounts()).logins.login("ANA", "correct horse")


async def test_a_password_can_be_changed_before_the_first_login(accounts: Accounts) -> None:
    """Whoever has a token of the host's making knows the old password all the same."""
    (ana,) = await accounts.importing.create_many([ImportRow(1, "ana", "", password_hash=MADE_ELSEWHERE)])
    checked = accounts.sessions.check((await accounts.sessions.issue(ana.id, 60)).token)
    await accounts.logins.change_password(checked, "correct horse", "battery staple")
    await accounts.logins.login("ana", "battery staple")


async def test_a_full_queue_keeps_the_old_hash_and_lets_in(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making it one of ours can wait; the login need not."""
    await accounts.importing.create_many([ImportRow(1, "ana", "", password_hash=MADE_ELSEWHERE)])

    async def busy(*_: Any, **__: Any) -> str:
        raise Busy(1)

    with monkeypatch.context() as patch:
        patch.setattr(accounts._hashing, "hash", busy)
        await accounts.logins.login("ana", "correct horse")
    assert stored_hash(accounts) == f"raw:{MADE_ELSEWHERE}"
    await accounts.logins.login("ana", "correct horse")
    assert stored_hash(accounts).startswith("$2b$04$")


@pytest.mark.parametrize("made", ["$2b$31$" + "a" * 53, "$argon2id$v=19$x", "plain"])
async def test_a_hash_that_cannot_be_kept_is_a_problem(accounts: Accounts, made: str) -> None:
    """In the preview, and when a row is passed on all the same."""
    (row,) = (await accounts.importing.preview(json.dumps([{"user": "ana", "hash": made}]))).bad
    assert any("hash" in problem for problem in row.problems)
    with pytest.raises(InvalidField, match="hash"):
        await accounts.importing.create_many([row])


def stored_hash(accounts: Accounts) -> str:
    """Return the hash of the one account."""
    with transaction.reading(accounts._ledger._database) as db:
        return db.scalars(select(UserRow.password_hash)).one()
