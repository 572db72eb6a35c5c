"""Whose connections are broken, in words."""

from __future__ import annotations

from authws_desktop.panels.kit.language import tr


def target_words(target: str) -> str:
    """Return a target in words: Everyone, a user's name, or that it is one connection."""
    kind, _, value = target.partition(":")
    if kind == "user":
        return tr("User {name}").format(name=value)
    return tr("One connection") if kind == "conn" else tr("Everyone")
