"""Whether Qt finds a screen. Asked before Qt is, which would abort the process without a sentence."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

X_SOCKETS = Path("/tmp/.X11-unix")  # noqa: S108 - the place that every X server uses
X_PORT = 6000
CONNECT_TIMEOUT_S = 5.0
_ON_A_SCREEN = ("xcb", "wayland")

_ADVICE = (
    "The window needs a screen. Without one, run the server alone: authws-desktop serve "
    "(authws-desktop serve --help shows its options)."
)


def no_display_sentence(
    environment: Mapping[str, str] | None = None, system: str = sys.platform, x_sockets: Path = X_SOCKETS
) -> str:
    """Say why no window can open here; empty if one can, as far as can be told beforehand.

    Args:
        environment: The process's own if omitted.
        system: As in `sys.platform`; only Linux and its like can be without a screen.
        x_sockets: Folder of the X servers' sockets.
    """
    variables = os.environ if environment is None else environment
    platform = variables.get("QT_QPA_PLATFORM", "")
    # Other platforms (offscreen, vnc, linuxfb) need no screen server.
    if system in ("win32", "darwin") or (platform and not platform.startswith(_ON_A_SCREEN)):
        return ""
    x_display, wayland_display = variables.get("DISPLAY", ""), variables.get("WAYLAND_DISPLAY", "")
    if not x_display and not wayland_display:
        return f"There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set. {_ADVICE}"
    if _has_wayland(wayland_display, variables.get("XDG_RUNTIME_DIR", "")) or _has_x(x_display, x_sockets):
        return ""
    where = " and ".join(
        f"{name}={value}"
        for name, value in (("DISPLAY", x_display), ("WAYLAND_DISPLAY", wayland_display))
        if value
    )
    return f"There is no screen: nothing answers at {where}. {_ADVICE}"


def _has_wayland(display: str, runtime_dir: str) -> bool:
    return bool(display) and _answers(Path(runtime_dir) / display)


def _has_x(display: str, sockets: Path) -> bool:
    """Tell whether an X server answers; anything unusual is left to Qt."""
    host, colon, rest = display.rpartition(":")
    number = rest.split(".")[0]
    if not display or not colon or not number.isdecimal():
        return bool(display) and Path(display).exists()  # macOS names a socket's path
    # On Linux, X servers listen in the abstract namespace, too: the folder may not be visible from here.
    if host in ("", "unix"):
        name = f"{sockets}/X{number}"
        return _answers(name) or (sys.platform == "linux" and _answers("\0" + name))
    try:
        socket.create_connection((host.strip("[]"), X_PORT + int(number)), CONNECT_TIMEOUT_S).close()
    except (OSError, OverflowError):
        return False
    return True


def _answers(address: Path | str) -> bool:
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        return True
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_TIMEOUT_S)
        try:
            probe.connect(str(address))
        except (OSError, ValueError):
            return False
    return True
