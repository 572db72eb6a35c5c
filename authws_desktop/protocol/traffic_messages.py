"""Bodies of the traffic side (`/admin/traffic`, `/admin/wait`), both ways."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from authws_desktop.protocol.limits import (
    FILTER_MAX_CHARS,
    FILTER_MAX_TERMS,
    WAIT_MAX_ROWS,
    WAIT_MAX_S,
)
from authws_desktop.protocol.wire_types import Success

Filter = Annotated[
    str,
    Meta(
        description="In the language of the window's filter box; empty lets every row through. At most "
        f"{FILTER_MAX_CHARS} characters and {FILTER_MAX_TERMS} terms.",
        examples=["user:ana type:message"],
    ),
]
RowNumber = Annotated[
    int, Meta(description="A row's running number, from 1.", examples=[17], extra_json_schema={"minimum": 0})
]
_Peer = {"number": 3, "client_id": "c1", "address": "127.0.0.1", "user_id": "u_7Jq2", "username": "ana"}


class TrafficRow(msgspec.Struct, omit_defaults=True):
    """A row of the traffic, under the names and in the shape of an exported file.

    Fields that say nothing are absent. Tokens and passwords were taken out before the row came into being.
    """

    number: RowNumber
    time_s: Annotated[float, Meta(description="Seconds since the epoch.", examples=[1_790_000_000.25])]
    direction: Annotated[str, Meta(description="`in`, `out` or `event`.", examples=["in"])]
    kind: Annotated[str, Meta(description="The frame's type, or what happened.", examples=["message"])]
    identity: Annotated[
        dict[str, Any],
        Meta(description="Whose it was: connection, address, user, token's id, app.", examples=[_Peer]),
    ]
    payload: Annotated[str | UnsetType, Meta(description="As text.", examples=['{"type":"message"}'])] = UNSET
    payload_base64: Annotated[
        str | UnsetType, Meta(description="In place of `payload` where that is no UTF-8.", examples=["/w=="])
    ] = UNSET
    size_bytes: Annotated[int | UnsetType, Meta(description="Of the original payload.", examples=[18])] = (
        UNSET
    )
    to: Annotated[str | UnsetType, Meta(description="As written, or `all`.", examples=["all"])] = UNSET
    recipients: Annotated[
        int | UnsetType, Meta(description="Connections it was written to.", examples=[2])
    ] = UNSET
    outcome: Annotated[
        str | UnsetType,
        Meta(description="Absent if well; else an error code, close code or status.", examples=["4005"]),
    ] = UNSET
    detail: Annotated[str | UnsetType, Meta(description="A sentence.", examples=["Kicked."])] = UNSET
    is_binary: Annotated[bool | UnsetType, Meta(description="Came as a binary frame.")] = UNSET
    is_from_host: Annotated[bool | UnsetType, Meta(description="Sent by the person at the desk.")] = UNSET
    delivery: Annotated[
        dict[str, Any] | UnsetType,
        Meta(description="What became of it at each recipient.", examples=[{"took_s": 0.0001}]),
    ] = UNSET
    claims: Annotated[
        str | UnsetType, Meta(description="A token's claims, each with its verdict; JSON.", examples=["[]"])
    ] = UNSET
    claims_base64: Annotated[str | UnsetType, Meta(examples=["/w=="])] = UNSET


_Rows = Annotated[list[TrafficRow], Meta(description="Oldest first.")]


class TrafficAnswer(msgspec.Struct):
    """Rows of the traffic."""

    rows: _Rows
    last: Annotated[
        int, Meta(description="All rows up to this one were looked at: the next `after`.", examples=[17])
    ]
    first: Annotated[int, Meta(description="The oldest row that is kept.", examples=[1])]
    status: Success = "success"


class Wait(msgspec.Struct, rename="camel"):
    """Body of waiting for rows."""

    filter: Filter = ""
    after: Annotated[
        int, Meta(description="Rows up to this number do not count; 0: none is left out.", examples=[17])
    ] = 0
    count: Annotated[
        int,
        Meta(
            description="So many rows are waited for.",
            examples=[1],
            extra_json_schema={"minimum": 1, "maximum": WAIT_MAX_ROWS},
        ),
    ] = 1
    timeout_s: Annotated[
        float,
        Meta(
            description="For so long, seconds.",
            examples=[10],
            extra_json_schema={"minimum": 0, "maximum": WAIT_MAX_S},
        ),
    ] = 10.0
    absent: Annotated[
        bool,
        Meta(description="Turns it around: 200 if no row came in all that time, 409 with the first one."),
    ] = False
