"""Where the server listens, by which names and proxies it is reached, and how many may come."""

from functools import partial
from typing import Annotated

from authws_desktop.authority import host_pattern, origin_pattern, proxy_network
from authws_desktop.settings.described import described

_network = partial(described, "Network")

Host = Annotated[
    str,
    _network(
        "Listen on",
        "localhost: only this computer. 0.0.0.0: everyone on the network. Or one adapter's address.",
        min_length=1,
        max_length=255,
        env="HOST",
        live=False,
    ),
]
Port = Annotated[
    int,
    _network(
        "Port",
        "TCP port for HTTP and WebSocket. 0 takes any free one.",
        ge=0,
        le=65535,
        env="PORT",
        live=False,
    ),
]
ShownAddress = Annotated[
    str,
    _network(
        "Address to show",
        "The one that Copy, links and the QR code give out, if it is there. Empty: the likeliest.",
        max_length=255,
    ),
]
LocalName = Annotated[
    str,
    _network(
        "Name in the network",
        "club makes http://club.local:PORT work on most devices nearby. Empty: none.",
        max_length=63,
        pattern=r"^([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)?$",
    ),
]
AllowedHosts = Annotated[
    list[str],
    _network(
        "Allowed host names",
        "Names, besides this computer's own, by which clients may address the server, such as "
        "hub.example.org or *.example.org.",
        max_length=100,
        check=host_pattern,
    ),
]
AllowedOrigins = Annotated[
    list[str],
    _network(
        "Allowed origins",
        "Web pages that may connect, such as https://app.example.org or https://*.example.org; "
        "null for pages opened from disk.",
        max_length=100,
        check=origin_pattern,
    ),
]
TrustedProxies = Annotated[
    list[str],
    _network(
        "Trusted proxies",
        "Addresses or networks of your own reverse proxies, such as 10.0.0.0/8: what they say of a "
        "client's address (X-Forwarded-For) is believed.",
        max_length=100,
        check=proxy_network,
    ),
]
MaxClients = Annotated[
    int, _network("Connections", "Connections accepted at the same time.", "connections", ge=1, le=100_000)
]
MaxPerAddress = Annotated[
    int,
    _network(
        "Connections from one address",
        "Of any kind, from one address of another computer; a whole class or event may share one.",
        "connections",
        ge=1,
        le=100_000,
    ),
]
PingIntervalS = Annotated[
    int, _network("Keep-alive every", "How often an idle connection is pinged.", "s", ge=1, le=3600)
]
PingTimeoutS = Annotated[
    int,
    _network(
        "Answer within", "A connection that does not answer a ping in time is ended.", "s", ge=1, le=3600
    ),
]
ClusterUrl = Annotated[
    str,
    _network(
        "Cluster",
        "Empty: alone. redis://HOST:PORT/0?name=NAME: one of several (docs/cluster.md).",
        max_length=1000,
        live=False,
    ),
]
DrainS = Annotated[
    int,
    _network(
        "Drain for",
        "In a cluster, a server that stops sends its clients to the others over this long.",
        "seconds",
        ge=0,
        le=600,
    ),
]
