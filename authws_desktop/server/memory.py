"""How much memory clients can make the server take, whatever they do: computed from the limits.

tests/server/test_memory.py counts that no more is taken, README.md states the figure.
"""

from __future__ import annotations

from authws_desktop.protocol.limits import MAX_BODY_BYTES, MAX_HEAD_BYTES
from authws_desktop.server.places import Places
from authws_desktop.server.websocket.outbox import UNPAUSED_BYTES
from authws_desktop.settings import Settings

HTTP_READ_BYTES = 16 * 1024
"""What aiohttp buffers of a body that nobody reads yet; it pauses the connection at twice that."""
OBJECTS_BYTES = 16 * 1024
"""The objects of one connection of either kind, whatever it does."""
TLS_BYTES = 64 * 1024
"""What OpenSSL keeps for one connection."""

CONNECTION_BYTES = OBJECTS_BYTES + max(MAX_HEAD_BYTES + MAX_BODY_BYTES + 2 * HTTP_READ_BYTES, UNPAUSED_BYTES)
"""What one connection can take besides the common buffers: an HTTP request with a body takes most."""


def worst_case_bytes(settings: Settings) -> int:
    """Return what all clients together can make the server take.

    Args:
        settings: The limits.
    """
    connection_bytes = CONNECTION_BYTES + (TLS_BYTES if settings.tls != "off" else 0)
    return (
        Places(settings).connections * connection_bytes
        + 2 * settings.max_buffers_bytes  # what waits for slow clients, and unfinished messages
        + settings.traffic_max_bytes
    )
