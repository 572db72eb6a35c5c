"""A message from the host to everyone who is logged in."""

from __future__ import annotations

import msgspec

from authws_desktop.hub.hub import Hub
from authws_desktop.hub.traffic import Delivery
from authws_desktop.server.errors import ServiceError

MAX_CHARACTERS = 2000


def announce(hub: Hub, text: str) -> Delivery:
    """Send a text to every authenticated client, as an ordinary `message` of user `server`.

    Args:
        hub: Knows the clients.
        text: What to say; the space around it is dropped.

    Returns:
        To whom it went.

    Raises:
        ServiceError: There is nothing to say, or too much.
    """
    said = text.strip()
    if not said:
        raise ServiceError("An announcement needs a text.")
    if len(said) > MAX_CHARACTERS:
        raise ServiceError(
            f"An announcement has at most {MAX_CHARACTERS} characters; this one has {len(said)}."
        )
    return hub.broadcast_from_host(msgspec.Raw(msgspec.json.encode({"text": said})))
