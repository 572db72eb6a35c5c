"""Bodies of the faults that a host switches on (`/admin/faults`), both ways."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from authws_desktop.protocol.wire_types import Success

MAX_DELAY_MS = 60_000
MAX_DURATION_S = 86_400


class Faults(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What is broken on purpose. Messages keep their order, whatever their delay."""

    direction: Annotated[
        str,
        Meta(
            description="`in`: from the client; `out`: to the client.",
            examples=["both"],
            extra_json_schema={"enum": ["in", "out", "both"]},
        ),
    ] = "both"
    latency_ms: Annotated[float, Meta(description="Delay of each message.", examples=[200])] = 0
    jitter_ms: Annotated[float, Meta(description="The delay is so much more or less.", examples=[50])] = 0
    drop: Annotated[float, Meta(description="Chance of each message to be lost, 0 to 1.", examples=[0.1])] = 0
    duplicate: Annotated[float, Meta(description="Chance to come twice, 0 to 1.", examples=[0.1])] = 0
    bytes_per_s: Annotated[float, Meta(description="Bandwidth; 0: any.", examples=[10_000])] = 0
    freeze: Annotated[
        bool, Meta(description="Nothing passes, and nothing is closed: a connection that is half open.")
    ] = False
    cut_after_bytes: Annotated[
        int, Meta(description="The connection breaks after so many more bytes; 0: never.", examples=[4096])
    ] = 0
    fragment_bytes: Annotated[
        int, Meta(description="Messages to the client go out in fragments of so many bytes.", examples=[10])
    ] = 0
    close_code: Annotated[int, Meta(description="Closes now, once, with this code.", examples=[1001])] = 0
    expire_token: Annotated[bool, Meta(description="The token runs out now, once.")] = False
    seed: Annotated[
        int, Meta(description="Of chance: the same seed loses the same messages.", examples=[1])
    ] = 0
    until_s: Annotated[
        float, Meta(description="Ends after so many seconds; 0: when it is ended.", examples=[60])
    ] = 0
    confirmed: Annotated[
        bool, Meta(description="Needed where the server listens beyond its own computer.")
    ] = False


class ActiveFaults(msgspec.Struct, rename="camel"):
    """Faults that are on."""

    target: Annotated[str, Meta(description="`all`, `user:NAME` or `conn:ID`.", examples=["user:Ana"])]
    text: Annotated[str, Meta(description="In words.", examples=["200 ± 50 ms, 10 % lost"])]
    connections: Annotated[int, Meta(description="So many connections have them now.", examples=[2])]
    ends_at: Annotated[
        str,
        Meta(
            description="When they end by themselves; empty if they do not.",
            examples=["2026-01-31T12:34:56.789Z"],
        ),
    ] = ""


class FaultsAnswer(msgspec.Struct):
    """Every fault that is on."""

    faults: list[ActiveFaults]
    status: Success = "success"
