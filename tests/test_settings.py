"""Settings: precedence, limits, the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from authws_desktop.settings import (
    SETTING_INFOS,
    Settings,
    SettingsError,
    Source,
    load_settings,
    read_saved,
    save_settings,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def load(file: Path, **options: Any) -> Any:
    options.setdefault("environment", {})
    options.setdefault("dotenv_file", file.with_name("none.env"))
    return load_settings(file, **options)


def test_without_any_source_the_defaults_hold(file: Path) -> None:
    """The replaced server's defaults among them."""
    loaded = load(file)
    assert loaded.values == Settings()
    assert (loaded.values.port, loaded.values.host) == (4000, "localhost")
    assert set(loaded.sources.values()) == {Source.DEFAULT}
    assert not file.exists()


def test_each_source_beats_the_one_below(file: Path, tmp_path: Path) -> None:
    """Command line, environment, .env, saved, default."""
    dotenv = tmp_path / ".env"
    dotenv.write_text("PORT=3\nHOST=0.0.0.0\nAUTHWS_MESSAGE_RATE=7\n")
    save_settings(
        file, msgspec.structs.replace(Settings(), port=2, host="10.0.0.1", message_rate=5, auth_rate=3)
    )
    loaded = load(
        file,
        dotenv_file=dotenv,
        environment={"PORT": "4", "HOST": "127.0.0.1"},
        command_line={"port": 5, "host": None},
    )
    values = loaded.values
    assert (values.port, values.host, values.message_rate, values.auth_rate) == (5, "127.0.0.1", 7, 3)
    assert [str(loaded.sources[name]) for name in ("port", "host", "message_rate", "auth_rate", "token_life_s")] == [
        "command line", "environment", ".env file", "saved settings", "default",
    ]  # fmt: skip
    assert loaded.source_names["port"] == "--port"
    assert loaded.source_names["host"] == "HOST"
    assert loaded.is_locked("port")
    assert not loaded.is_locked("auth_rate")


def test_every_setting_has_an_environment_name(file: Path) -> None:
    """`AUTHWS_…` for each, and the replaced server's names."""
    names = [name for info in SETTING_INFOS.values() for name in info.env_names]
    assert len(names) == len(set(names))
    assert all(any(name.startswith("AUTHWS_") for name in info.env_names) for info in SETTING_INFOS.values())
    assert {"PORT", "HOST", "NODE_ENV"} <= set(names)
    assert load(file, environment={"AUTHWS_ENV": "development"}).values.environment == "development"
    assert load(file, environment={"NODE_ENV": "development"}).values.environment == "development"
    assert load(file, environment={"AUTHWS_PORT": "1", "PORT": "2"}).values.port == 1


@pytest.mark.parametrize("name", ["AUTHWS_MESSAGE_RATE", "AUTHWS_AUTH_RATE", "AUTHWS_REGISTER_RATE"])
def test_limits_can_be_switched_off(file: Path, name: str) -> None:
    """0 is a value."""
    values = load(file, environment={name: "0"}).values
    assert getattr(values, name.removeprefix("AUTHWS_").lower()) == 0


def test_lists_come_separated_by_commas(file: Path) -> None:
    """Empty parts do not count."""
    loaded = load(file, environment={"AUTHWS_ALLOWED_ORIGINS": "https://a.example, https://b.example,"})
    assert loaded.values.allowed_origins == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize(
    ("variable", "value", "text"),
    [
        ("PORT", "x", r"PORT \(environment\) must be a whole number, not 'x'"),
        ("PORT", "70000", "must be from 0 to 65535, not 70000"),
        ("PORT", "-1", "must be from 0 to 65535"),
        ("AUTHWS_REGISTRATION", "maybe", "must be one of approval, closed, invite, open, not 'maybe'"),
        ("NODE_ENV", "staging", "must be one of development, production"),
        ("AUTHWS_TOKEN_LIFE_S", "5", "must be from 10 to 31536000 s, not 5"),
        ("HOST", "x" * 300, "HOST"),
    ],
)
def test_a_wrong_value_names_its_variable_and_limits(
    file: Path, variable: str, value: str, text: str
) -> None:
    """Nothing is guessed."""
    with pytest.raises(SettingsError, match=text):
        load(file, environment={variable: value})


def test_saving_and_reading_agree(file: Path) -> None:
    """Only what differs from the defaults is written, in the window's groups."""
    settings = msgspec.structs.replace(
        Settings(), port=81, allowed_origins=["https://ü.example"], theme="dark"
    )
    save_settings(file, settings)
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
        ("[network]\nport = 1\n", "has no version"),
        ("version = 2\n", "newer version"),
        ("version = true\n", "has no version"),
        ("version = 1\nport = 1\n", "unknown key 'port'"),
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
    with pytest.raises(SettingsError, match="cannot be read"):
        load(file)


def test_saving_keeps_values_from_outside_in_force(file: Path) -> None:
    """What is locked stays, what is saved changes."""
    loaded = load(file, environment={"PORT": "5000"})
    changed = loaded.with_saved(msgspec.structs.replace(loaded.saved, port=6000, theme="dark"))
    assert (changed.values.port, changed.values.theme, changed.saved.port) == (5000, "dark", 6000)
    assert changed.sources["port"] is Source.ENVIRONMENT
    assert changed.sources["theme"] is Source.SAVED


def test_a_write_that_fails_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk at the worst moment."""
    save_settings(file, msgspec.structs.replace(Settings(), port=81))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_settings(file, Settings())
    assert read_saved(file).port == 81
    assert list(file.parent.iterdir()) == [file]


def test_every_setting_is_described(file: Path) -> None:
    """Label, one line of help, a group the window has, and limits for numbers."""
    for info in SETTING_INFOS.values():
        assert info.label
        assert info.help.endswith(".")
        assert info.group in ("Network", "Security", "Accounts", "Traffic", "Desktop")
        assert info.kind != "int" or (info.minimum is not None and info.maximum is not None)
