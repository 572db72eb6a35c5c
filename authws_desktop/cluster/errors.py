"""What keeps a server from being part of a cluster."""

from __future__ import annotations

from authws_desktop.errors import ServiceError


class ClusterError(ServiceError):
    """The server cannot join; says why and what to do."""
