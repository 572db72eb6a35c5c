"""The network check: where the server listens, at which address others reach it, what stands between."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Sequence

from authws_desktop.network.addresses import Address
from authws_desktop.network.firewalls import Finding, Grade, check_firewalls
from authws_desktop.network.system_commands import Runner, run_command

CONNECT_TIMEOUT_S = 2.0


async def check_network(
    listening_at: Sequence[tuple[str, int]],
    addresses: Sequence[Address],
    *,
    scheme: str = "http",
    program: str = sys.executable,
    platform: str = sys.platform,
    run: Runner = run_command,
) -> list[Finding]:
    """Return what was found, in the order a person would look.

    May be cancelled at any time; nothing is changed on the system.

    Args:
        listening_at: Address and port of each socket that listens; empty while the server is stopped.
        addresses: The addresses under which the server is reached, best first.
        scheme: `http` or `https`.
        program: Path of the program's executable, for firewalls that judge by program.
        platform: As `sys.platform`.
        run: Runs a command of the system.
    """
    if not listening_at:
        return [Finding(Grade.BAD, "The server is not running. Press Start, then check again.")]
    port = listening_at[0][1]
    found = [_where(listening_at), await _answers(addresses, port)]
    if all(address.is_only_here for address in addresses):
        text = "Only this computer can reach it. Choose My network in the server bar to let others in."
        return [*found, Finding(Grade.WARN, text)]
    found.append(_which(addresses, port, scheme))
    return found + await check_firewalls(port, program, platform, run)


def _where(listening_at: Sequence[tuple[str, int]]) -> Finding:
    places = " and ".join(host for host, _ in listening_at)
    return Finding(Grade.GOOD, f"Listening on {places}, port {listening_at[0][1]}.")


async def _answers(addresses: Sequence[Address], port: int) -> Finding:
    """Connect to each address from here: this finds a dead adapter, not a firewall."""
    # A name of mDNS may be known to others and not to this computer itself.
    addresses = [address for address in addresses if not address.host.endswith(".local")]
    # Together: a dead adapter takes the whole timeout.
    answers = await asyncio.gather(*(_connects(address.host, port) for address in addresses))
    silent = [address.host for address, answer in zip(addresses, answers, strict=True) if not answer]
    if not silent:
        return Finding(Grade.GOOD, "It answers at every address of this computer.")
    names = ", ".join(silent)
    return Finding(Grade.BAD, f"It does not answer this computer itself at {names}.")


async def _connects(host: str, port: int) -> bool:
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True
    return False


def _which(addresses: Sequence[Address], port: int, scheme: str) -> Finding:
    best = next(address for address in addresses if not address.is_only_here)
    if best.is_virtual:
        text = f"Others may use {best.url(port, scheme)}, but {best.adapter} is a virtual network or a VPN."
        return Finding(Grade.WARN, text)
    adapter = f" ({best.adapter})" if best.adapter else ""
    return Finding(Grade.GOOD, f"Others in this network use {best.url(port, scheme)}{adapter}.")
