"""A hub, a ring and a service of plain values for the Live page's tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
from PySide6.QtCore import QModelIndex

from authws_desktop.hub.client import Client, RateLimit
from authws_desktop.hub.hub import Hub
from authws_desktop.hub.received import Received
from authws_desktop.panels.live.traffic_model import TrafficModel
from authws_desktop.panels.live.traffic_view import TrafficView
from authws_desktop.panels.live.users_model import UsersModel
from authws_desktop.protocol.client_messages import Direct, Message
from authws_desktop.protocol.codes import CloseCode
from authws_desktop.server.service import ServerState, Service
from authws_desktop.settings import Settings
from authws_desktop.traffic.history import History
from authws_desktop.traffic.record import Direction, HeldFrame, Identity, Kind, Record
from authws_desktop.traffic.recorder import Recorder
from authws_desktop.traffic.ring import TrafficRing

NOW_S = 1_790_000_000.0


class Clock:
    """A wall clock that only moves when told."""

    def __init__(self) -> None:
        self.now_s = NOW_S

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds


class SilentPeer:
    """Takes every frame; remembers how it was closed."""

    def __init__(self, *, is_slow: bool = False) -> None:
        self.is_slow = is_slow
        self.closed: list[CloseCode] = []
        self.held: list[HeldFrame] = []

    def write(self, frame: bytes) -> bool:
        """Take a frame."""
        return not self.is_slow

    def watch(self, held: HeldFrame) -> None:
        """Take note of a frame that waits."""
        self.held.append(held)

    def write_latest(self, frame: bytes) -> bool:
        """Take a frame."""
        return not self.is_slow

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Remember the code."""
        self.closed.append(code)


class _Timer:
    def cancel(self) -> None:
        """Nothing is under way."""


def _never(_delay_s: float, _callback: Callable[[], None]) -> _Timer:
    return _Timer()


@dataclass
class PlainService:
    """What the Live page reads of a service."""

    clock: Clock = field(default_factory=Clock)
    traffic: TrafficRing = field(default_factory=TrafficRing)
    state: ServerState = ServerState.RUNNING
    location: Any = field(
        default_factory=lambda: SimpleNamespace(
            http_url="http://192.168.1.20:4000", ws_url="ws://192.168.1.20:4000"
        )
    )
    disconnected: list[str] = field(default_factory=list)
    count: int = 0
    settings: Any = field(
        default_factory=lambda: SimpleNamespace(is_locked=lambda _name: False, values=Settings())
    )
    clustering: Any = field(default_factory=lambda: SimpleNamespace(node=None))
    accounts: Any = field(default_factory=lambda: SimpleNamespace(find=lambda _name: None))

    def __post_init__(self) -> None:
        self.history = History(Path("history.db"), self.traffic)
        self.hub = Hub(Recorder(self.traffic, self.clock), str.casefold, _never, self.clock, self.clock)

    def disconnect(self, client_ids: Iterable[str], reason: str = "") -> int:
        """Remember whom."""
        ids = list(client_ids)
        self.disconnected += ids
        return len(ids)

    def connect(self, address: str = "192.168.1.30", *, is_slow: bool = False, agent: str = "") -> Client:
        """Let somebody connect."""
        self.count += 1
        identity = Identity(self.count, f"c{self.count:04x}", address)
        client = Client(
            identity, SilentPeer(is_slow=is_slow), RateLimit(0, 0, 0), now_s=self.clock(), user_agent=agent
        )
        self.hub.connected(client)
        return client

    def log_in(self, client: Client, name: str, app: str = "", claims: bytes = b"") -> None:
        """Let a connection authenticate."""
        old = client.identity
        identity = Identity(old.number, old.client_id, old.address, f"id-{name}", name, f"t{old.number}", app)
        self.hub.recorder.add(
            Direction.IN, Kind.AUTHENTICATE, identity, b'{"type":"authenticate","token":"x"}', claims=claims
        )
        self.hub.authenticated(client, identity, self.clock() + 3600)

    def join(self, name: str, address: str = "192.168.1.30", app: str = "", **options: Any) -> Client:
        """Let somebody connect and authenticate."""
        client = self.connect(address, **options)
        self.log_in(client, name, app)
        return client

    def say(self, client: Client, content: object) -> None:
        """Let a client broadcast."""
        raw = json.dumps(content, ensure_ascii=False).encode()
        payload = b'{"type":"message","content":' + raw + b"}"
        client.messages_in += 1
        client.bytes_in += len(payload)
        client.last_active_at = self.clock()
        self.hub.talk.broadcast(Received(client, payload), Message(msgspec.Raw(raw)))

    def tell(self, client: Client, to: str, content: object, message_id: int = 1) -> None:
        """Let a client send to one user."""
        raw = json.dumps(content, ensure_ascii=False).encode()
        payload = f'{{"type":"direct","to":"{to}","messageId":{message_id},"content":'.encode() + raw + b"}"
        client.messages_in += 1
        client.last_active_at = self.clock()
        message = Direct(content=msgspec.Raw(raw), to=to, message_id=msgspec.Raw(b"%d" % message_id))
        self.hub.talk.direct(Received(client, payload), message)


def as_service(plain: PlainService) -> Service:
    """Pass a plain service for a real one."""
    return cast(Service, plain)


_PEOPLE = [Identity(n, f"c{n}", f"192.168.1.{n}", f"id{n}", f"user{n}", f"t{n}") for n in range(1, 40)]


def fill(ring: TrafficRing, count: int, **changes: Any) -> None:
    """Add plain messages of users in turn, a millisecond apart."""
    for _ in range(count):
        number = ring.next_number
        values: dict[str, Any] = {
            "identity": _PEOPLE[number % len(_PEOPLE)],
            "payload": b'{"type":"message","content":{"text":"hello number %d"}}' % number,
            "size_bytes": 54,
            "to": "all",
            "recipients": 12,
            **changes,
        }
        ring.append(Record(number, NOW_S + number / 1000, Direction.IN, Kind.MESSAGE, **values))


def record(payload: bytes = b"", **changes: Any) -> Record:
    """Return one record."""
    values: dict[str, Any] = {
        "identity": _PEOPLE[0],
        "payload": payload,
        "size_bytes": len(payload),
        **changes,
    }
    number = values.pop("number", 1)
    direction = values.pop("direction", Direction.IN)
    kind = values.pop("kind", Kind.MESSAGE)
    return Record(number, values.pop("time_s", NOW_S), direction, kind, **values)


REFUSED_CLAIMS = json.dumps(
    [
        {"claim": "alg", "is_good": True, "text": "Signed with HS256."},
        {"claim": "signature", "is_good": True, "text": "Signed with the current secret (k1)."},
        {"claim": "exp", "is_good": False, "text": "Expired 12 min 34 s ago."},
        {"claim": "iss", "is_good": True, "text": "Issued by this program."},
    ]
).encode()


def busy_scene(plain: PlainService) -> None:
    """Twelve clients of nine users, one not logged in, and what they did."""
    clock, add = plain.clock, plain.hub.recorder.add
    apps = ["Firefox", "phone 1.7", "dashboard", "python", "wscat", "laptop 1.9"]
    names = ["ana", "ana", "ben", "Chloé", "dmitri", "eva", "eva", "farid", "grace", "हरि", "ivo"]
    clients = []
    for number, name in enumerate(names):
        address = f"192.168.1.{31 + number}"
        add(
            Direction.IN, Kind.HTTP, Identity(address=address, username=name), b'{"username":"%s"}' % name.encode(),
            detail="POST /auth/login", outcome="",
        )  # fmt: skip
        clock.advance(0.212)
        client = plain.connect(address, is_slow=name == "ivo")
        add(Direction.EVENT, Kind.CONNECT, client.identity, detail="Mozilla/5.0 (X11; Linux x86_64)")
        clock.advance(0.004)
        plain.log_in(client, name, apps[number % len(apps)])
        client.rtt_s = 0.0011 * (number * 7 % 13 + 1)
        clients.append(client)
        clock.advance(1.7)
    stranger = plain.connect("192.168.1.77")
    add(Direction.EVENT, Kind.CONNECT, stranger.identity, detail="wscat/6.0")
    clock.advance(0.9)
    add(
        Direction.IN, Kind.AUTHENTICATE, stranger.identity, b'{"type":"authenticate","token":"[redacted]"}',
        outcome="AUTH_ERROR/expired", detail="The token has expired. Log in again.", claims=REFUSED_CLAIMS,
    )  # fmt: skip
    error = b'{"type":"error","code":"AUTH_ERROR","reason":"expired","message":"The token has expired. Log in again."}'
    plain.hub.send(
        stranger, Kind.ERROR, error, outcome="AUTH_ERROR", detail="The token has expired. Log in again."
    )
    for turn in range(8):
        clock.advance(0.731)
        speaker = clients[turn * 5 % len(clients)]
        plain.say(
            speaker, {"text": f"Move {turn + 1} is on the board", "turn": turn + 1, "tags": ["game", "move"]}
        )
        clock.advance(0.0312)
        plain.tell(speaker, names[(turn * 3 + 1) % len(names)], {"text": "your turn", "clock": 41.5 - turn})
    add(
        Direction.IN, Kind.INVALID, stranger.identity, b'{"type":"mesage","content":"hi"}',
        outcome="INVALID_MESSAGE_TYPE", detail="Unknown type 'mesage'.",
    )  # fmt: skip
    add(
        Direction.IN, Kind.REFUSED, Identity(address="192.168.1.90"), b"", outcome="401",
        detail="POST /auth/login. Wrong name or password.",
    )  # fmt: skip
    clock.advance(0.4)
    board = {
        "game": {"id": 4711, "players": ["ana", "ben"], "is_rated": True, "winner": None},
        "moves": [{"from": "e2", "to": "e4", "seconds": 3.25}, {"from": "e7", "to": "e5", "seconds": 1.5}],
        "comment": "Schön gespielt — “well played” ♞",
    }
    plain.say(clients[0], board)


def choose_number(view: TrafficView, number: int) -> bool:
    """Choose a row by the number of its record, as a click on it does; `False` if it is not shown."""
    model = view.model()
    assert isinstance(model, TrafficModel)
    row = model.row_of(number)
    if row is None:
        return False
    view.selectRow(row)
    view.scrollTo(model.index(row, 0))
    return True


def index_of(model: UsersModel, client: Client) -> QModelIndex:
    """Return where a connection is shown in the tree; invalid if it is not."""
    for row in range(model.rowCount()):
        parent = model.index(row, 0)
        for child in range(model.rowCount(parent)):
            index = model.index(child, 0, parent)
            if model.row_at(index) is client:
                return index
    return QModelIndex()
