"""The list of bans: rules, file, and what this computer is protected from."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import psutil
import pytest

from authws_desktop.admission.bans import (
    Ban,
    BanError,
    BanList,
    Subject,
    canonical_address,
    own_addresses_now,
)

OWN = frozenset({"192.168.1.2", "2001:db8::2"})
NOW_S = 1_790_000_000.0


class Clock:
    """Seconds since the epoch, set by hand."""

    now_s = NOW_S

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    """A clock that stands."""
    return Clock()


@pytest.fixture
def bans(tmp_path: Path, clock: Clock) -> BanList:
    """No bans yet."""
    return BanList(tmp_path / "bans.json", clock, lambda: OWN)


def test_a_ban_survives_a_restart(bans: BanList, tmp_path: Path) -> None:
    """Everything of it is in the file."""
    made = bans.add_user("id-ana", "ana", NOW_S + 60, "spam")
    other = BanList(tmp_path / "bans.json", Clock(), lambda: OWN)
    other.load()
    assert other.current() == [made]
    assert other.of_user("id-ana") == made
    assert other.of_user("id-ben") is None


@pytest.mark.parametrize("again", ["10.0.0.9", "::ffff:10.0.0.9", " [::ffff:a00:9] "])
def test_an_address_has_many_forms(bans: BanList, again: str) -> None:
    """IPv4 in IPv6 is the IPv4 address, both when banning and when asking."""
    made = bans.add_address(again)
    assert made.value == "10.0.0.9"
    assert bans.of_address("10.0.0.9") == made
    assert bans.of_address("::ffff:10.0.0.9") == made
    assert bans.of_address("10.0.0.10") is None


def test_ipv6_is_compared_by_value(bans: BanList) -> None:
    """Long form, capitals and zone make no difference."""
    made = bans.add_address("FE80:0:0:0::1%eth0")
    assert made.value == "fe80::1"
    assert bans.of_address("fe80::1%wlan0") == made


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::",
        "192.168.1.2", "::ffff:192.168.1.2", "2001:DB8:0::2",
    ],
)  # fmt: skip
def test_this_computer_can_never_be_banned(bans: BanList, tmp_path: Path, address: str) -> None:
    """Not by asking, and not by a line in the file."""
    with pytest.raises(BanError, match="this computer itself"):
        bans.add_address(address)
    ban = Ban("x", Subject.ADDRESS, canonical_address(address), "", NOW_S, None, "")
    row = {
        "id": "x",
        "subject": "address",
        "value": ban.value,
        "name": "",
        "createdAt": NOW_S,
        "until": None,
        "reason": "",
    }
    (tmp_path / "bans.json").write_text(json.dumps({"version": 1, "bans": [row]}))
    bans.load()
    assert bans.current() == [ban]
    assert bans.of_address(address) is None


def test_the_adapters_addresses_are_known() -> None:
    """Loopback at least is among them."""
    assert "127.0.0.1" in own_addresses_now()


@pytest.mark.parametrize("text", ["", "ana", "10.0.0", "10.0.0.0/8", "[[", "1" * 500])
def test_what_is_no_address_is_refused(bans: BanList, text: str) -> None:
    """The sentence says so, and nothing is written."""
    with pytest.raises(BanError, match="is not an IP address"):
        bans.add_address(text)
    assert bans.current() == []


def test_a_ban_ends_by_itself(bans: BanList, clock: Clock, tmp_path: Path) -> None:
    """At its time it counts no more, is not listed, and leaves the file with the next change."""
    bans.add_user("id-ana", "ana", NOW_S + 60)
    bans.add_address("10.0.0.9", NOW_S + 60)
    clock.now_s += 60
    assert bans.of_user("id-ana") is None
    assert bans.of_address("10.0.0.9") is None
    assert bans.current() == []
    bans.add_user("id-ben", "ben")
    assert "id-ana" not in (tmp_path / "bans.json").read_text()


def test_a_ban_in_the_past_is_refused(bans: BanList) -> None:
    """It would do nothing."""
    with pytest.raises(BanError, match="over already"):
        bans.add_user("id-ana", "ana", NOW_S)


def test_banning_again_replaces_and_lifting_ends(bans: BanList) -> None:
    """One ban for each subject."""
    bans.add_user("id-ana", "ana", None, "first")
    second = bans.add_user("id-ana", "ana", None, "second")
    assert bans.current() == [second]
    assert bans.lift(second.id) == second
    assert bans.current() == []
    assert bans.lift(second.id) is None


def test_another_process_is_followed_and_not_overwritten(bans: BanList, tmp_path: Path) -> None:
    """Two writers: each keeps what the other wrote."""
    other = BanList(tmp_path / "bans.json", Clock(), lambda: OWN)
    other.add_user("id-ana", "ana")
    bans.add_user("id-ben", "ben")
    assert {ban.name for ban in bans.current()} == {"ana", "ben"}
    revision = other.revision
    assert other.reload_if_changed()
    assert not other.reload_if_changed()
    assert other.revision == revision + 1
    assert {ban.name for ban in other.current()} == {"ana", "ben"}


def test_bans_stay_in_force_when_their_file_is_gone(bans: BanList, tmp_path: Path) -> None:
    """That is told; the next change writes all of them again, and a file that is put back is followed."""
    file = tmp_path / "bans.json"
    bans.add_user("id-ana", "ana")
    file.rename(tmp_path / "away")
    assert not bans.reload_if_changed()
    assert "are gone" in bans.trouble
    assert bans.of_user("id-ana") is not None
    (tmp_path / "away").rename(file)
    assert not bans.reload_if_changed()
    assert bans.trouble == ""
    file.unlink()
    bans.add_user("id-ben", "ben")
    assert bans.trouble == ""
    again = BanList(file, Clock(), lambda: OWN)
    again.load()
    assert {ban.name for ban in again.current()} == {"ana", "ben"}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff", b'{"version":2,"bans":[]}', b'{"version":1,"bans":[{"id":1}]}', b"[" * 5000],
)
def test_a_file_that_is_not_understood_is_left_alone(bans: BanList, tmp_path: Path, content: bytes) -> None:
    """What was in force stays, a change is refused with words, and the bytes stay."""
    made = bans.add_user("id-ana", "ana")
    (tmp_path / "bans.json").write_bytes(content)
    assert not bans.reload_if_changed()
    assert "cannot be understood" in bans.trouble
    assert bans.of_user("id-ana") == made
    with pytest.raises(BanError, match="cannot be understood"):
        bans.add_user("id-ben", "ben")
    with pytest.raises(BanError):
        bans.load()
    assert (tmp_path / "bans.json").read_bytes() == content


def test_a_folder_that_cannot_be_written_changes_nothing(tmp_path: Path) -> None:
    """The sentence names the file."""
    (tmp_path / "file").write_text("")
    bans = BanList(tmp_path / "file" / "bans.json", Clock(), lambda: OWN)
    with pytest.raises(BanError, match=r"bans\.json"):
        bans.add_user("id-ana", "ana")
    assert bans.current() == []


def test_the_words_tell_until_when_and_why(bans: BanList) -> None:
    """For a close frame and for an answer; a reason is cleaned of what cannot be seen."""
    ban = bans.add_user("id-ana", "ana", NOW_S + 60, "spam\u202e\n")
    assert ban.sentence == "The host has banned this account until 2026-09-21T14:14Z: spam."
    assert ban.close_reason == "banned by the host until 2026-09-21T14:14Z: spam"
    assert bans.add_address("10.0.0.9").sentence == "The host has banned this address."


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """As an editor of Windows leaves it."""
    file = tmp_path / "bans.json"
    BanList(file).add_address("203.0.113.9")
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    bans = BanList(file)
    bans.load()
    assert bans.of_address("203.0.113.9") is not None


def test_what_is_no_address_is_never_this_computer(bans: BanList) -> None:
    """A name is neither banned nor protected."""
    assert not bans.is_own("ana")


def test_a_reason_for_bans_unused_is_told_once(
    bans: BanList, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The file is looked at twice a second; the log has one line, also when it breaks in another way."""
    bans.add_user("id-ana", "ana")
    for content in (b"{", b"{", b"[["):
        (tmp_path / "bans.json").write_bytes(content)
        assert not bans.reload_if_changed()
        assert not bans.reload_if_changed()
    assert len([each for each in caplog.records if "cannot be understood" in each.getMessage()]) == 1
    assert bans.of_user("id-ana") is not None


@pytest.mark.parametrize("call", ["stat", "read_bytes"])
def test_a_file_that_cannot_be_read_says_so(
    bans: BanList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Bans stay in force; at a start the reason is raised."""
    bans.add_user("id-ana", "ana")
    (tmp_path / "bans.json").write_bytes(b"{}")

    def refuse(*_args: object, **_named: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, call, refuse)
    assert not bans.reload_if_changed()
    assert bans.trouble.endswith("cannot be read (Permission denied).")
    assert bans.of_user("id-ana") is not None
    with pytest.raises(BanError, match="cannot be read"):
        bans.load()


def test_adapters_that_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then only loopback is known to be this computer's."""

    def refuse() -> None:
        raise OSError

    monkeypatch.setattr(psutil, "net_if_addrs", refuse)
    assert own_addresses_now() == frozenset()


def test_a_ban_that_cannot_be_saved_is_refused(bans: BanList, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not in force either: nobody would know of it after the next start."""

    def write(_content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bans._watched, "write", write)
    with pytest.raises(BanError, match="No space left on device"):
        bans.add_user("id-ana", "ana")
    assert bans.of_user("id-ana") is None
