"""What no server can beat, and what the load generator can take: bare sockets without any protocol.

`stream`: waits for CLIENTS connections, then sends frames of SIZE bytes to each in turn for ever, BATCH of them
in one call. With BATCH 1 this is the physical limit of a fan-out in Python: one `socket.send` a delivery; with
a large BATCH it shows how much the load generator can read. `answer`: sends two frames for whatever arrives,
which shows how many round trips the load generator can make.
"""

from __future__ import annotations

import os
import select
import socket
import sys
from collections.abc import Callable


def frame(size_bytes: int, text: bytes = b"") -> bytes:
    """Return a text frame of a whole size, header included; between 130 and 65,539 bytes."""
    payload = text.ljust(size_bytes - 4, b"x")
    return b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload


def stream(listening: socket.socket, clients: int, size_bytes: int, batch: int) -> None:
    """Send frames to every connection in turn."""
    sockets = [accept(listening) for _ in range(clients)]
    data = frame(size_bytes) * batch
    sends = [each.send if batch == 1 else each.sendall for each in sockets]
    while True:
        for send in sends:
            send(data)


def answer(listening: socket.socket) -> None:
    """Answer everything that arrives with a message and a confirmation of delivery."""
    data = frame(220) + frame(190, b'{"type":"message_delivered"')
    poller = select.epoll()
    poller.register(listening, select.EPOLLIN)
    open_sockets: dict[int, socket.socket] = {}
    calls: dict[int, tuple[Callable[[int], bytes], Callable[[bytes], int]]] = {}
    while True:
        for number, _ in poller.poll():
            if number == listening.fileno():
                new = accept(listening)
                open_sockets[new.fileno()] = new
                calls[new.fileno()] = new.recv, new.send
                poller.register(new, select.EPOLLIN)
                continue
            receive, send = calls[number]
            if receive(65536):
                send(data)
            else:
                poller.unregister(number)
                open_sockets.pop(number).close()


def accept(listening: socket.socket) -> socket.socket:
    """Return the next connection."""
    new, _ = listening.accept()
    new.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return new


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=1024) as server:
        print("listening", flush=True)
        if sys.argv[1] == "stream":
            stream(server, *(int(each) for each in sys.argv[2:5]))
        else:
            answer(server)
