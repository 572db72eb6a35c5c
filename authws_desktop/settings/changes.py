"""What a change of settings changed, in people's words, for the log and the audit."""

from __future__ import annotations

from typing import Any

from authws_desktop.settings.fields import Settings
from authws_desktop.settings.infos import SETTING_INFOS, SettingInfo

_MOST_ENTRIES = 5
NOTHING = "nothing"


def changes_of(old: Settings, new: Settings) -> list[str]:
    """Return each setting that differs with its old and its new value, as `Message rate: 100/s → 200/s`.

    Addresses of databases and engines hold passwords: of those it is only said that they changed.
    """
    return [
        f"{info.label}: {_words(info, before)} → {_words(info, after)}"
        if not name.endswith("_url")
        else f"{info.label}: changed"
        for name, info in SETTING_INFOS.items()
        if (before := getattr(old, name)) != (after := getattr(new, name))
    ]


def _words(info: SettingInfo, value: Any) -> str:
    if isinstance(value, list):
        more = len(value) - _MOST_ENTRIES
        entries = [*map(str, value[:_MOST_ENTRIES]), *([f"{more} more"] if more > 0 else [])]
        return ", ".join(entries) or NOTHING
    if info.choices:
        return info.choice_words(value)
    if info.kind == "str":
        return value or NOTHING
    return f"{value}{info.unit}" if info.unit.startswith("/") else f"{value} {info.unit}".rstrip()
