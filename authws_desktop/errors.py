"""The base of what can go wrong, and what keeps the server from running.

`str()` of each is a sentence for a person: what happened, what it means, what to do.
"""

from __future__ import annotations


class ProductError(Exception):
    """Something that a person is told in words; every area's errors derive from it."""


class ServiceError(ProductError):
    """The server could not start, or a change could not be applied.

    Attributes:
        origin: A sentence on where the values at fault came from; may be empty.
    """

    origin = ""

    def __str__(self) -> str:
        """Return what happened and what to do, and where the values came from."""
        text = super().__str__()
        if not self.origin:
            return text
        # A sentence may end with a command to be copied, which gets no full stop of its own.
        return f"{text} {self.origin}" if text.endswith(".") else f"{text}. {self.origin}"


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
        advice = f"Choose {another}." if is_own else f"Choose {another}, or stop that program."
        super().__init__(f"Port {port} is in use by {who}. {advice} {hint}".rstrip())
