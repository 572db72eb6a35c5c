"""How a setting is described: its limits, and its words for window, documentation and environment."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Meta


def described(
    group: str,
    label: str,
    help_: str,
    unit: str = "",
    *,
    env: str = "",
    live: bool = True,
    check: Callable[[str], object] | None = None,
    words: Mapping[str, str] | None = None,
    ge: int | None = None,
    le: int | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | None = None,
) -> Meta:
    """Describe a setting, as what stands behind its type.

    Args:
        group: Page group: Network, Security, Accounts, Room, Traffic or Desktop.
        label: The name in the window.
        help_: One line of help.
        unit: Unit shown behind the value.
        env: A second environment name besides `AUTHWS_…` (the replaced server's).
        live: Whether a change takes effect without listening anew.
        check: Raises `ValueError`, with a sentence, for a text (of a list: an entry) that can never work.
        words: Of a choice: what each value is called where it is not called by itself.
        ge: The least a number may be.
        le: The most a number may be.
        min_length: The least length of a text, in characters.
        max_length: The greatest length of a text, in characters, or of a list, in entries.
        pattern: A regular expression that a text fits.
    """
    extra = {
        "group": group,
        "label": label,
        "help": help_,
        "unit": unit,
        "env": env,
        "live": live,
        "check": check,
        "words": words or {},
    }
    limits: dict[str, Any] = {
        "ge": ge,
        "le": le,
        "min_length": min_length,
        "max_length": max_length,
        "pattern": pattern,
    }
    return Meta(extra=extra, **limits)
