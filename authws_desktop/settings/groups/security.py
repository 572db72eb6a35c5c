"""Certificates, tokens, and the limits that keep one client from hurting the others."""

from functools import partial
from typing import Annotated, Literal

from authws_desktop.settings.described import described

_security = partial(described, "Security")

Tls = Annotated[
    Literal["off", "local", "files"],
    _security(
        "https and wss",
        "off; local: a certificate made here, which each device must trust once; files: your own.",
        words={
            "off": "Off: plain http and ws",
            "local": "Local: a certificate made here",
            "files": "Files: your own certificate",
        },
    ),
]
TlsCertificateFile = Annotated[
    str, _security("Certificate file", "PEM, with the chain below it; for your own files.", max_length=4096)
]
TlsKeyFile = Annotated[
    str, _security("Key file", "PEM without a password; for your own files.", max_length=4096)
]
TokenLifeS = Annotated[
    int,
    _security(
        "Token life",
        "How long a login lasts; holds for tokens issued from now on.",
        "s",
        ge=10,
        le=31_536_000,
    ),
]
AuthDeadlineS = Annotated[
    int,
    _security(
        "Log in within",
        "A connection that has not authenticated by then is closed (4001).",
        "s",
        ge=1,
        le=3600,
    ),
]
MessageRate = Annotated[
    int,
    _security(
        "Message rate",
        "Messages a second each connection may send; 0 switches the limit off.",
        "/s",
        ge=0,
        le=1_000_000,
    ),
]
MessageBurst = Annotated[
    int,
    _security(
        "Message burst",
        "Messages a connection may send at once before the rate applies.",
        "messages",
        ge=1,
        le=1_000_000,
    ),
]
AuthRate = Annotated[
    int,
    _security(
        "Failed logins",
        "Failures in 15 minutes on an account before growing waits; an address may fail on five "
        "times as many accounts; 0: no limit.",
        "per 15 min",
        ge=0,
        le=100_000,
    ),
]
RegisterRate = Annotated[
    int,
    _security(
        "Registrations",
        "Registrations in 15 minutes from one address; 0 switches the limit off.",
        "per 15 min",
        ge=0,
        le=100_000,
    ),
]
MaxMessageBytes = Annotated[
    int,
    _security(
        "Largest message",
        "A larger one ends the connection (1009). Many clients take no more than 1 MiB.",
        "bytes",
        ge=1024,
        le=100 * 1024 * 1024,
    ),
]
MaxBufferBytes = Annotated[
    int,
    _security(
        "Send buffer",
        "A client that reads so slowly that more than this waits for it is closed (4008).",
        "bytes",
        ge=64 * 1024,
        le=1024 * 1024 * 1024,
    ),
]
MaxBuffersBytes = Annotated[
    int,
    _security(
        "All buffers",
        "What waits for all slow clients together, and likewise what has come of all unfinished "
        "messages; beyond it, those who hold most are closed (4008, 1009).",
        "bytes",
        ge=1024 * 1024,
        le=64 * 1024 * 1024 * 1024,
    ),
]
