"""The kept messages as a file: one JSON object a line, in the order they were said."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from authws_desktop.messages.kept import Kept
from authws_desktop.protocol.timestamps import format_timestamp


class ExportedMessage(msgspec.Struct, rename="camel", omit_defaults=True):
    """A line of the file. `to` is absent for a message to everyone, `userId` for one of the host."""

    timestamp: str
    username: str
    content: msgspec.Raw
    user_id: str = ""
    to: str = ""
    pinned: bool = False


def as_lines(messages: Iterable[Kept]) -> bytes:
    """Return messages as lines of JSON; their content is as it was written, on one line.

    Args:
        messages: The messages.
    """
    lines = (
        ExportedMessage(
            format_timestamp(each.time_s),
            each.sender_name,
            # A content may hold line ends between its parts; a line of the file may not.
            msgspec.Raw(each.content.replace(b"\n", b" ").replace(b"\r", b" ")),
            each.sender,
            each.to,
            each.is_pinned,
        )
        for each in messages
    )
    return msgspec.json.Encoder().encode_lines(lines)
