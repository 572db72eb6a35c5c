"""The saved settings: what is written, what is refused, what others did to the file."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from authws_desktop.settings import Settings, SettingsError, SettingsFile, Source
from authws_desktop.settings.file import read_saved
from tests.settings.conftest import load


def test_saving_and_reading_agree(file: Path) -> None:
    """Only what differs from the defaults is written, in the window's groups."""
    settings = msgspec.structs.replace(
        Settings(), port=81, allowed_origins=["https://ü.example"], theme="dark"
    )
    SettingsFile(file).save(settings)
    assert read_saved(file) == settings
    text = file.read_text("utf-8")
    assert "[network]" in text
    assert "[desktop]" in text
    assert "token_life_s" not in text
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("port = ", "not valid TOML"),
        ("version = 2\n", "newer version"),
        ("version = true\n", "is no number"),
        ("version = 1\nspeed = 1\n", "unknown key 'speed'"),
        ("port = 99999\n", "'port' in the settings file .* from 0 to 65535"),
        ("[network]\nallowed_origins = ['*']\n", "network.allowed_origins.*every web page"),
        ("version = 1\n[network]\nspeed = 1\n", "unknown key 'network.speed'"),
        ("version = 1\n[security]\nport = 1\n", "unknown key 'security.port'"),
        ('version = 1\n[network]\nport = "x"\n', "network.port"),
        ("version = 1\n[network]\nport = 99999\n", "from 0 to 65535"),
        ("version = 1\n[network]\nport = 1.5\n", "network.port"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_left_alone(file: Path, content: str, text: str) -> None:
    """The sentence names the file."""
    file.parent.mkdir()
    file.write_text(content)
    with pytest.raises(SettingsError, match=text) as caught:
        load(file)
    assert str(file) in str(caught.value)
    assert file.read_text() == content


def test_a_file_that_is_no_text_is_refused(file: Path) -> None:
    """Bytes that are not UTF-8."""
    file.parent.mkdir()
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="is UTF-16, not UTF-8"):
        load(file)
    file.write_bytes("[network]\nlocal_name = 'josé'".encode("latin-1"))
    with pytest.raises(SettingsError, match="is not UTF-8: byte 27 is 0xE9"):
        load(file)


def test_a_file_as_people_write_it(file: Path) -> None:
    """With the byte-order mark of Windows, without a version, without groups."""
    file.parent.mkdir()
    file.write_bytes(b"\xef\xbb\xbfmax_clients = 50\r\n\r\n[security]\r\nmessage_rate = 7\r\n")
    values = load(file).values
    assert (values.max_clients, values.message_rate) == (50, 7)


def test_saving_keeps_values_from_outside_in_force(file: Path) -> None:
    """What is locked stays, what is saved changes."""
    loaded = load(file, environment={"PORT": "5000"})
    changed = loaded.with_saved(msgspec.structs.replace(loaded.saved, port=6000, theme="dark"))
    assert (changed.values.port, changed.values.theme, changed.saved.port) == (5000, "dark", 6000)
    assert changed.sources["port"] is Source.ENVIRONMENT
    assert changed.sources["theme"] is Source.SAVED


def test_a_write_that_fails_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk at the worst moment."""
    SettingsFile(file).save(msgspec.structs.replace(Settings(), port=81))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(SettingsError, match="The disk is full: make room"):
        SettingsFile(file).save(Settings())
    assert read_saved(file).port == 81
    assert list(file.parent.iterdir()) == [file]


def test_a_settings_file_that_others_changed_is_left_alone(file: Path) -> None:
    """Nothing is saved over it; gone, it is told and written again; put back, all is well."""
    saved = SettingsFile(file)
    saved.save(msgspec.structs.replace(Settings(), port=81))
    saved.follow()
    assert saved.trouble == ""
    content = file.read_bytes()
    file.write_bytes(b"garbage")
    saved.follow()
    assert "was changed by another program" in saved.trouble
    with pytest.raises(SettingsError, match="cannot be saved"):
        saved.save(Settings())
    assert file.read_bytes() == b"garbage"
    file.unlink()
    saved.follow()
    assert "is gone" in saved.trouble
    saved.save(msgspec.structs.replace(Settings(), port=81))
    assert (saved.trouble, file.read_bytes()) == ("", content)
