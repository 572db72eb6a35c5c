"""Ports for servers that have to know theirs beforehand, or keep it through a restart."""

from __future__ import annotations

import random
import socket

BELOW_THE_SYSTEMS_OWN = range(20_000, 32_000)
"""No system gives these to outgoing connections or to who asks for any port, as other tests do meanwhile."""


def free_port() -> int:
    """Return a port that nobody uses."""
    for port in random.Random().sample(BELOW_THE_SYSTEMS_OWN, 100):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise AssertionError("no port is free")
