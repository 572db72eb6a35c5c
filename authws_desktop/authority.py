"""`host[:port]` and origins, parsed whole, and the patterns that a host lists for them.

Used for the `Host` and `Origin` of requests and for what is listed in the settings. Nothing is cut off and
ignored: what is not understood to its last character is no authority.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from authws_desktop.errors import ProductError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

T = TypeVar("T")
MAX_CHARS = 255
"""The longest name that DNS knows (RFC 1035, 2.3.4)."""
# Underscores are in no host name, but in those of containers and of Windows.
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_OPAQUE_HOST = re.compile(r"[a-z0-9._~-]*")
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_PORTS = 65535


@dataclass(frozen=True, slots=True)
class Authority:
    """A host and a port.

    Attributes:
        host: A name, folded and without the dot at its end, or an address in its shortest form.
        port: `None` where none is named.
        ip: The address; `None` for a name.
    """

    host: str
    port: int | None = None
    ip: IpAddress | None = None


def parse_authority(text: str) -> Authority | None:
    """Return what `host[:digits]` says; `None` if it is anything else.

    An IPv6 address may stand with or without brackets: several client libraries leave them out, with a
    port behind it or not. A zone is refused: it means nothing on another computer.

    Args:
        text: As in a `Host` header.
    """
    # Looked at before it is kept: what strangers send may fill a request head.
    return None if len(text) > MAX_CHARS or not text.isascii() else _parse_authority(text)


@lru_cache(maxsize=512)
def _parse_authority(text: str) -> Authority | None:
    if text.startswith("["):
        inside, closed, rest = text[1:].partition("]")
        ip, port = _ip6(inside), _port(rest)
        return Authority(str(ip), port, ip) if closed and ip and port is not False else None
    if text.count(":") > 1:
        return _bare_ip6(text)
    host, colon, digits = text.partition(":")
    port = _port(colon + digits)
    if port is False:
        return None
    if (ip4 := _ip4(host)) is not None:
        return Authority(str(ip4), port, ip4)
    name = fold_name(host)
    return Authority(name, port) if name else None


def fold_name(text: str) -> str:
    """Return a host name in small letters and without the dot at its end; empty if it is none."""
    name = text.lower().removesuffix(".")
    # `fullmatch`, not `match` with `$`, which lets a line end through.
    if not _NAME.fullmatch(name) or _is_numeric(name):
        return ""
    return name


def _is_numeric(name: str) -> bool:
    """Tell whether browsers would read a name as an IPv4 address of another spelling (`127.1`, `0x7f`)."""
    last = name.rpartition(".")[2]
    return last.isdecimal() or bool(re.fullmatch(r"0x[0-9a-f]*", last))


def _bare_ip6(text: str) -> Authority | None:
    """Read an IPv6 address without brackets; what could be its last group or a port is taken as a group.

    Which of the two it is does not matter to who asks: both are addresses.
    """
    if (ip := _ip6(text)) is not None:
        return Authority(str(ip), None, ip)
    head, _, digits = text.rpartition(":")
    ip, port = _ip6(head), _port(":" + digits)
    return Authority(str(ip), port, ip) if ip and port is not False else None


def _ip4(text: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None


def _ip6(text: str) -> IpAddress | None:
    """Return an address of IPv6; one that holds an address of IPv4 is that one."""
    if "%" in text:
        return None
    try:
        ip = ipaddress.IPv6Address(text)
    except ValueError:
        return None
    return ip.ipv4_mapped or ip


def _port(text: str) -> int | bool | None:
    """Return the port of `:digits`, `None` for nothing, `False` for anything else."""
    if not text:
        return None
    digits = text[1:]
    if not (text[0] == ":" and digits.isdecimal() and len(digits) <= 5 and int(digits) <= _PORTS):
        return False
    return int(digits)


@dataclass(frozen=True, slots=True)
class Origin:
    """An origin (RFC 6454), as browsers and some native programs send it.

    Attributes:
        text: As compared: folded, without a slash at its end, without the scheme's own port.
        scheme: Empty where none is named.
        authority: `None` where it is no `host[:port]`, as with `null`, `file://` and the schemes of app
            shells.
    """

    text: str
    scheme: str
    authority: Authority | None


def parse_origin(text: str) -> Origin | None:
    """Return an origin, parsed whole; `None` if it is none.

    Args:
        text: As in an `Origin` header; native programs leave the scheme out, too.
    """
    return None if len(text) > MAX_CHARS else _parse_origin(text.strip().lower().removesuffix("/"))


@lru_cache(maxsize=512)
def _parse_origin(folded: str) -> Origin | None:
    if folded == "null":
        return Origin("null", "", None)
    if folded in ("file:/", "file://"):
        return Origin("file://", "file", None)
    scheme, separator, rest = folded.partition("://")
    if not separator:
        authority = parse_authority(folded)
        return Origin(_spell("", authority), "", authority) if authority else None
    if not _SCHEME.fullmatch(scheme):
        return None
    if scheme in _DEFAULT_PORTS:
        authority = parse_authority(rest)
        return Origin(_spell(scheme, authority), scheme, authority) if authority else None
    authority = parse_authority(rest)
    if authority is None and not _OPAQUE_HOST.fullmatch(rest):
        return None
    return Origin(f"{scheme}://{rest}", scheme, authority)


def _spell(scheme: str, authority: Authority) -> str:
    host = f"[{authority.host}]" if ":" in authority.host else authority.host
    port = "" if authority.port in (None, _DEFAULT_PORTS.get(scheme)) else f":{authority.port}"
    return f"{scheme}://{host}{port}" if scheme else f"{host}{port}"


def matches(host: str, patterns: frozenset[str]) -> bool:
    """Tell whether a host is one of those listed; `*.name` stands for one or more labels before it."""
    return host in patterns or _is_below(host, "", patterns)


def _is_below(host: str, before: str, patterns: frozenset[str]) -> bool:
    """Tell whether a wildcard is listed for one of a host's parents.

    Args:
        host: The host, with its port where the patterns have theirs.
        before: What stands before the wildcard: an origin's scheme, with `://`.
        patterns: What is listed.
    """
    while host := host.partition(".")[2]:
        if f"{before}*.{host}" in patterns:
            return True
    return False


# What may be listed


class PatternError(ProductError, ValueError):
    """An entry of a list could never match; `str()` says why, and what to write."""


@lru_cache(maxsize=512)
def host_pattern(entry: str) -> str:
    """Return an entry of the allowed host names as it is compared.

    Raises:
        PatternError: It can never match a `Host`.
    """
    text = entry.strip()
    if "://" in text or "/" in text:
        raise PatternError(f"'{entry}' is an address. Write the name alone, such as hub.example.org.")
    if text == "*":
        raise PatternError(
            "'*' would let every web page in, by a name that its owner points here. List the names, such as "
            "hub.example.org or *.example.org."
        )
    wildcard, name = ("*.", text[2:]) if text.startswith("*.") else ("", text)
    found = parse_authority(_ascii_name(name))
    if found is None or (wildcard and found.ip is not None):
        raise PatternError(f"'{entry}' is no host name. Write one such as hub.example.org or *.example.org.")
    if found.port is not None:
        raise PatternError(f"'{entry}' has a port. Write the name alone: it counts for every port.")
    return wildcard + found.host


@lru_cache(maxsize=512)
def origin_pattern(entry: str) -> str:
    """Return an entry of the allowed origins as it is compared.

    Raises:
        PatternError: It can never match an `Origin`.
    """
    text = entry.strip()
    if text == "*":
        raise PatternError(
            "'*' would let every web page connect. List the pages' addresses, such as "
            "https://app.example.org or https://*.example.org."
        )
    scheme, separator, rest = text.partition("://")
    wildcard, rest = ("*.", rest[2:]) if separator and rest.startswith("*.") else ("", rest)
    if not separator and text.lower() != "null":
        raise PatternError(f"'{entry}' is no origin. Write one such as https://app.example.org, or null.")
    found = parse_origin(f"{scheme}://{_ascii_name(rest)}" if separator else text)
    if found is None or (wildcard and (found.authority is None or found.authority.ip is not None)):
        raise PatternError(
            f"'{entry}' is no origin: scheme, host and port, without a path, such as https://app.example.org "
            "or https://*.example.org:8443."
        )
    return found.text.replace("://", f"://{wildcard}", 1)


def valid_patterns(entries: Iterable[str], pattern_of: Callable[[str], T]) -> list[T]:
    """Return what can match of a list; what cannot was refused when it was set, or was set by a test."""
    found = []
    for entry in entries:
        with contextlib.suppress(PatternError):
            found.append(pattern_of(entry))
    return found


def origin_matches(origin: Origin, patterns: frozenset[str]) -> bool:
    """Tell whether an origin is one of those listed."""
    scheme, separator, host = origin.text.partition("://")
    return origin.text in patterns or _is_below(host, scheme + separator, patterns)


IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


@lru_cache(maxsize=512)
def proxy_network(entry: str) -> IpNetwork:
    """Return an entry of the trusted proxies.

    Raises:
        PatternError: It is no address and no network, or means everybody.
    """
    text = entry.strip().strip("[]")
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise PatternError(
            f"'{entry}' is no address of a proxy. Write one such as 192.168.1.2, or a network such as "
            "10.0.0.0/8."
        ) from None
    if network.prefixlen == 0:
        raise PatternError(
            f"'{entry}' means everybody: each client could claim any address. Name the proxies."
        )
    return network


def _ascii_name(text: str) -> str:
    """Return a name as browsers send it: letters beyond ASCII as IDNA writes them."""
    if text.isascii():
        return text
    name, colon, port = text.partition(":")
    try:
        return name.encode("idna").decode() + colon + port
    except UnicodeError:
        return ""
