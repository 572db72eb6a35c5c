"""The file of the signing secret and its rotation."""

from __future__ import annotations

import json
import logging
import os
import stat
from pathlib import Path

import pytest

from authws_desktop.accounts.errors import InvalidField, KeysError
from authws_desktop.accounts.keys import OUTSIDE_KEY_ID, SigningKeys

from .conftest import Clock

STRONG = "a secret by hand, long enough: 0123456789"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the secret is, in a folder that does not exist yet."""
    return tmp_path / "config" / "secret"


def test_the_first_start_makes_a_secret_that_stays(file: Path, clock: Clock) -> None:
    """A random secret of at least 32 bytes is made once and read again later."""
    first, again = SigningKeys(file, now=clock), SigningKeys(file, now=clock)
    assert len(first.active.secret) >= 32
    assert first.active == again.active
    assert not first.is_locked
    assert first.warning == ""
    assert [entry.name for entry in file.parent.iterdir()] == ["secret"]


@pytest.mark.skipif(os.name != "posix", reason="POSIX rights")
def test_only_the_owner_may_read_the_file(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The file has mode 0600 from the start; wider rights are taken away, and the log says so."""
    SigningKeys(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        SigningKeys(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "open to other users" in caplog.text


def test_no_secret_shows_in_a_repr(file: Path) -> None:
    """Neither the keys nor one key show a secret; the id says nothing about it."""
    keys = SigningKeys(file)
    secret = keys.active.secret.decode()
    for text in (repr(keys), repr(keys.active), str(keys), keys.active.id):
        assert secret not in text
        assert secret[:8] not in text


def test_a_secret_from_outside_wins_and_is_locked(file: Path) -> None:
    """With JWT_SECRET no file is read or made, and nothing can be rotated here."""
    keys = SigningKeys(file, override=STRONG)
    assert keys.active.secret == STRONG.encode()
    assert keys.active.id == OUTSIDE_KEY_ID
    assert keys.is_locked
    assert keys.warning == ""
    assert not keys.reload_if_changed()
    with pytest.raises(KeysError, match="JWT_SECRET"):
        keys.rotate(keep_until=None)
    assert not file.exists()


def test_a_short_secret_from_outside_works_with_a_warning(file: Path) -> None:
    """Under 32 bytes the warning names the minimum and not the secret."""
    keys = SigningKeys(file, override="kurz!äö")
    assert keys.active.secret == "kurz!äö".encode()
    assert "9 bytes" in keys.warning
    assert "32 bytes" in keys.warning
    assert "kurz" not in keys.warning


@pytest.mark.parametrize(
    "override", ["-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "ssh-rsa AAAA"]
)
def test_a_key_pair_from_outside_is_no_secret(file: Path, override: str) -> None:
    """PyJWT refuses such keys for HS256; that is said at the start, not at the first login."""
    with pytest.raises(KeysError, match="key pair") as refused:
        SigningKeys(file, override=override)
    assert override not in str(refused.value)


def test_a_secret_from_outside_that_is_no_text_is_told(file: Path) -> None:
    """Bytes of the environment are taken as they are; anything else is a sentence."""
    assert SigningKeys(file, override="\udcff" * 32).active.secret == b"\xff" * 32
    with pytest.raises(KeysError, match="not text"):
        SigningKeys(file, override="\ud800" * 32)


def test_rotation_can_keep_old_tokens_for_a_while(file: Path, clock: Clock) -> None:
    """The old secret is accepted, not used for signing, until the stated time; restarts do not matter."""
    keys = SigningKeys(file, now=clock)
    old = keys.active
    keys.rotate(keep_until=clock.now + 60)
    assert keys.active.id != old.id
    for ring in (keys, SigningKeys(file, now=clock)):
        assert [key.id for key in ring.accepted()] == [keys.active.id, old.id]
        assert next(key.id for key in ring.accepted(old.id)) == old.id
    clock.advance(60)
    assert keys.accepted_ids() == {keys.active.id}


def test_a_second_rotation_keeps_the_first_ones_time(file: Path, clock: Clock) -> None:
    """Rotating again neither shortens nor lengthens the time of a secret that was replaced before."""
    keys = SigningKeys(file, now=clock)
    first = keys.active
    keys.rotate(keep_until=clock.now + 60)
    keys.rotate(keep_until=clock.now + 600)
    assert len(keys.accepted()) == 3
    clock.advance(60)
    assert len(keys.accepted()) == 2
    assert first.id not in keys.accepted_ids()


def test_rotation_can_drop_old_tokens(file: Path, clock: Clock) -> None:
    """Without a time to keep, only the new secret is accepted and the old one is off the disk."""
    keys = SigningKeys(file, now=clock)
    old = keys.active
    keys.rotate(keep_until=None, secret=STRONG)
    assert keys.active.secret == STRONG.encode()
    assert keys.accepted_ids() == {keys.active.id}
    assert old.secret.decode() not in file.read_text()


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("short", "32 bytes"),
        ("", "32 bytes"),
        ("ab" * 40, "repeats"),
        ("x" * 5000, "at most"),
        (STRONG + "\ud800", "surrogate"),
        ("ssh-ed25519 " + STRONG, "key pair"),
    ],
)
def test_a_weak_secret_by_hand_is_refused(file: Path, secret: str, says: str) -> None:
    """The reason is given, and file and keys stay as they were."""
    keys = SigningKeys(file)
    before, content = keys.active, file.read_bytes()
    with pytest.raises(InvalidField, match=says) as refused:
        keys.rotate(keep_until=None, secret=secret)
    assert refused.value.field == "secret"
    assert keys.active == before
    assert file.read_bytes() == content


def test_another_process_is_noticed(file: Path) -> None:
    """A change of the file by another process is taken over once."""
    server, command_line = SigningKeys(file), SigningKeys(file)
    assert not server.reload_if_changed()
    command_line.rotate(keep_until=None)
    assert server.reload_if_changed()
    assert server.active == command_line.active
    assert not server.reload_if_changed()


def test_rotation_keeps_what_another_process_kept(file: Path, clock: Clock) -> None:
    """Two processes rotate one after the other: no secret that is still promised gets lost."""
    server, command_line = SigningKeys(file, now=clock), SigningKeys(file, now=clock)
    first = server.active
    command_line.rotate(keep_until=clock.now + 60)
    server.rotate(keep_until=clock.now + 60)
    assert {first.id, command_line.active.id, server.active.id} == server.accepted_ids()


def test_a_file_that_vanished_is_told_and_changes_nothing(file: Path) -> None:
    """The server goes on with the keys it has; put back, all is well; renewing writes it with the old key."""
    keys = SigningKeys(file)
    before, content = keys.active, file.read_bytes()
    away = file.with_name("away")
    file.rename(away)
    with pytest.raises(KeysError, match="is gone"):
        keys.reload_if_changed()
    assert keys.active == before
    away.rename(file)
    assert not keys.reload_if_changed()
    assert file.read_bytes() == content
    file.unlink()
    keys.rotate(keep_until=keys.active.created_at + 3600)
    assert [each.id for each in SigningKeys(file).accepted()] == [keys.active.id, before.id]


def test_what_a_killed_start_left_is_removed(file: Path) -> None:
    """Half a secret is not left lying about."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.with_name(f".{file.name}.x1y2z3_0").write_bytes(b"half")
    SigningKeys(file)
    assert [each.name for each in file.parent.iterdir()] == [file.name]


GOOD = {"id": "k", "secret": STRONG, "created_at": 1.0, "accepted_until": None}
BROKEN = [
    b"",
    b"\0" * 100,
    b"\xff\xfe",
    b"plain text secret, which is not accepted",
    b"[" * 100_000,
    b"{}",
    b'{"version": 1, "keys": []}',
    b'{"version": "1", "keys": []}',
    b'{"version": 0, "keys": [' + json.dumps(GOOD).encode() + b"]}",
    json.dumps({"version": 1, "keys": [{**GOOD, "secret": "short"}]}).encode(),
    json.dumps({"version": 1, "keys": [{**GOOD, "id": ""}]}).encode(),
    json.dumps({"version": 1, "keys": [GOOD]}).encode()[:-5],
    json.dumps({"version": 1, "keys": [GOOD]}).encode() + b" " * 70_000,
]


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_file_is_refused_and_left_alone(file: Path, content: bytes) -> None:
    """A sentence says what to do; the file keeps its content."""
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(KeysError, match=r"is damaged\. Restore it"):
        SigningKeys(file)
    assert file.read_bytes() == content


def test_a_newer_file_is_refused_and_left_alone(file: Path) -> None:
    """A file from a newer program names that as the reason."""
    file.parent.mkdir()
    file.write_text('{"version": 2, "keys": "of another form"}')
    with pytest.raises(KeysError, match="newer version"):
        SigningKeys(file)
    assert "another form" in file.read_text()


def test_a_file_that_breaks_while_running_is_not_overwritten(file: Path) -> None:
    """Reloading and rotating say what is wrong, every time, and the keys in use stay."""
    keys = SigningKeys(file)
    before = keys.active
    file.write_bytes(b"oops")
    for _ in range(2):
        with pytest.raises(KeysError, match="damaged"):
            keys.reload_if_changed()
        with pytest.raises(KeysError, match="damaged"):
            keys.rotate(keep_until=None)
    assert keys.active == before
    assert file.read_bytes() == b"oops"


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    """What cannot be read is a sentence, not a traceback."""
    (tmp_path / "secret").mkdir()
    with pytest.raises(KeysError, match=r"cannot be read .*Correct the rights"):
        SigningKeys(tmp_path / "secret")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file where the folder should be: a sentence that says what to do."""
    (tmp_path / "config").write_text("a file")
    with pytest.raises(KeysError, match="choose another data folder"):
        SigningKeys(tmp_path / "config" / "secret")


def test_a_failed_rotation_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk leaves file and keys as they were."""
    keys = SigningKeys(file)
    before, content = keys.active, file.read_bytes()

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("authws_desktop.files.write_atomically", no_space)
    with pytest.raises(KeysError, match=r"No space left on device\). The disk is full: make room"):
        keys.rotate(keep_until=None)
    assert keys.active == before
    assert file.read_bytes() == content


def test_two_first_starts_agree_on_one_secret(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes second to making the file takes the secret that is there."""
    first = SigningKeys(file)
    monkeypatch.setattr(SigningKeys, "_open", lambda self: (self._create(), self._read())[1])
    assert SigningKeys(file).active == first.active
    assert [entry.name for entry in file.parent.iterdir()] == ["secret"]


def test_a_file_system_without_links_works(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where hard links are not supported the file is put in place by renaming."""

    def no_links(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.link", no_links)
    assert SigningKeys(file).active == SigningKeys(file).active
