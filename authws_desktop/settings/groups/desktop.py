"""The window, the tray and the log."""

from functools import partial
from typing import Annotated, Literal

from authws_desktop.settings.described import described

_desktop = partial(described, "Desktop")

Theme = Annotated[
    Literal["system", "light", "dark"],
    _desktop("Colours", "Follow the system, or always light or dark.", words={"system": "Follow the system"}),
]
WindowLanguage = Annotated[
    Literal["", "en", "de", "es", "fr", "pt-BR", "tr", "ar", "zh-CN", "ja"],
    _desktop(
        "Language of the window",
        "The window is built anew when it changes. The web client has its own, under Room.",
        words={
            "": "As the system",
            "en": "English",
            "de": "Deutsch",
            "es": "Español",
            "fr": "Français",
            "pt-BR": "Português (Brasil)",
            "tr": "Türkçe",
            "ar": "العربية",
            "zh-CN": "简体中文",
            "ja": "日本語",
        },
    ),
]
CloseAction = Annotated[
    Literal["ask", "keep", "stop"],
    _desktop(
        "Closing the window",
        "With clients connected: ask, keep the server running out of sight, or stop it.",
        words={"ask": "Ask what to do", "keep": "Keep the server running", "stop": "Stop the server"},
    ),
]
KeepAwake = Annotated[
    Literal["on", "off"],
    _desktop(
        "Keep the computer awake",
        "It does not fall asleep while clients are connected, where the system offers that.",
    ),
]
NotifyNewcomer = Annotated[
    Literal["on", "off"],
    _desktop("Tell of newcomers", "A message from the tray when somebody waits for approval."),
]
NotifyFirstClient = Annotated[
    Literal["on", "off"],
    _desktop("Tell of the first client", "A message from the tray when somebody connects first."),
]
NotifyRefusedLogin = Annotated[
    Literal["on", "off"],
    _desktop("Tell of refused logins", "A message from the tray when a login was refused."),
]
NotifyUpdate = Annotated[
    Literal["on", "off"],
    _desktop(
        "Tell of newer versions",
        "At the start and once a day, the page of this program is asked. Off: nobody is asked.",
    ),
]
Environment = Annotated[
    Literal["production", "development"],
    _desktop("Environment", "Development writes a more detailed log.", env="NODE_ENV"),
]
LogLevel = Annotated[
    Literal["", "debug", "info", "warning", "error"],
    _desktop(
        "Log level", "Empty: info in production, debug in development.", words={"": "As the environment says"}
    ),
]
