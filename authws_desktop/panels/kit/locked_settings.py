"""Settings that are set from outside, in words."""

from __future__ import annotations

from authws_desktop.panels.kit.language import tr
from authws_desktop.panels.kit.sentences import said
from authws_desktop.settings import LoadedSettings


def locked_by(settings: LoadedSettings, name: str) -> str:
    """Return what sets a setting from outside, such as `PORT (environment)`; empty if nothing does."""
    if not settings.is_locked(name):
        return ""
    return f"{settings.source_names.get(name, name)} ({said(settings.sources[name])})"


def lock_words(settings: LoadedSettings, name: str) -> str:
    """Return what sets a setting from outside, for a tool tip; empty if nothing does."""
    source = locked_by(settings, name)
    return tr("Set by {source}").format(source=source) if source else ""
