"""Finds the routes of a path; letter case and one slash at the end do not count (the wire contract)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from authws_desktop.protocol.route import Route
from authws_desktop.protocol.routes import ROUTES


@dataclass(frozen=True, slots=True)
class Found:
    """What a path leads to.

    Attributes:
        routes: By method, `HEAD` among them.
        values: The path's parameters, decoded.
    """

    routes: dict[str, Route]
    values: dict[str, str]

    @classmethod
    def file(cls, route: Route, name: str) -> Found:
        """Return what the path of a file leads to."""
        return cls(dict.fromkeys(route.methods, route), {"file": name})

    @property
    def methods(self) -> str:
        """What `Allow` and a CORS preflight name."""
        return ", ".join((*self.routes, "OPTIONS"))


_Segments = tuple[str, ...]


class Router:
    """Routes by path.

    Args:
        routes: No path may fit two of them.
    """

    def __init__(self, routes: Iterable[Route] = ROUTES) -> None:
        self._by_path: dict[_Segments, dict[str, Route]] = {}
        for route in routes:
            methods = self._by_path.setdefault(tuple(route.path.split("/")[1:]), {})
            methods.update(dict.fromkeys(route.methods, route))

    def find(self, path: str) -> Found | None:
        """Return what is at a path; `None` if no route fits, whatever the method.

        Args:
            path: As it was sent: still encoded, without the query.
        """
        segments = segments_of(path)
        if segments is None:
            return None
        folded = tuple(segment.lower() for segment in segments)
        # Before the patterns: a fixed path wins over a parameter, and nearly every request ends here.
        if (routes := self._by_path.get(folded)) is not None:
            return Found(routes, {})
        for pattern, routes in self._by_path.items():
            if (values := _values(pattern, segments, folded)) is not None:
                return Found(routes, values)
        return None


def segments_of(path: str) -> _Segments | None:
    """Return the decoded parts of a path without a slash at its end; `None` if it does not begin with one.

    Decoded one by one, so that an encoded slash stays inside its part.
    """
    if not path.startswith("/"):
        return None
    parts = path[1:].split("/")
    # One slash only: two at the end are an empty part, another path.
    if len(parts) > 1 and not parts[-1]:
        parts.pop()
    return tuple(unquote(part) for part in parts)


def _values(pattern: _Segments, segments: _Segments, folded: _Segments) -> dict[str, str] | None:
    """Return the parameters of a path that fits a pattern."""
    if len(pattern) != len(segments):
        return None
    values = {}
    for wanted, segment, lower in zip(pattern, segments, folded, strict=True):
        if wanted.startswith("{"):
            if not segment:
                return None
            # As it was sent: ids are told apart by case.
            values[wanted[1:-1]] = segment
        elif wanted != lower:
            return None
    return values


_router = Router()


def is_http_path(path: str) -> bool:
    """Tell whether a path is the HTTP side's alone, so that no WebSocket opens there.

    Args:
        path: As it was sent, without the query.
    """
    found = _router.find(path)
    # Both accept an upgrade: clients of the replaced server connect to either.
    return found is not None and not {"root", "websocket"} & {route.name for route in found.routes.values()}
