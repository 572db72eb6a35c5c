"""Figures for Prometheus, in its text format (version 0.0.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from aiohttp import web

from authws_desktop import __version__
from authws_desktop.server.endpoint import Endpoint
from authws_desktop.server.http.requests import UNRECORDED, Handlers, checked_host
from authws_desktop.server.http.traffic import TrafficApi

_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_Samples = Mapping[str, float]
"""Values by their labels, as they stand between braces; the empty text for one without."""


class MetricsPages:
    """Answers `/metrics`.

    Args:
        endpoint: Shared state.
        uptime_s: Tells how long the server has been running, seconds.
        traffic: Knows who waits for rows.
    """

    def __init__(self, endpoint: Endpoint, uptime_s: Callable[[], float], traffic: TrafficApi) -> None:
        self._endpoint = endpoint
        self._uptime_s = uptime_s
        self._traffic = traffic

    def handlers(self) -> Handlers:
        """Return what answers each route, by its name."""
        return {"metrics": self._metrics}

    async def _metrics(self, request: web.BaseRequest) -> web.Response:
        await checked_host(self._endpoint, request)
        request[UNRECORDED] = True  # it is asked every few seconds
        text = "".join(_lines(*each) for each in self._figures())
        return web.Response(body=text.encode(), headers={"Content-Type": _TYPE, "Cache-Control": "no-store"})

    def _figures(self) -> Iterable[tuple[str, str, str, _Samples]]:
        """Yield name, kind, meaning and values of each figure."""
        hub, counters = self._endpoint.hub, self._endpoint.hub.counters
        ring = hub.recorder.ring
        refusals = {f'code="{code}"': count for code, count in sorted(counters.refused_by_code.items())}
        logins = {'result="accepted"': counters.logins, 'result="refused"': counters.refused_logins}
        yield "info", "gauge", "Version of the program.", {f'version="{__version__}"': 1}
        yield "uptime_seconds", "gauge", "Since the server was started.", {"": round(self._uptime_s(), 3)}
        yield "connections", "gauge", "Open WebSocket connections.", {"": len(hub.clients)}
        yield "authenticated_connections", "gauge", "Those that logged in.", {"": hub.authenticated_count}
        yield "users", "gauge", "Users with such a connection.", {"": hub.user_count}
        yield "connections_total", "counter", "WebSocket connections so far.", {"": counters.connections}
        yield "messages_received_total", "counter", "Frames of clients.", {"": counters.messages_in}
        yield (
            "messages_sent_total",
            "counter",
            "Frames to clients, one a receiver.",
            {"": counters.messages_out},
        )
        yield "received_bytes_total", "counter", "Payloads of clients' frames.", {"": counters.bytes_in}
        yield "sent_bytes_total", "counter", "Frames to clients, whole.", {"": counters.bytes_out}
        yield "presence_bytes_total", "counter", "Those that were user lists.", {"": counters.presence_bytes}
        yield "http_requests_total", "counter", "HTTP requests answered.", {"": counters.http_requests}
        yield "logins_total", "counter", "Logins by name and password.", logins
        yield "refusals_total", "counter", "What was refused, by error code or status.", refusals
        yield "traffic_rows", "gauge", "Rows kept.", {"": len(ring)}
        yield "traffic_bytes", "gauge", "Memory counted for them.", {"": ring.size_bytes}
        yield "traffic_rows_total", "counter", "Rows so far.", {"": ring.last_number}
        yield "waiters", "gauge", "Requests that wait for rows.", {"": self._traffic.waiters}
        yield "streams", "gauge", "Streams of rows.", {"": self._traffic.streams}
        delay = {"": round(self._endpoint.loop_delay_s, 6)}
        yield "loop_delay_seconds", "gauge", "By how much the event loop was late just now.", delay


def _lines(name: str, kind: str, meaning: str, samples: _Samples) -> str:
    head = f"# HELP authws_{name} {meaning}\n# TYPE authws_{name} {kind}\n"
    return head + "".join(
        f"authws_{name}{{{labels}}} {value}\n" if labels else f"authws_{name} {value}\n"
        for labels, value in samples.items()
    )
