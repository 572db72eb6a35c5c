"""How much of what passed is kept."""

from functools import partial
from typing import Annotated

from authws_desktop.settings.described import described

_traffic = partial(described, "Traffic")

TrafficMaxRecords = Annotated[
    int,
    _traffic("Rows kept", "The newest rows are kept, older ones are dropped.", "rows", ge=100, le=10_000_000),
]
TrafficMaxBytes = Annotated[
    int,
    _traffic(
        "Memory for rows",
        "Older rows are dropped when their payloads take more than this.",
        "bytes",
        ge=1024 * 1024,
        le=16 * 1024 * 1024 * 1024,
    ),
]
HistoryMaxMib = Annotated[
    int,
    _traffic(
        "History file",
        "What passes is also kept in a file of at most this size, across launches; 0: off.",
        "MiB",
        ge=0,
        le=2000,
    ),
]
