"""Settings from all sources: which one holds, what is passed over, what is refused."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from authws_desktop.settings import (
    SETTING_INFOS,
    Settings,
    SettingsError,
    SettingsFile,
    Source,
)
from tests.settings.conftest import load


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
    SettingsFile(file).save(
        msgspec.structs.replace(Settings(), port=2, host="10.0.0.1", message_rate=5, auth_rate=3)
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
        ("AUTHWS_PORT", "x", r"AUTHWS_PORT \(environment\) must be a whole number, not 'x'"),
        ("AUTHWS_PORT", "70000", "must be from 0 to 65535, not 70000"),
        ("AUTHWS_PORT", "-1", "must be from 0 to 65535"),
        ("AUTHWS_REGISTRATION", "maybe", "must be one of approval, closed, invite, open, not 'maybe'"),
        ("AUTHWS_ENV", "staging", "must be one of development, production"),
        ("AUTHWS_TOKEN_LIFE_S", "5", "must be from 10 to 31536000 s, not 5"),
        ("AUTHWS_HOST", "x" * 300, "AUTHWS_HOST"),
        ("AUTHWS_ALLOWED_ORIGINS", "*", r"AUTHWS_ALLOWED_ORIGINS \(environment\): '\*' would let every"),
        ("AUTHWS_ALLOWED_ORIGINS", "https://a.example, b.example", "'b.example' is no origin"),
        ("AUTHWS_ALLOWED_HOSTS", "http://hub.example", "Write the name alone"),
        ("AUTHWS_TRUSTED_PROXIES", "10.0.0.0/8, proxy", "'proxy' is no address of a proxy"),
        ("AUTHWS_TRUSTED_PROXIES", "::/0", "means everybody"),
    ],
)
def test_a_wrong_value_names_its_variable_and_limits(
    file: Path, variable: str, value: str, text: str
) -> None:
    """Nothing is guessed."""
    with pytest.raises(SettingsError, match=text):
        load(file, environment={variable: value})


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("NODE_ENV", "test", "must be one of development, production, not 'test'"),
        ("HOST", "x86_64-conda-linux-gnu", "is no address of this computer"),
        ("HOST", "192.0.2.1", "is no address of this computer"),
        ("PORT", "abc", "must be a whole number, not 'abc'"),
        ("PORT", "tcp://10.0.0.1:80", "must be a whole number"),
        ("AUTHWS_PORT", "tcp://10.96.0.17:4000", "describes a service of that name"),
    ],
)
@pytest.mark.parametrize("source", ["environment", ".env file"])
def test_what_others_put_into_the_environment_is_passed_over(
    file: Path, variable: str, value: str, why: str, source: str
) -> None:
    """The default holds, and one warning names the variable."""
    if source == "environment":
        loaded = load(file, environment={variable: value})
    else:
        dotenv = file.with_name("shared.env")
        dotenv.parent.mkdir()
        dotenv.write_text(f"{variable}={value}\n")
        loaded = load(file, dotenv_file=dotenv)
    assert loaded.values == Settings()
    (warning,) = loaded.warnings
    assert warning.startswith(f"{variable} ({source}) is not used: ")
    assert why in warning


def test_behind_a_service_link_the_plain_name_counts(file: Path) -> None:
    """What Kubernetes says of its service does not hide `PORT`."""
    loaded = load(file, environment={"AUTHWS_PORT": "tcp://10.96.0.17:4000", "PORT": "5000"})
    assert loaded.values.port == 5000
    assert len(loaded.warnings) == 1


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("AUTHWS_MESAGES_KEPT", "AUTHWS_MESSAGES_KEPT"),
        ("AUTHWS_AUTHRATE", "AUTHWS_AUTH_RATE"),
        ("AUTHWS_TSL", "AUTHWS_TLS"),
        ("AUTHWS_ADMIN_TOKEN", ""),
        ("AUTHWS_LOOP", ""),
        ("AUTHWS_PROGRAM", ""),
        ("AUTHWS_TOKEN", ""),
        ("AUTHWS_SERVICE_HOST", ""),
        ("AUTHWS_PORT_4000_TCP_PORT", ""),
        ("AUTHWSTSL", ""),
    ],
)
def test_a_mistyped_variable_is_told(file: Path, variable: str, meant: str) -> None:
    """Else its value is lost in silence; variables of others that begin alike say nothing."""
    loaded = load(file, environment={variable: "1"})
    told = (f"{variable} (environment) is no setting. Did you mean {meant}?",) if meant else ()
    assert loaded.warnings == told
    assert loaded.values == Settings()


def test_a_host_that_is_ours_counts(file: Path) -> None:
    """Whatever spelling the system knows as an address of this computer."""
    for host in ("localhost", "127.0.0.1", "0.0.0.0", "::1", "::"):
        loaded = load(file, environment={"HOST": host})
        assert (loaded.values.host, loaded.warnings) == (host, ())


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_dotenv_file_that_is_no_text(file: Path, is_ours: bool) -> None:
    """Another program's is passed over; ours is refused, for what it says would not hold."""
    file.parent.mkdir()
    dotenv = file.with_name("shared.env")
    name = b"AUTHWS_AUTH_RATE=0" if is_ours else b"OTHER=1"
    dotenv.write_bytes("NAME=josé\n".encode("latin-1") + name)
    if is_ours:
        with pytest.raises(SettingsError, match="is not UTF-8: byte 8 is 0xE9"):
            load(file, dotenv_file=dotenv)
    else:
        (warning,) = load(file, dotenv_file=dotenv).warnings
        assert "is not UTF-8: byte 8 is 0xE9" in warning
    dotenv.write_bytes(b"\xef\xbb\xbfPORT=5000\r\n")
    assert load(file, dotenv_file=dotenv).values.port == 5000


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_line_of_a_dotenv_file_that_cannot_be_understood(
    file: Path, is_ours: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Told with file and line, and by nobody else; one of ours is not passed over."""
    file.parent.mkdir()
    dotenv = file.with_name("shared.env")
    dotenv.write_text(f'PORT=5000\n{"AUTHWS_TITLE" if is_ours else "OTHER"}="no end\n')
    if is_ours:
        with pytest.raises(SettingsError, match=r"Line 2 of the file .*shared\.env"):
            load(file, dotenv_file=dotenv)
    else:
        loaded = load(file, dotenv_file=dotenv)
        assert loaded.values.port == 5000
        assert [each.startswith("Line 2 of the file") for each in loaded.warnings] == [True]
    assert not caplog.records


def test_where_a_value_came_from_is_told(file: Path) -> None:
    """In words for a sentence."""
    SettingsFile(file).save(msgspec.structs.replace(Settings(), auth_rate=3))
    loaded = load(file, environment={"PORT": "4"}, command_line={"host": "127.0.0.1"})
    origins = [loaded.origin_of(name) for name in ("port", "host", "auth_rate", "theme")]
    assert origins == [
        "PORT (environment)",
        "--host on the command line",
        "the saved settings",
        "the default",
    ]
