"""`serve` with a fault put in, so that the soak run's own tests can see it found: `faulty_peer FAULT serve …`.

Of the frames with a message that clients are sent, every so many is lost, doubled, or sent behind later ones;
or an exception is logged with it, or the server dies (`dies`).
"""

from __future__ import annotations

import itertools
import logging
import os
import sys
from dataclasses import dataclass

from authws_desktop.cli.main import main
from authws_desktop.server.websocket.outbox import Outbox

EVERY = 150
PADDING = b"xxxxxxxx"
FAULTS = ("lost", "doubled", "reordered", "exceptions")

HELD_FOR = 25
"""So many later messages to the client that one of them is by the same sender; other senders' order is free."""
MARKER = b'"marker"'

_write = Outbox.write
_count = itertools.count(1)


@dataclass
class _Held:
    frame: bytes
    overtaken_by: int = 0


_held: dict[int, _Held] = {}


def _write_with_fault(outbox: Outbox, frame: bytes) -> bool:
    if MARKER in frame or (PADDING in frame and _is_overtaken(outbox)):
        _release(outbox)
    if PADDING not in frame or next(_count) % EVERY:
        return _write(outbox, frame)
    if fault == "reordered":
        _release(outbox)
        _held[id(outbox)] = _Held(frame)
        return True
    if fault == "lost":
        return True
    if fault == "doubled":
        _write(outbox, frame)
    elif fault == "dies":
        os._exit(1)
    elif fault == "exceptions":
        logging.getLogger(__name__).error("A fault was put in.", exc_info=RuntimeError("put in"))
    return _write(outbox, frame)


def _is_overtaken(outbox: Outbox) -> bool:
    held = _held.get(id(outbox))
    if held is None:
        return False
    held.overtaken_by += 1
    return held.overtaken_by > HELD_FOR


def _release(outbox: Outbox) -> None:
    held = _held.pop(id(outbox), None)
    if held is not None:
        _write(outbox, held.frame)


if __name__ == "__main__":
    fault = sys.argv[1]
    Outbox.write = _write_with_fault  # type: ignore[assignment,method-assign]
    sys.exit(main(sys.argv[2:]))
