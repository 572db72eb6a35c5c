"""The routes by which programs read the traffic; part of the table in `routes`."""

from __future__ import annotations

from authws_desktop.protocol import failures as fail
from authws_desktop.protocol import fault_messages as faults
from authws_desktop.protocol import traffic_messages as traffic
from authws_desktop.protocol.route import Answer, Auth, Query, Route

_FILTER = Query("filter", "string", "In the language of the window's filter box; left out: every row.")
_AFTER = Query("after", "integer", "Only rows behind this number.")

TRAFFIC_ROUTES: tuple[Route, ...] = (
    Route(
        "readTraffic",
        "GET",
        "/admin/traffic",
        "traffic",
        "Rows of the traffic",
        (Answer(200, "The rows, oldest first.", traffic.TrafficAnswer),),
        auth=Auth.HOST,
        failures=(fail.INVALID_FILTER, fail.TOO_MANY_READERS),
        text="As many as `limit` says, and no more than some megabytes: go on with `after` set to `last` "
        "until no rows come. Reading leaves no row.",
        query=(_FILTER, _AFTER, Query("limit", "integer", "At most so many, 0 to 1000; 100 if left out.")),
    ),
    Route(
        "clearTraffic",
        "DELETE",
        "/admin/traffic",
        "traffic",
        "Forget the traffic",
        (Answer(204, "No row is kept; numbers go on."),),
        auth=Auth.HOST,
    ),
    Route(
        "followTraffic",
        "GET",
        "/admin/traffic/stream",
        "traffic",
        "New rows as they come",
        (Answer(200, "Server-sent events without end.", kinds=("text/event-stream",)),),
        auth=Auth.HOST,
        failures=(fail.INVALID_FILTER, fail.TOO_MANY_READERS),
        text="Each event is a row, its `id` the row's number. `Last-Event-ID`, or `after`, resumes behind a "
        "row; without one only new rows come. Where rows in between are no longer kept, one event `gap` says "
        'how many: `{"missed": 12}`.',
        query=(_FILTER, _AFTER),
        has_head=False,
    ),
    Route(
        "waitForTraffic",
        "POST",
        "/admin/wait",
        "traffic",
        "Wait until rows are there, or make sure that none comes",
        (Answer(200, "The rows; with `absent`: none came.", traffic.TrafficAnswer),),
        body=traffic.Wait,
        auth=Auth.HOST,
        failures=(fail.INVALID_FILTER, fail.WAIT_TIMEOUT, fail.UNWANTED_ROW, fail.TOO_MANY_READERS),
        text="Rows that are there already count. Waiting leaves no row.",
    ),
    Route(
        "listFaults",
        "GET",
        "/admin/faults",
        "traffic",
        "The faults that are on",
        (Answer(200, "All of them.", faults.FaultsAnswer),),
        auth=Auth.HOST,
    ),
    Route(
        "setFaults",
        "PUT",
        "/admin/faults/{target}",
        "traffic",
        "Break connections on purpose",
        (Answer(200, "All faults that are on now.", faults.FaultsAnswer),),
        body=faults.Faults,
        auth=Auth.HOST,
        failures=(fail.NOT_FOUND,),
        text="The target is `all`, `user:NAME` or `conn:ID`, a connection's number or client id; what is "
        "nearest to a connection counts. Faults replace those that the target had, and end with `untilS`, "
        "with DELETE, and when the server stops. Rows of such connections are marked (`is:faulty`), and "
        "`connection` tells a newcomer. Where the server listens beyond its own computer, `confirmed` is "
        "needed.",
    ),
    Route(
        "endFaults",
        "DELETE",
        "/admin/faults/{target}",
        "traffic",
        "Mend them",
        (Answer(204, "The target has no faults of its own any more."),),
        auth=Auth.HOST,
        failures=(fail.NOT_FOUND,),
    ),
)
