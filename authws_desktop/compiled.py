"""Whether the hot modules are compiled, as in the packages; `--version` says so, and a report with it."""

from __future__ import annotations

import importlib.util
from importlib.machinery import EXTENSION_SUFFIXES

_HOTTEST = "authws_desktop.hub.talk"


def is_compiled() -> bool:
    """Tell whether messages pass through compiled modules. All of them are compiled or none is."""
    # Looked for, not imported: `--version` loads nothing that it can do without.
    spec = importlib.util.find_spec(_HOTTEST)
    return spec is not None and (spec.origin or "").endswith(tuple(EXTENSION_SUFFIXES))


def form_words() -> str:
    """Return the form of the hot modules in words."""
    return "compiled" if is_compiled() else "pure Python"
