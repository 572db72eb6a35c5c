"""The settings themselves: defaults, units and limits, each with its words for window and documentation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta


def _meta(
    group: str, label: str, help_: str, unit: str = "", env: str = "", live: bool = True
) -> dict[str, Any]:
    """Describe a setting for window, documentation and environment.

    Args:
        group: Page group: Network, Security, Accounts, Traffic or Desktop.
        label: The name in the window.
        help_: One line of help.
        unit: Unit shown behind the value.
        env: A second environment name besides `AUTHWS_…` (the replaced server's).
        live: Whether a change takes effect without listening anew.
    """
    return {"group": group, "label": label, "help": help_, "unit": unit, "env": env, "live": live}


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
                "Names, besides this computer's own, by which clients may address the server.",
            ),
        ),
    ] = []
    allowed_origins: Annotated[
        list[str],
        Meta(
            max_length=100,
            extra=_meta(
                "Network", "Allowed origins", "Web pages that may connect, such as https://app.example.org."
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
                "Failures in 15 minutes, per account and per address, before growing waits; 0: no limit.",
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
            le=64 * 1024 * 1024,
            extra=_meta("Security", "Largest message", "A larger frame ends the connection (1009).", "bytes"),
        ),
    ] = 1024 * 1024
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

    registration: Annotated[
        Literal["open", "invite", "approval", "closed"],
        Meta(
            extra=_meta(
                "Accounts",
                "Registration",
                "Who may make an account: anyone who reaches the server, whoever has an invitation, "
                "whomever you approve, or nobody.",
            )
        ),
    ] = "open"
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
        Meta(extra=_meta("Desktop", "Colours", "Follow the system, or always light or dark.")),
    ] = "system"
    close_action: Annotated[
        Literal["ask", "keep", "stop"],
        Meta(
            extra=_meta(
                "Desktop",
                "Closing the window",
                "With clients connected: ask, keep the server running out of sight, or stop it.",
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
        Meta(extra=_meta("Desktop", "Log level", "Empty: info in production, debug in development.")),
    ] = ""

    @property
    def known_hosts(self) -> list[str]:
        """Names, besides the computer's own, by which clients may address the server."""
        return [*self.allowed_hosts, f"{self.local_name}.local"] if self.local_name else self.allowed_hosts
