"""Which routes a path leads to."""

from __future__ import annotations

import pytest

from authws_desktop.protocol.router import Router, is_http_path

ROUTER = Router()


@pytest.mark.parametrize("path", ["/auth/login", "/AUTH/Login", "/auth/login/", "/auth/%6Cogin"])
def test_case_and_one_slash_at_the_end_do_not_count(path: str) -> None:
    """Nor does how it is encoded; `Allow` names what is there."""
    found = ROUTER.find(path)
    assert found is not None
    assert found.methods == "POST, OPTIONS"
    assert found.values == {}


@pytest.mark.parametrize("path", ["", "auth/login", "*", "/auth/login//", "/nothing", "/admin/sessions//"])
def test_nothing_is_there(path: str) -> None:
    """A path begins with a slash, and an empty part is another path."""
    assert ROUTER.find(path) is None


def test_a_parameter_keeps_its_case_and_its_slash() -> None:
    """Ids are told apart by case."""
    found = ROUTER.find("/Admin/SESSIONS/Ab%2Fc")
    assert found is not None
    assert list(found.values.values()) == ["Ab/c"]


@pytest.mark.parametrize(
    ("path", "is_http"), [("/", False), ("/ws", False), ("/auth/login", True), ("/nothing", False)]
)
def test_where_a_websocket_may_open(path: str, is_http: bool) -> None:
    """At the root and at its own path; whatever is unknown is told so by the handshake."""
    assert is_http_path(path) == is_http
