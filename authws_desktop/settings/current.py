"""The one owner of the settings in force: parts are handed it, and read what they need when they need it."""

from __future__ import annotations

from authws_desktop.settings.fields import Settings
from authws_desktop.settings.sources import LoadedSettings


class CurrentSettings:
    """What is in force now, and where it came from.

    Nobody keeps a copy of a value: it would go on holding after the host has changed it. Read and replaced
    on the loop only.

    Attributes:
        loaded: The settings with the source of each; replaced as a whole when the host changes them.
        values: The settings alone, as `loaded.values`; an attribute of its own, as it is read often.
    """

    __slots__ = ("loaded", "values")

    def __init__(self, loaded: LoadedSettings) -> None:
        self.loaded = loaded
        self.values: Settings = loaded.values

    @classmethod
    def of(cls, values: Settings) -> CurrentSettings:
        """Return settings that nobody set from outside."""
        return cls(LoadedSettings.of(values))

    def replace(self, loaded: LoadedSettings) -> None:
        """Put other settings in force, at once and for every part."""
        self.loaded = loaded
        self.values = loaded.values
