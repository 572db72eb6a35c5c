"""What keeps the server from running; `str()` is a sentence for the person at the desk."""

from __future__ import annotations


class ServiceError(Exception):
    """The server could not start, or a change could not be applied."""


class PortTaken(ServiceError):
    """Another program listens on the port.

    Attributes:
        port: The port.
        owner: The program and its process id, where the system tells; else empty.
        is_own: Whether that program is another copy of this one.
        next_free: A free port to offer; 0 if none was found.
        hint: How to see or stop that program on this system.
    """

    def __init__(self, port: int, owner: str, is_own: bool, next_free: int, hint: str = "") -> None:
        self.port = port
        self.owner = owner
        self.is_own = is_own
        self.next_free = next_free
        self.hint = hint
        who = f"another program ({owner})" if owner else "another program"
        if is_own:
            who = f"another copy of this program ({owner})"
        another = f"another port, such as {next_free}" if next_free else "another port"
        advice = f"Choose {another}{'' if is_own else ', or stop that program'}."
        super().__init__(f"Port {port} is in use by {who}. {advice} {hint}".rstrip())
