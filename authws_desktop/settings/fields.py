"""The settings themselves: defaults, units and limits, each with its words for window and documentation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from authws_desktop.authority import host_pattern, origin_pattern, proxy_network


def _meta(
    group: str,
    label: str,
    help_: str,
    unit: str = "",
    env: str = "",
    live: bool = True,
    check: Callable[[str], object] | None = None,
    words: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Describe a setting for window, documentation and environment.

    Args:
        group: Page group: Network, Security, Accounts, Room, Traffic or Desktop.
        label: The name in the window.
        help_: One line of help.
        unit: Unit shown behind the value.
        env: A second environment name besides `AUTHWS_…` (the replaced server's).
        live: Whether a change takes effect without listening anew.
        check: Raises `ValueError`, with a sentence, for a text (of a list: an entry) that can never work.
        words: Of a choice: what each value is called where it is not called by itself.
    """
    return {
        "group": group,
        "label": label,
        "help": help_,
        "unit": unit,
        "env": env,
        "live": live,
        "check": check,
        "words": words or {},
    }


def key_place(text: str) -> str:
    """Return where keys are had from, as written.

    Raises:
        ValueError: Keys cannot be had from there.
    """
    scheme, separator, rest = text.partition("://")
    if separator and (scheme.casefold() not in ("https", "http") or not rest.strip("/")):
        raise ValueError(
            "Keys come from a file, or from an address such as https://login.example.org/.well-known/jwks.json."
        )
    return text


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def language_tag(text: str) -> str:
    """Return a BCP 47 language tag as written, or nothing.

    Raises:
        ValueError: It is none.
    """
    if text and _LANGUAGE.fullmatch(text) is None:
        raise ValueError("A language is written as a short code, such as en, de or pt-BR.")
    return text


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a host may choose. Units are in the names; limits in each field's `Meta`."""

    host: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=255,
            extra=_meta(
                "Network",
                "Listen on",
                "localhost: only this computer. 0.0.0.0: everyone on the network. Or one adapter's address.",
                env="HOST",
                live=False,
            ),
        ),
    ] = "localhost"
    port: Annotated[
        int,
        Meta(
            ge=0,
            le=65535,
            extra=_meta(
                "Network",
                "Port",
                "TCP port for HTTP and WebSocket. 0 takes any free one.",
                env="PORT",
                live=False,
            ),
        ),
    ] = 4000
    shown_address: Annotated[
        str,
        Meta(
            max_length=255,
            extra=_meta(
                "Network",
                "Address to show",
                "The one that Copy, links and the QR code give out, if it is there. Empty: the likeliest.",
            ),
        ),
    ] = ""
    local_name: Annotated[
        str,
        Meta(
            max_length=63,
            pattern=r"^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)?$",
            extra=_meta(
                "Network",
                "Name in the network",
                "club makes http://club.local:PORT work on most devices nearby. Empty: none.",
            ),
        ),
    ] = ""
    allowed_hosts: Annotated[
        list[str],
        Meta(
            max_length=100,
            extra=_meta(
                "Network",
                "Allowed host names",
                "Names, besides this computer's own, by which clients may address the server, such as "
                "hub.example.org or *.example.org.",
                check=host_pattern,
            ),
        ),
    ] = []
    allowed_origins: Annotated[
        list[str],
        Meta(
            max_length=100,
            extra=_meta(
                "Network",
                "Allowed origins",
                "Web pages that may connect, such as https://app.example.org or https://*.example.org; "
                "null for pages opened from disk.",
                check=origin_pattern,
            ),
        ),
    ] = []
    trusted_proxies: Annotated[
        list[str],
        Meta(
            max_length=100,
            extra=_meta(
                "Network",
                "Trusted proxies",
                "Addresses or networks of your own reverse proxies, such as 10.0.0.0/8: what they say of a "
                "client's address (X-Forwarded-For) is believed.",
                check=proxy_network,
            ),
        ),
    ] = []
    max_clients: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            extra=_meta("Network", "Connections", "Connections accepted at the same time.", "connections"),
        ),
    ] = 10_000
    max_per_address: Annotated[
        int,
        Meta(
            ge=1,
            le=100_000,
            extra=_meta(
                "Network",
                "Connections from one address",
                "Of any kind, from one address of another computer; a whole class or event may share one.",
                "connections",
            ),
        ),
    ] = 2500
    ping_interval_s: Annotated[
        int,
        Meta(
            ge=1,
            le=3600,
            extra=_meta("Network", "Keep-alive every", "How often an idle connection is pinged.", "s"),
        ),
    ] = 20
    ping_timeout_s: Annotated[
        int,
        Meta(
            ge=1,
            le=3600,
            extra=_meta(
                "Network", "Answer within", "A connection that does not answer a ping in time is ended.", "s"
            ),
        ),
    ] = 20

    tls: Annotated[
        Literal["off", "local", "files"],
        Meta(
            extra=_meta(
                "Security",
                "https and wss",
                "off; local: a certificate made here, which each device must trust once; files: your own.",
                words={
                    "off": "Off: plain http and ws",
                    "local": "Local: a certificate made here",
                    "files": "Files: your own certificate",
                },
            )
        ),
    ] = "off"
    tls_certificate_file: Annotated[
        str,
        Meta(
            max_length=4096,
            extra=_meta("Security", "Certificate file", "PEM, with the chain below it; for your own files."),
        ),
    ] = ""
    tls_key_file: Annotated[
        str,
        Meta(
            max_length=4096,
            extra=_meta("Security", "Key file", "PEM without a password; for your own files."),
        ),
    ] = ""
    token_life_s: Annotated[
        int,
        Meta(
            ge=10,
            le=31_536_000,
            extra=_meta(
                "Security", "Token life", "How long a login lasts; holds for tokens issued from now on.", "s"
            ),
        ),
    ] = 86_400
    auth_deadline_s: Annotated[
        int,
        Meta(
            ge=1,
            le=3600,
            extra=_meta(
                "Security",
                "Log in within",
                "A connection that has not authenticated by then is closed (4001).",
                "s",
            ),
        ),
    ] = 30
    message_rate: Annotated[
        int,
        Meta(
            ge=0,
            le=1_000_000,
            extra=_meta(
                "Security",
                "Message rate",
                "Messages a second each connection may send; 0 switches the limit off.",
                "/s",
            ),
        ),
    ] = 200
    message_burst: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            extra=_meta(
                "Security",
                "Message burst",
                "Messages a connection may send at once before the rate applies.",
                "messages",
            ),
        ),
    ] = 400
    auth_rate: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            extra=_meta(
                "Security",
                "Failed logins",
                "Failures in 15 minutes on an account before growing waits; an address may fail on five "
                "times as many accounts; 0: no limit.",
                "per 15 min",
            ),
        ),
    ] = 10
    register_rate: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            extra=_meta(
                "Security",
                "Registrations",
                "Registrations in 15 minutes from one address; 0 switches the limit off.",
                "per 15 min",
            ),
        ),
    ] = 60
    max_message_bytes: Annotated[
        int,
        Meta(
            ge=1024,
            le=100 * 1024 * 1024,
            extra=_meta(
                "Security",
                "Largest message",
                "A larger one ends the connection (1009). Many clients take no more than 1 MiB.",
                "bytes",
            ),
        ),
    ] = 1_000_000
    max_buffer_bytes: Annotated[
        int,
        Meta(
            ge=64 * 1024,
            le=1024 * 1024 * 1024,
            extra=_meta(
                "Security",
                "Send buffer",
                "A client that reads so slowly that more than this waits for it is closed (4008).",
                "bytes",
            ),
        ),
    ] = 4 * 1024 * 1024
    max_buffers_bytes: Annotated[
        int,
        Meta(
            ge=1024 * 1024,
            le=64 * 1024 * 1024 * 1024,
            extra=_meta(
                "Security",
                "All buffers",
                "What waits for all slow clients together, and likewise what has come of all unfinished "
                "messages; beyond it, those who hold most are closed (4008, 1009).",
                "bytes",
            ),
        ),
    ] = 256 * 1024 * 1024

    registration: Annotated[
        Literal["open", "invite", "approval", "closed"],
        Meta(
            extra=_meta(
                "Accounts",
                "Registration",
                "Who may make an account: anyone who reaches the server, whoever has an invitation, "
                "whomever you approve, or nobody.",
                words={
                    "open": "Open: anyone who reaches the server",
                    "invite": "Invite: whoever has an invitation code",
                    "approval": "Approval: you accept each newcomer",
                    "closed": "Closed: only you make accounts",
                },
            )
        ),
    ] = "open"
    foreign_tokens: Annotated[
        Literal["off", "known", "anyone"],
        Meta(
            extra=_meta(
                "Accounts",
                "Tokens of your backend",
                "Let in who has a token of another issuer: off; known: who has an account here; anyone.",
                words={"known": "Of people with an account", "anyone": "Of anyone"},
            )
        ),
    ] = "off"
    foreign_keys: Annotated[
        str,
        Meta(
            max_length=4096,
            extra=_meta(
                "Accounts",
                "Keys of those tokens",
                "Empty: HS256 with this server's secret. Or public keys: a PEM or JWKS file, or a JWKS URL.",
                check=key_place,
            ),
        ),
    ] = ""
    min_password: Annotated[
        int,
        Meta(
            ge=4,
            le=64,
            extra=_meta(
                "Accounts",
                "Shortest password",
                "Holds for passwords that are set from now on; under 8 they are easily guessed.",
                "characters",
            ),
        ),
    ] = 8
    audit_keep_days: Annotated[
        int,
        Meta(
            ge=1,
            le=3650,
            extra=_meta(
                "Accounts",
                "Keep the audit for",
                "What was done to accounts, and by whom, is forgotten after so long.",
                "days",
            ),
        ),
    ] = 90
    database_url: Annotated[
        str,
        Meta(
            max_length=1000,
            extra=_meta(
                "Accounts",
                "Database address",
                "Empty: SQLite in the data folder. Or an SQLAlchemy URL; takes effect at next launch.",
                live=False,
            ),
        ),
    ] = ""
    cluster_url: Annotated[
        str,
        Meta(
            max_length=1000,
            extra=_meta(
                "Network",
                "Cluster",
                "Empty: alone. redis://HOST:PORT/0?name=NAME: one of several (docs/cluster.md).",
                live=False,
            ),
        ),
    ] = ""
    drain_s: Annotated[
        int,
        Meta(
            ge=0,
            le=600,
            extra=_meta(
                "Network",
                "Drain for",
                "In a cluster, a server that stops sends its clients to the others over this long.",
                "seconds",
            ),
        ),
    ] = 10

    title: Annotated[
        str,
        Meta(
            max_length=80,
            extra=_meta("Room", "Title", "What this is, above the web client, such as the class or event."),
        ),
    ] = ""
    welcome: Annotated[
        str,
        Meta(
            max_length=500,
            extra=_meta("Room", "Welcome", "A sentence that everybody reads before they come in."),
        ),
    ] = ""
    language: Annotated[
        str,
        Meta(
            max_length=35,
            extra=_meta(
                "Room",
                "Language",
                "Of the web client, such as en, de or pt-BR. Empty: each browser's own.",
                check=language_tag,
            ),
        ),
    ] = ""
    who_may_write: Annotated[
        Literal["everyone", "host"],
        Meta(
            extra=_meta(
                "Room",
                "Who may write",
                "To everyone: everybody, or only you and accounts with the role host. Direct messages go on.",
                words={"host": "Only hosts"},
            )
        ),
    ] = "everyone"
    guests: Annotated[
        Literal["off", "on"],
        Meta(
            extra=_meta(
                "Room",
                "Guests",
                "On: people come in by name alone, without a password. They end when the server stops.",
            )
        ),
    ] = "off"
    guest_directs: Annotated[
        Literal["on", "off"],
        Meta(
            extra=_meta("Room", "Directs among guests", "Off: a guest cannot write to another guest alone.")
        ),
    ] = "on"
    images: Annotated[
        Literal["off", "on"],
        Meta(
            extra=_meta(
                "Room", "Pictures", "On: the web client sends pictures, shrunk to 1,280 pixels and 300 kB."
            )
        ),
    ] = "off"

    messages_kept: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            extra=_meta(
                "Room",
                "Messages kept",
                "The newest are stored, so that who was away gets what it missed; 0: none.",
                "messages",
            ),
        ),
    ] = 0
    messages_kept_days: Annotated[
        int,
        Meta(
            ge=1,
            le=3650,
            extra=_meta(
                "Room",
                "Keep messages for",
                "Older ones are forgotten; a message for somebody who is away waits as long.",
                "days",
            ),
        ),
    ] = 30
    newcomers_see: Annotated[
        Literal["nothing", "since_joined", "last", "all"],
        Meta(
            extra=_meta(
                "Room",
                "Newcomers see",
                "Of the messages kept: nothing, what was said since their account was made, also the last 50 "
                "before, or all.",
                words={
                    "since_joined": "What was said since they joined",
                    "last": "Also the last 50 messages before",
                    "all": "All that is kept",
                },
            )
        ),
    ] = "last"

    traffic_max_records: Annotated[
        int,
        Meta(
            ge=100,
            le=10_000_000,
            extra=_meta("Traffic", "Rows kept", "The newest rows are kept, older ones are dropped.", "rows"),
        ),
    ] = 100_000
    traffic_max_bytes: Annotated[
        int,
        Meta(
            ge=1024 * 1024,
            le=16 * 1024 * 1024 * 1024,
            extra=_meta(
                "Traffic",
                "Memory for rows",
                "Older rows are dropped when their payloads take more than this.",
                "bytes",
            ),
        ),
    ] = 256 * 1024 * 1024
    history_max_mib: Annotated[
        int,
        Meta(
            ge=0,
            le=2000,
            extra=_meta(
                "Traffic",
                "History file",
                "What passes is also kept in a file of at most this size, across launches; 0: off.",
                "MiB",
            ),
        ),
    ] = 0

    theme: Annotated[
        Literal["system", "light", "dark"],
        Meta(
            extra=_meta(
                "Desktop",
                "Colours",
                "Follow the system, or always light or dark.",
                words={"system": "Follow the system"},
            )
        ),
    ] = "system"
    window_language: Annotated[
        Literal["", "en", "de", "es", "fr", "pt-BR", "tr", "ar", "zh-CN", "ja"],
        Meta(
            extra=_meta(
                "Desktop",
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
            )
        ),
    ] = ""
    close_action: Annotated[
        Literal["ask", "keep", "stop"],
        Meta(
            extra=_meta(
                "Desktop",
                "Closing the window",
                "With clients connected: ask, keep the server running out of sight, or stop it.",
                words={"ask": "Ask what to do", "keep": "Keep the server running", "stop": "Stop the server"},
            )
        ),
    ] = "ask"
    keep_awake: Annotated[
        Literal["on", "off"],
        Meta(
            extra=_meta(
                "Desktop",
                "Keep the computer awake",
                "It does not fall asleep while clients are connected, where the system offers that.",
            )
        ),
    ] = "on"
    notify_newcomer: Annotated[
        Literal["on", "off"],
        Meta(
            extra=_meta(
                "Desktop", "Tell of newcomers", "A message from the tray when somebody waits for approval."
            )
        ),
    ] = "on"
    notify_first_client: Annotated[
        Literal["on", "off"],
        Meta(
            extra=_meta(
                "Desktop", "Tell of the first client", "A message from the tray when somebody connects first."
            )
        ),
    ] = "off"
    notify_refused_login: Annotated[
        Literal["on", "off"],
        Meta(
            extra=_meta(
                "Desktop", "Tell of refused logins", "A message from the tray when a login was refused."
            )
        ),
    ] = "off"
    environment: Annotated[
        Literal["production", "development"],
        Meta(
            extra=_meta("Desktop", "Environment", "Development writes a more detailed log.", env="NODE_ENV")
        ),
    ] = "production"
    log_level: Annotated[
        Literal["", "debug", "info", "warning", "error"],
        Meta(
            extra=_meta(
                "Desktop",
                "Log level",
                "Empty: info in production, debug in development.",
                words={"": "As the environment says"},
            )
        ),
    ] = ""

    @property
    def known_hosts(self) -> list[str]:
        """Names, besides the computer's own, by which clients may address the server."""
        return [*self.allowed_hosts, f"{self.local_name}.local"] if self.local_name else self.allowed_hosts
