"""One frame on its way from a client through the server."""

from __future__ import annotations

from authws_desktop.hub.client import Client


class Received:
    """A whole message of a client, its fragments joined.

    Attributes:
        client: The sender.
        payload: Its bytes as they came; empty if it was no frame at all.
        is_binary: Whether it came as a binary frame.
        is_from_host: Whether the host sent it in the client's name.
        detail: A sentence for the record on how it came, where it was no frame; else empty.
    """

    __slots__ = ("client", "detail", "is_binary", "is_from_host", "payload")

    def __init__(
        self,
        client: Client,
        payload: bytes,
        *,
        is_binary: bool = False,
        is_from_host: bool = False,
        detail: str = "",
    ) -> None:
        self.client = client
        self.payload = payload
        self.is_binary = is_binary
        self.is_from_host = is_from_host
        self.detail = detail
