"""The two load loops: fan-out and round trips, on bare sockets with frames made beforehand."""

from __future__ import annotations

import array
import select
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.clients import Client, LoadError
from tests.benchmarks.wire import DELIVERED, START_OF_TEXT, client_frame

CONTENT = "x" * 62
"""64 bytes as JSON."""
IN_FLIGHT = 128
"""Broadcasts under way for full load: the server never waits, and nothing piles up."""
SENDERS = 8
SWEEP_S = 0.001
STALL_S = 5.0


@dataclass
class Load:
    """What a load loop saw.

    Attributes:
        count: Deliveries or round trips.
        seconds: Time measured.
        busy: Share of that time for which the load generator used its processor.
        latencies_s: Of round trips; `None` for other loads.
        delivered: Deliveries, those included that were under way at the end of the time.
    """

    count: int
    seconds: float
    busy: float
    latencies_s: array.array[float] | None = None
    delivered: int = 0

    @property
    def per_second(self) -> float:
        """The rate."""
        return self.count / self.seconds


class FanOut:
    """Keeps some broadcasts under way and counts what arrives at all clients.

    Frames are counted by their first byte, which ASCII JSON cannot contain. Between two looks at its sockets
    the loop sleeps `SWEEP_S`, so that a look finds several frames in each and the server's writes wake nobody.

    Args:
        clients: All receivers; the first `SENDERS` of them also send, the first one sets the pace.
        is_asking: Whether to send at all; a peer that streams by itself needs no asking.
        in_flight: Broadcasts under way.
    """

    def __init__(
        self, clients: Sequence[Client], *, is_asking: bool = True, in_flight: int = IN_FLIGHT
    ) -> None:
        self._sockets = {client.socket.fileno(): client.socket for client in clients}
        self._pace = clients[0].socket.fileno()
        self._sends = [client.socket.send for client in clients[:SENDERS]]
        self._frame = client_frame({"type": "message", "content": CONTENT})
        self._is_asking = is_asking
        self._in_flight = in_flight
        self._sent = 0
        self._buffer = bytearray(1 << 18)
        self._poller = select.epoll()
        for client in clients:
            client.socket.setblocking(False)
            self._poller.register(client.socket, select.EPOLLIN)

    def run(self, seconds: float) -> Load:
        """Run for a time; returns the deliveries of that time."""
        paced = counted = 0
        started_s, used_s = time.perf_counter(), time.process_time()
        last_s = started_s
        while True:
            if self._is_asking:
                self._send(self._in_flight - (self._sent - paced))
            new_count, new_pace = self._sweep()
            counted += new_count
            paced += new_pace
            now_s = time.perf_counter()
            if new_count:
                last_s = now_s
            elif now_s - last_s > STALL_S:
                raise LoadError("no broadcast arrived for some seconds")
            if now_s - started_s >= seconds:
                break
            time.sleep(SWEEP_S)
        load = Load(counted, now_s - started_s, (time.process_time() - used_s) / (now_s - started_s))
        load.delivered = self._finish(counted)
        return load

    def _finish(self, counted: int) -> int:
        """Wait for what is under way, and check that every broadcast reached everyone; return all deliveries."""
        if not self._is_asking:
            return counted
        expected = self._sent * len(self._sockets)
        deadline_s = time.perf_counter() + STALL_S
        while counted < expected and time.perf_counter() < deadline_s:
            counted += self._sweep()[0]
            time.sleep(SWEEP_S)
        if counted != expected:
            raise LoadError(f"{counted} deliveries of {expected} arrived")
        self._sent = 0
        return counted

    def _send(self, count: int) -> None:
        for _ in range(count):
            self._sends[self._sent % len(self._sends)](self._frame)
            self._sent += 1

    def _sweep(self) -> tuple[int, int]:
        buffer, sockets = self._buffer, self._sockets
        total = pace = 0
        for number, _ in self._poller.poll(0, 1000):
            size = sockets[number].recv_into(buffer)
            if not size:
                raise LoadError("the server closed a connection")
            count = buffer.count(START_OF_TEXT, 0, size)
            total += count
            if number == self._pace:
                pace = count
        return total, pace

    def close(self) -> None:
        """Leave the sockets to others."""
        self._poller.close()


class RoundTrips:
    """Each client sends its next direct message as soon as the last one was confirmed.

    Args:
        clients: Each sends to the next one.
    """

    def __init__(self, clients: Sequence[Client]) -> None:
        self._calls = {}
        self._sent_s: dict[int, float] = {}
        self._poller = select.epoll()
        for number, client in enumerate(clients):
            receiver = clients[(number + 1) % len(clients)].client_id
            frame = client_frame({"type": "direct", "to": receiver, "content": CONTENT, "messageId": number})
            client.socket.setblocking(False)
            self._calls[client.socket.fileno()] = client.socket.recv_into, client.socket.send, frame
            self._poller.register(client.socket, select.EPOLLIN)

    def run(self, seconds: float) -> Load:
        """Run for a time; returns the round trips completed in it."""
        for number, (_, send, frame) in self._calls.items():
            self._sent_s[number] = time.perf_counter()
            send(frame)
        used_s, started_s = time.process_time(), time.perf_counter()
        latencies = self._serve(started_s + seconds, is_sending=True)
        taken_s = time.perf_counter() - started_s
        busy = (time.process_time() - used_s) / taken_s
        # What is under way is awaited, but not counted.
        rest = self._serve(time.perf_counter() + STALL_S, is_sending=False)
        if len(rest) != len(self._calls):
            raise LoadError(f"{len(self._calls) - len(rest)} messages were never confirmed")
        return Load(len(latencies), taken_s, busy, latencies)

    def _serve(self, until_s: float, *, is_sending: bool) -> array.array[float]:
        buffer = bytearray(1 << 16)
        calls, sent_s, clock, poll = self._calls, self._sent_s, time.perf_counter, self._poller.poll
        latencies = array.array("d")
        note = latencies.append
        while (left_s := until_s - clock()) > 0:
            events = poll(left_s)
            for number, _ in events:
                receive, send, frame = calls[number]
                size = receive(buffer)
                if buffer.find(DELIVERED, 0, size) < 0:
                    if not size:
                        raise LoadError("the server closed a connection")
                    continue
                now_s = clock()
                note(now_s - sent_s[number])
                if is_sending:
                    sent_s[number] = now_s
                    send(frame)
            if not is_sending and len(latencies) == len(calls):
                break
        return latencies

    def close(self) -> None:
        """Leave the sockets to others."""
        self._poller.close()
