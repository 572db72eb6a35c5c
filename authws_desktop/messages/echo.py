"""A user's directs on the user's own other connections."""

from __future__ import annotations

from collections.abc import Collection

from authws_desktop.hub.client import Client
from authws_desktop.hub.hub import Hub
from authws_desktop.messages.kept import Kept
from authws_desktop.protocol.framing import text_frame
from authws_desktop.protocol.server_messages import encode


def echo(hub: Hub, kept: Kept, store_name: str, without: Collection[Client]) -> None:
    """Show a direct to the other connections of its sender that asked for it.

    Args:
        hub: Holds them.
        kept: The direct, stored.
        store_name: Of its id on the wire.
        without: Connections that have it already: its receivers, where one writes to oneself.
    """
    others = [
        each
        for each in hub.connections_of(kept.sender)
        if each.wants_echo and each.client_id != kept.sender_client and each not in without
    ]
    if others:
        frame = kept.frame(store_name, kept.sender, is_replayed=False)
        hub.writer.write(others, text_frame(encode(frame)))
