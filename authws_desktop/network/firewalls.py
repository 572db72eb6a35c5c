"""What firewalls of this computer do to a port, read where the system lets us, else said so.

Nothing is changed here: each finding brings the exact line, or the exact clicks, for the person to use.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from authws_desktop.network.system_commands import CommandResult, Runner


class Grade(StrEnum):
    """What a finding means for people who want to connect: they can, perhaps not, cannot, or unknown."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    INFO = "info"


@dataclass(frozen=True)
class Finding:
    """One thing the check found.

    Attributes:
        grade: What it means for whoever wants to connect.
        text: One or two sentences.
        command: The exact line that changes it; empty if there is none.
    """

    grade: Grade
    text: str
    command: str = ""


def read_file(file: Path) -> str | None:
    """Return a file's text; `None` if this user may not read it or there is none."""
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return None


async def check_firewalls(
    port: int, program: str, platform: str, run: Runner, read: Callable[[Path], str | None] = read_file
) -> list[Finding]:
    """Return what the firewalls of this system do to a port.

    Args:
        port: TCP port.
        program: Path of the program that listens, for firewalls that go by program.
        platform: As `sys.platform`.
        run: Runs a command.
        read: Reads a file.
    """
    if platform == "win32":
        return [await _windows(port, program, run)]
    if platform == "darwin":
        return [await _macos(program, run)]
    found = [await _ufw(port, run, read), await _firewalld(port, run)]
    return [each for each in found if each is not None] or [await _nftables(port, run)]


# Linux

_UFW_RULE = re.compile(r"(\S+)(?: \(v6\))?\s+(ALLOW|LIMIT|DENY|REJECT)(?: IN)?\s")


async def _ufw(port: int, run: Runner, read: Callable[[Path], str | None]) -> Finding | None:
    configuration = read(Path("/etc/ufw/ufw.conf")) or ""
    is_configured = re.search(r"^ENABLED=yes", configuration, re.MULTILINE | re.IGNORECASE) is not None
    status = await run(["ufw", "status", "verbose"])
    is_read = status is not None and status.status == 0
    line = f"sudo ufw allow {port}/tcp"
    if status is not None and is_read:
        if "Status: active" not in status.text:
            return None
        return _judge_ufw(status.text, port, line)
    # Without root, `ufw status` says nothing; its configuration is readable for everyone.
    if not is_configured:
        return None
    text = "The firewall ufw is on; only root may read its rules. If others cannot connect, allow the port."
    return Finding(Grade.WARN, text, line)


def _judge_ufw(text: str, port: int, line: str) -> Finding:
    # The first rule that fits decides, as in ufw itself.
    for place, action in _UFW_RULE.findall(text):
        if place == "Anywhere" or _covers(place, port):
            if action in ("ALLOW", "LIMIT"):
                return Finding(Grade.GOOD, f"The firewall ufw lets port {port} through.")
            return Finding(Grade.BAD, f"A rule of the firewall ufw blocks port {port}.", line)
    if "Default: allow (incoming)" in text:
        return Finding(Grade.GOOD, "The firewall ufw lets everything through.")
    return Finding(Grade.BAD, f"The firewall ufw blocks port {port}: no rule allows it.", line)


def _covers(ports: str, port: int) -> bool:
    """Tell whether `4000/tcp`, `4000:4010/tcp`, `4000-4010/tcp` or `80,4000` holds a TCP port."""
    numbers, _, protocol = ports.partition("/")
    if protocol not in ("", "tcp"):
        return False
    for part in numbers.split(","):
        first, _, last = part.replace("-", ":").partition(":")
        if first.isdecimal() and (last or first).isdecimal() and int(first) <= port <= int(last or first):
            return True
    return False


async def _firewalld(port: int, run: Runner) -> Finding | None:
    state = await run(["firewall-cmd", "--state"])
    if state is None or state.text.strip() != "running":
        return None
    line = f"sudo firewall-cmd --permanent --add-port={port}/tcp && sudo firewall-cmd --reload"
    ports = await run(["firewall-cmd", "--list-ports"])
    if ports is None or ports.status != 0:
        text = "firewalld is on; this user may not read its rules. If others cannot connect, allow the port."
        return Finding(Grade.WARN, text, line)
    if any(_covers(each, port) for each in ports.text.split()):
        return Finding(Grade.GOOD, f"firewalld lets port {port} through.")
    return Finding(Grade.BAD, f"firewalld blocks port {port}: no rule of its zone allows it.", line)


_NFT_CHAIN = re.compile(r"table (\S+) (\S+) \{|chain (\S+) \{|type filter hook (input) .*?policy (\w+);")


async def _nftables(port: int, run: Runner) -> Finding:
    rules = await run(["nft", "list", "ruleset"])
    if rules is None:
        return Finding(
            Grade.INFO, "No firewall that this program knows was found (ufw, firewalld, nftables)."
        )
    if rules.status != 0:
        text = "Neither ufw nor firewalld is on. Rules of nftables can be read by root only; to see them:"
        return Finding(Grade.INFO, text, "sudo nft list ruleset")
    for family, table, chain in _dropping_chains(rules.text):
        # A hint, not a proof: sets, jumps and ranges are not followed. Hence WARN below, not BAD.
        if re.search(rf"dport .*\b{port}\b.* accept", rules.text):
            return Finding(Grade.GOOD, f"nftables lets port {port} through.")
        line = f"sudo nft insert rule {family} {table} {chain} tcp dport {port} accept"
        return Finding(Grade.WARN, f"nftables drops what no rule accepts, and none names port {port}.", line)
    return Finding(Grade.GOOD, "No firewall is in the way: neither ufw, firewalld nor nftables filters.")


def _dropping_chains(rules: str) -> Iterator[tuple[str, str, str]]:
    """Yield family, table and name of each chain of input that drops by default."""
    family = table = chain = ""
    for match in _NFT_CHAIN.finditer(rules):
        if match[1]:
            family, table = match[1], match[2]
        elif match[3]:
            chain = match[3]
        elif match[5] == "drop":
            yield family, table, chain


# Windows

_POWERSHELL = (
    "$p = Get-NetConnectionProfile | Select-Object @{n='Category';e={[int]$_.NetworkCategory}}; "
    "$f = Get-NetFirewallProfile | Select-Object Name,@{n='Enabled';e={[int]$_.Enabled}}; "
    "$r = Get-NetFirewallApplicationFilter -Program '%s' -ErrorAction SilentlyContinue | "
    "Get-NetFirewallRule | Where-Object { [int]$_.Enabled -eq 1 -and [int]$_.Direction -eq 1 } | "
    "Select-Object DisplayName,@{n='Action';e={[int]$_.Action}},@{n='Profile';e={[int]$_.Profile}}; "
    "@{networks=@($p); profiles=@($f); rules=@($r)} | ConvertTo-Json -Depth 3 -Compress"
)
_ALLOW, _BLOCK = 2, 4  # NetSecurity's Action
_PUBLIC, _PRIVATE, _DOMAIN = 0, 1, 2  # NetworkCategory
_PROFILES = {_PUBLIC: ("Public", 4), _PRIVATE: ("Private", 2), _DOMAIN: ("Domain", 1)}
"""Of each kind of network: the firewall profile's name and its bit in a rule; a rule's 0 means any."""


async def _windows(port: int, program: str, run: Runner) -> Finding:
    # Doubled quotes are PowerShell's only escape within single quotes: a path cannot end the string.
    script = _POWERSHELL % program.replace("'", "''")
    result = await run(["powershell", "-NoProfile", "-NonInteractive", "-Command", script])
    line = (
        f'netsh advfirewall firewall add rule name="Authws Desktop {port}" dir=in action=allow '
        f"protocol=TCP localport={port}"
    )
    state = _json_of(result)
    if state is None:
        text = (
            "Windows Defender Firewall could not be read. If others cannot connect: Windows Security, "
            "Firewall & network protection, Allow an app through firewall; or this line in a terminal run as "
            "administrator:"
        )
        return Finding(Grade.WARN, text, line)
    return _judge_windows(state, program, line)


def _json_of(result: CommandResult | None) -> dict[str, Any] | None:
    if result is None or result.status != 0:
        return None
    try:
        found = json.loads(result.text)
    except ValueError:
        return None
    # PowerShell writes [null] for an empty list.
    return {key: [each for each in value if each] for key, value in found.items()}


def _judge_windows(state: dict[str, Any], program: str, line: str) -> Finding:
    # Without a network to ask about, Windows judges by the public profile.
    categories = {network["Category"] for network in state["networks"]} or {_PUBLIC}
    enabled = {profile["Name"] for profile in state["profiles"] if profile["Enabled"]}
    for name, bit in (_PROFILES[category] for category in sorted(categories) if category in _PROFILES):
        if name not in enabled:
            continue
        rules = [rule for rule in state["rules"] if not rule["Profile"] or rule["Profile"] & bit]
        actions = {rule["Action"] for rule in rules}
        if _BLOCK in actions:
            # Cancelling Windows' question makes this rule, and Windows never asks again.
            text = (
                f"Windows Defender Firewall blocks this program on {name.lower()} networks. Windows "
                "Security, Firewall & network protection, Allow an app through firewall: tick it. Or remove "
                "the rule as administrator:"
            )
            return Finding(
                Grade.BAD, text, f'netsh advfirewall firewall delete rule name=all dir=in program="{program}"'
            )
        if _ALLOW not in actions:
            text = (
                f"No rule of Windows Defender Firewall lets this program in on {name.lower()} networks. When "
                "Windows asks, choose Allow; or this line in a terminal run as administrator:"
            )
            return Finding(Grade.WARN, text, line)
    return Finding(Grade.GOOD, "Windows Defender Firewall lets this program in.")


# macOS

_SOCKETFILTER = "/usr/libexec/ApplicationFirewall/socketfilterfw"
_MACOS_CLICKS = "System Settings, Network, Firewall, Options"


async def _macos(program: str, run: Runner) -> Finding:
    state = await run([_SOCKETFILTER, "--getglobalstate"])
    line = f'sudo {_SOCKETFILTER} --add "{program}" --unblockapp "{program}"'
    if state is None or "State = " not in state.text:
        text = f"The macOS firewall could not be read. If others cannot connect: {_MACOS_CLICKS}."
        return Finding(Grade.WARN, text, line)
    if "State = 0" in state.text:
        return Finding(Grade.GOOD, "The macOS firewall is off: it lets everything in.")
    block_all = await run([_SOCKETFILTER, "--getblockall"])
    if "State = 2" in state.text or (block_all is not None and "enabled" in block_all.text.lower()):
        text = f"The macOS firewall blocks all incoming connections. {_MACOS_CLICKS}: switch that off."
        return Finding(Grade.BAD, text, f"sudo {_SOCKETFILTER} --setblockall off")
    blocked = await run([_SOCKETFILTER, "--getappblocked", program])
    said = blocked.text.lower() if blocked is not None else ""
    if "permitted" in said:
        return Finding(Grade.GOOD, "The macOS firewall lets this program in.")
    if "is blocked" in said:
        text = (
            f"The macOS firewall blocks this program. {_MACOS_CLICKS}: set it to allow incoming connections."
        )
        return Finding(Grade.BAD, text, line)
    text = f"The macOS firewall is on and asks for new programs: choose Allow, or {_MACOS_CLICKS}."
    return Finding(Grade.WARN, text, line)
