"""Faults for programs: `/admin/faults`."""

from __future__ import annotations

import math

from aiohttp import web

from authws_desktop.admission.access import is_loopback
from authws_desktop.protocol import failures as fail
from authws_desktop.protocol.errors import RequestError
from authws_desktop.protocol.fault_messages import (
    MAX_DELAY_MS,
    MAX_DURATION_S,
    Faults,
    FaultsAnswer,
)
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.faults import ALL, FaultRegistry
from authws_desktop.server.http.errors import json_response
from authws_desktop.server.http.requests import VALUES, Handlers, checked_host, read_body

_LARGEST = 2**31
_LIMITS: dict[str, tuple[str, float]] = {
    "latency_ms": ("latencyMs", MAX_DELAY_MS),
    "jitter_ms": ("jitterMs", MAX_DELAY_MS),
    "drop": ("drop", 1),
    "duplicate": ("duplicate", 1),
    "bytes_per_s": ("bytesPerS", _LARGEST),
    "cut_after_bytes": ("cutAfterBytes", _LARGEST),
    "fragment_bytes": ("fragmentBytes", _LARGEST),
    "until_s": ("untilS", MAX_DURATION_S),
}
"""Largest value of each number, by field: its name on the wire, and the value."""
_UNSENDABLE = (1004, 1005, 1006, 1015)
"""Codes that no close frame may carry (RFC 6455, 7.4.1)."""


class FaultsApi:
    """The routes of the faults.

    Args:
        endpoint: Shared state.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def handlers(self) -> Handlers:
        """Return what answers each route, by its name."""
        return {"listFaults": self._list, "setFaults": self._set, "endFaults": self._end}

    async def _list(self, request: web.BaseRequest) -> web.Response:
        await checked_host(self._endpoint, request)
        return json_response(FaultsAnswer(self._registry().active))

    async def _set(self, request: web.BaseRequest) -> web.Response:
        actor = await checked_host(self._endpoint, request)
        body = await read_body(request, Faults)
        _check(body)
        host = self._endpoint.settings.host
        if not (host == "localhost" or is_loopback(host) or body.confirmed):
            text = "Others reach this server. Set 'confirmed' to break their connections as well."
            raise RequestError(fail.INVALID_REQUEST, text, field="confirmed")
        named = request[VALUES]["target"]
        await self._endpoint.accounts.audit.write("set faults", named, actor=actor)
        self._registry().put(self._target(named), body)
        return json_response(FaultsAnswer(self._registry().active))

    async def _end(self, request: web.BaseRequest) -> web.Response:
        actor = await checked_host(self._endpoint, request)
        named = request[VALUES]["target"]
        target = self._target(named, is_set=True)
        await self._endpoint.accounts.audit.write("end faults", named, actor=actor)
        self._registry().remove(target)
        return web.Response(status=204)

    def _registry(self) -> FaultRegistry:
        registry = self._endpoint.faults
        if registry is None:
            raise RequestError(fail.NOT_FOUND)
        return registry

    def _target(self, named: str, *, is_set: bool = False) -> str:
        """Return a target by what a person calls it.

        Args:
            named: `all`, `user:NAME` or `conn:ID`.
            is_set: Whether it may have left, as it had faults already.

        Raises:
            RequestError: There is nobody of that name or id.
        """
        kind, _, value = named.partition(":")
        if named == ALL:
            return ALL
        if kind == "user" and (account := self._endpoint.accounts.find(value)) is not None:
            return f"user:{account.id}"
        if kind == "conn":
            clients = self._endpoint.hub.clients.values()
            found = [each.client_id for each in clients if value in (each.client_id, str(each.number))]
            if found or is_set:
                return f"conn:{found[0] if found else value}"
        text = "A target is 'all', 'user:NAME' or 'conn:ID'; nobody is there by this one."
        raise RequestError(fail.NOT_FOUND, text)


def _check(body: Faults) -> None:
    """Check what a program wants.

    Raises:
        RequestError: A value is out of bounds.
    """
    if body.direction not in ("in", "out", "both"):
        raise RequestError(
            fail.INVALID_REQUEST, "Field 'direction' must be in, out or both.", field="direction"
        )
    for name, (field, largest) in _LIMITS.items():
        value = getattr(body, name)
        if not (math.isfinite(value) and 0 <= value <= largest):
            text = f"Field '{field}' must be from 0 to {largest}."
            raise RequestError(fail.INVALID_REQUEST, text, field=field)
    code = body.close_code
    if code and (code in _UNSENDABLE or not (1000 <= code <= 1014 or 3000 <= code <= 4999)):
        text = "Field 'closeCode' must be a code that may be sent: 1000 to 1014 or 3000 to 4999."
        raise RequestError(fail.INVALID_REQUEST, text, field="closeCode")
