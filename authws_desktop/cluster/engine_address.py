"""Where the engine of a cluster is: its address as people write it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from authws_desktop.cluster.errors import ClusterError

DEFAULT_PORT = 6379
DEFAULT_NAME = "authws"
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ADVICE = "Write redis://HOST:PORT/0?name=NAME, or rediss:// for TLS."


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """An engine, and the name of the cluster on it. The repr leaves the password out.

    Attributes:
        host, port: Where it listens.
        database: Its number.
        username, password: Empty where none are needed.
        is_tls: Whether it is spoken to over TLS.
        name: The cluster's: all keys and channels begin with it.
    """

    host: str
    port: int
    database: int
    username: str
    password: str = field(repr=False)
    is_tls: bool
    name: str

    def key(self, *parts: str) -> str:
        """Return the name of a key or channel."""
        # In braces: an engine that is split over computers keeps all of a cluster in one place.
        return ":".join((f"authws:{{{self.name}}}", *parts))

    @property
    def shown(self) -> str:
        """The address without its password."""
        return f"{'rediss' if self.is_tls else 'redis'}://{self.host}:{self.port}/{self.database}"


def read_engine_address(text: str) -> EngineAddress:
    """Read an address.

    Raises:
        ClusterError: It cannot be understood; repeats no password.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port or DEFAULT_PORT
    except ValueError:
        raise ClusterError(f"The cluster's address is not valid. {_ADVICE}") from None
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise ClusterError(f"The cluster's address must begin with redis:// or rediss://. {_ADVICE}")
    database = parts.path.strip("/") or "0"
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    name = options.pop("name", DEFAULT_NAME)
    if not database.isascii() or not database.isdecimal():
        raise ClusterError(f"The engine's database is a number. {_ADVICE}")
    if not _NAME.fullmatch(name):
        raise ClusterError("A cluster's name is up to 64 letters, digits, dots, hyphens or underscores.")
    if options:
        raise ClusterError(f"The cluster's address has an unknown option '{next(iter(options))}'. {_ADVICE}")
    return EngineAddress(
        parts.hostname,
        port,
        int(database),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        parts.scheme == "rediss",
        name,
    )
