"""What people see and may do in the room, and which messages are kept for them."""

from functools import partial
from typing import Annotated, Literal

from authws_desktop.settings.checks import language_tag
from authws_desktop.settings.described import described

_room = partial(described, "Room")

Title = Annotated[
    str, _room("Title", "What this is, above the web client, such as the class or event.", max_length=80)
]
Welcome = Annotated[
    str, _room("Welcome", "A sentence that everybody reads before they come in.", max_length=500)
]
Language = Annotated[
    str,
    _room(
        "Language",
        "Of the web client, such as en, de or pt-BR. Empty: each browser's own.",
        max_length=35,
        check=language_tag,
    ),
]
WhoMayWrite = Annotated[
    Literal["everyone", "host"],
    _room(
        "Who may write",
        "To everyone: everybody, or only you and accounts with the role host. Direct messages go on.",
        words={"host": "Only hosts"},
    ),
]
Guests = Annotated[
    Literal["off", "on"],
    _room("Guests", "On: people come in by name alone, without a password. They end when the server stops."),
]
GuestDirects = Annotated[
    Literal["on", "off"],
    _room("Directs among guests", "Off: a guest cannot write to another guest alone."),
]
Images = Annotated[
    Literal["off", "on"],
    _room("Pictures", "On: the web client sends pictures, shrunk to 1,280 pixels and 300 kB."),
]
MessagesKept = Annotated[
    int,
    _room(
        "Messages kept",
        "The newest are stored, so that who was away gets what it missed; 0: none.",
        "messages",
        ge=0,
        le=100_000,
    ),
]
MessagesKeptDays = Annotated[
    int,
    _room(
        "Keep messages for",
        "Older ones are forgotten; a message for somebody who is away waits as long.",
        "days",
        ge=1,
        le=3650,
    ),
]
NewcomersSee = Annotated[
    Literal["nothing", "since_joined", "last", "all"],
    _room(
        "Newcomers see",
        "Of the messages kept: nothing, what was said since their account was made, also the last 50 "
        "before, or all.",
        words={
            "since_joined": "What was said since they joined",
            "last": "Also the last 50 messages before",
            "all": "All that is kept",
        },
    ),
]
