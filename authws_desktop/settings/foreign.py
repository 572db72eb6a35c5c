"""Environment variables that this program shares with others, and values there that are not meant for it.

Only `AUTHWS_…` is this program's own, and a wrong value there is an error. `HOST`, `PORT` and `NODE_ENV` are
read since clients' set-ups of the replaced server have them, but conda sets `HOST` to a platform, test
runners set `NODE_ENV` to `test`, and Kubernetes sets `AUTHWS_PORT` to `tcp://…` beside a service of that
name. Such a value is passed over with a warning that names the variable.
"""

from __future__ import annotations

import re
import socket

_OWN_PREFIX = "AUTHWS_"
_SERVICE_LINK = re.compile(r"(?:tcp|udp|sctp)://\S+")


def is_own(variable: str) -> bool:
    """Tell whether a variable is this program's alone."""
    return variable.startswith(_OWN_PREFIX)


def is_service_link(variable: str, text: str) -> bool:
    """Tell whether a variable was set by an orchestrator that describes a service called authws."""
    return variable == "AUTHWS_PORT" and _SERVICE_LINK.fullmatch(text.strip()) is not None


def foreign_problem(variable: str, value: object) -> str:
    """Return why a value of a variable that is not ours alone is none for us; empty if it may be one.

    Args:
        variable: Its name.
        value: What the setting would be; it fits kind and limits.
    """
    if variable != "HOST" or not isinstance(value, str) or value == "localhost" or _can_listen(value):
        return ""
    return f"'{value}' is no address of this computer"


def _can_listen(host: str) -> bool:
    """Try to take any port at a host, as the server would."""
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as opened:
            opened.bind(address)
    except (OSError, UnicodeError):
        return False
    return True
