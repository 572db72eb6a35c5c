"""What is known of each setting: its words and limits, and what is refused as its value."""

from __future__ import annotations

import pytest

from authws_desktop.settings import SETTING_INFOS, SettingsError, parse_value


def test_every_setting_is_described() -> None:
    """Label, one line of help, a group the window has, and limits for numbers."""
    for info in SETTING_INFOS.values():
        assert info.label
        assert info.help.endswith(".")
        assert info.group in ("Network", "Security", "Accounts", "Room", "Traffic", "Desktop")
        assert info.kind != "int" or (info.minimum is not None and info.maximum is not None)
        assert set(info.words) <= set(info.choices)
        assert all(info.choice_words(choice) for choice in info.choices)


@pytest.mark.parametrize("text", ["ftp://login.example.org/keys", "https://", "file:///etc/keys.pem"])
def test_a_place_that_keys_cannot_come_from_is_refused(text: str) -> None:
    """When it is set, from wherever."""
    with pytest.raises(SettingsError, match="Keys come from a file"):
        parse_value("foreign_keys", text, "AUTHWS_FOREIGN_KEYS")


@pytest.mark.parametrize(
    "text", ["", "/etc/keys.pem", "C:\\keys.json", "https://login.example.org/jwks", "HTTP://b:80/k"]
)
def test_keys_come_from_files_and_addresses(text: str) -> None:
    """As they are written."""
    assert parse_value("foreign_keys", text, "here") == text
