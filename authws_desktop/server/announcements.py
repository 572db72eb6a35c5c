"""Messages from the host to everyone: said once, or kept on top until they are taken down."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import msgspec

from authws_desktop.errors import ServiceError
from authws_desktop.files import write_atomically
from authws_desktop.hub.hub import Hub
from authws_desktop.hub.pinboard import Pinned
from authws_desktop.tasks import start_task
from authws_desktop.traffic.record import Delivery

log = logging.getLogger(__name__)
MAX_CHARACTERS = 2000


def announce(hub: Hub, text: str, *, is_pinned: bool = False) -> Delivery:
    """Send a text to every authenticated client, as an ordinary `message` of user `server`.

    Args:
        hub: Holds the clients.
        text: The announcement; blanks around it are dropped.
        is_pinned: Whether it stays for who comes later; it takes the place of another one that does.

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
    content = msgspec.Raw(msgspec.json.encode({"text": said}))
    return hub.talk.broadcast_from_host(content, is_pinned=is_pinned)


def text_of(pinned: Pinned) -> str:
    """Return what an announcement says, for a person; JSON where it is no text."""
    try:
        value = msgspec.json.decode(pinned.content)
    except (msgspec.DecodeError, RecursionError):
        value = None
    if isinstance(value, dict):
        value = value.get("text")
    return value if isinstance(value, str) and value.strip() else bytes(pinned.content).decode()


class PinnedFile:
    """Keeps the announcement that stays in a file, so that it outlives the program.

    Args:
        hub: Holds it.
        file: Where it is kept.
    """

    def __init__(self, hub: Hub, file: Path) -> None:
        self._pins = hub.talk.pins
        self._file = file
        self._saved: Pinned | None = None
        self._saving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Take up what was pinned last; a file that cannot be read is left alone, and told in the log."""
        try:
            content = await asyncio.to_thread(self._file.read_bytes)
            self._pins.pinned = self._saved = msgspec.json.decode(content, type=Pinned)
        except FileNotFoundError:
            pass  # nothing was pinned
        except (OSError, msgspec.DecodeError, RecursionError) as error:
            log.warning("The announcement in %s cannot be read: %s", self._file, error)
        self._pins.on_changed = self._save_soon

    async def close(self) -> None:
        """Wait until what is pinned is on disk; may be called again."""
        if self._saving is not None:
            await self._saving

    def _save_soon(self) -> None:
        # One task at a time, which sees the newest: an older state must not be written over a newer one.
        if self._saving is None or self._saving.done():
            self._saving = start_task(self._save(), "save announcement")

    async def _save(self) -> None:
        while (pinned := self._pins.pinned) != self._saved:
            try:
                await asyncio.to_thread(self._write, pinned)
            except OSError as error:
                log.warning("The announcement cannot be saved to %s (%s).", self._file, error.strerror)
                return
            self._saved = pinned

    def _write(self, pinned: Pinned | None) -> None:
        if pinned is None:
            self._file.unlink(missing_ok=True)
        else:
            write_atomically(self._file, msgspec.json.encode(pinned))
