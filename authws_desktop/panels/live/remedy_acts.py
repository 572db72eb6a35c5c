"""What is said of a row about something that went wrong, and the acts that mend it. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from authws_desktop.accounts.growing_waits import Lockout
from authws_desktop.settings import Settings
from authws_desktop.traffic.ring import TrafficRing


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """Save another value of a setting; takes effect at once and disconnects nobody."""

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class MakeToken:
    """Issue a token for a user and show it with snippets."""

    username: str


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """Show a user's account."""

    username: str


@dataclass(frozen=True, slots=True)
class ShowRow:
    """Choose another row, by its number."""

    number: int


@dataclass(frozen=True, slots=True)
class LiftWait:
    """Let somebody try passwords again at once.

    Attributes:
        username: The account that was tried, as logins compare it; may be empty.
        address: From where.
    """

    username: str
    address: str


class HostList(StrEnum):
    """A list that the host keeps, elsewhere in the window."""

    BANS = "bans"
    INVITATIONS = "invitations"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class OpenList:
    """Show a list, elsewhere in the window."""

    which: HostList


Act = ChangeSetting | MakeToken | OpenAccount | ShowRow | LiftWait | OpenList


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is said of a row.

    Attributes:
        cause: One sentence.
        remedy: One sentence; empty where there is nothing to do.
        label: What the button says; empty for none.
        act: What it does.
    """

    cause: str
    remedy: str = ""
    label: str = ""
    act: Act | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """The state of the program that explanations depend on.

    Attributes:
        ring: The rows before.
        settings: In force.
        has_account: Tells whether there is an account by a name.
        now_s: Seconds since the epoch.
    """

    ring: TrafficRing
    settings: Settings
    has_account: Callable[[str], bool]
    now_s: float
    lockouts: Callable[[], Sequence[Lockout]] = tuple
