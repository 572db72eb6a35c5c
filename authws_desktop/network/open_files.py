"""The system's limit on open files, of which each connection is one."""

from __future__ import annotations

import sys

UNLIMITED = 2**31 - 1


def raise_open_files(wanted: int) -> int:
    """Raise this process's soft limit on open files, as far as that is allowed.

    Systems start programs with 1,024 or even 256, for the sake of old ones that cannot count further; any
    program may raise that up to the hard limit.

    Args:
        wanted: How many open files are needed; the limit is never lowered.

    Returns:
        The limit in force; `UNLIMITED` where the system has none (Windows).
    """
    if sys.platform == "win32":
        return UNLIMITED
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return UNLIMITED
    if soft >= wanted:
        return soft
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError):  # macOS has a lower limit besides, which it does not tell
        return soft
    return allowed
