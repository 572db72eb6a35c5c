"""Settings: one typed struct with defaults, units and limits, its file, and where each value came from."""

from authws_desktop.settings.current import CurrentSettings
from authws_desktop.settings.fields import Settings
from authws_desktop.settings.file import SettingsFile
from authws_desktop.settings.infos import (
    SETTING_INFOS,
    SettingInfo,
    SettingsError,
    check_value,
    parse_value,
)
from authws_desktop.settings.sources import LoadedSettings, Source, load_settings, read_dotenv

__all__ = [
    "SETTING_INFOS",
    "CurrentSettings",
    "LoadedSettings",
    "SettingInfo",
    "Settings",
    "SettingsError",
    "SettingsFile",
    "Source",
    "check_value",
    "load_settings",
    "parse_value",
    "read_dotenv",
]
