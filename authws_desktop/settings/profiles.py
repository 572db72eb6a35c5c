"""Profiles: groups of settings that are changed together by one choice, such as those for a class."""

from __future__ import annotations

from collections.abc import Mapping

from authws_desktop.settings.fields import Settings

CLASS_OR_EVENT: Mapping[str, int | str] = {
    "messages_kept": 10_000,
    "messages_kept_days": 30,
    "newcomers_see": "all",
    "guests": "on",
}
"""For people with phones: who drops or comes late has missed nothing, and a name is enough to come in."""
PROGRAMS: Mapping[str, int | str] = {name: getattr(Settings(), name) for name in CLASS_OR_EVENT}
"""As the program comes: nothing is kept, and whoever comes has an account."""
