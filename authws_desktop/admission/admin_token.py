"""The admin token: lets a program act as a host for one run of the server, without an account."""

from __future__ import annotations

import hmac
import secrets

from authws_desktop.admission.access import is_loopback

_PREFIX = "authws_admin_"


class AdminToken:
    """A token made at the start and told once, by `serve --json`; it ends with the process.

    Attributes:
        text: The token. Never logged or recorded.
        is_anywhere: Whether it counts from every address, not only from this computer.

    Args:
        is_anywhere: See above.
    """

    def __init__(self, *, is_anywhere: bool = False) -> None:
        self.text = _PREFIX + secrets.token_urlsafe(32)
        self.is_anywhere = is_anywhere

    def __repr__(self) -> str:
        return "AdminToken(…)"

    def matches(self, token: str) -> bool:
        """Tell whether a token is this one; takes as long for every other one."""
        return hmac.compare_digest(token.encode("utf-8", "surrogatepass"), self.text.encode())

    def counts_from(self, address: str) -> bool:
        """Tell whether it counts from an address.

        Args:
            address: The client's IP address.
        """
        return self.is_anywhere or is_loopback(address)
