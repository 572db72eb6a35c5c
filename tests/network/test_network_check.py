"""The network check, with what real firewalls print."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from authws_desktop.network.addresses import Address
from authws_desktop.network.firewalls import Finding, Grade, check_firewalls
from authws_desktop.network.network_check import check_network
from authws_desktop.network.system_commands import CommandResult, run_command
from authws_desktop.server.service import Service

UFW_HEAD = "Status: active\nLogging: on (low)\nDefault: {default} (incoming), allow (outgoing), disabled (routed)\nNew profiles: skip\n\nTo                         Action      From\n--                         ------      ----\n"
UFW_ROOT = CommandResult(1, "ERROR: You need to be root to run this script\n")
NFT_DROP = """table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		iif "lo" accept
		tcp dport 22 accept
	}

	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
"""
MAC = "/usr/libexec/ApplicationFirewall/socketfilterfw"
WIN_PROGRAM = "C:\\Program Files\\Authws Desktop\\authws-desktop.exe"


class System:
    """A computer that answers commands as recorded; any other command is missing there."""

    def __init__(self, answers: dict[str, CommandResult], files: dict[str, str] | None = None) -> None:
        self.answers = answers
        self.files = files or {}
        self.asked: list[str] = []

    async def run(self, command: Sequence[str]) -> CommandResult | None:
        line = " ".join(command)
        self.asked.append(line)
        return next((answer for start, answer in self.answers.items() if line.startswith(start)), None)

    def read(self, file: Path) -> str | None:
        return self.files.get(file.as_posix())

    async def check(self, platform: str, program: str = "/opt/authws") -> list[Finding]:
        return await check_firewalls(4000, program, platform, self.run, self.read)


def ufw(rules: str, default: str = "deny") -> System:
    return System({"ufw status": CommandResult(0, UFW_HEAD.format(default=default) + rules)})


@pytest.mark.parametrize(
    ("rules", "grade"),
    [
        ("22/tcp                     ALLOW IN    Anywhere\n4000/tcp                   ALLOW IN    192.168.1.0/24\n", "good"),
        ("4000                       ALLOW IN    Anywhere\n", "good"),
        ("3990:4010/tcp              LIMIT IN    Anywhere\n", "good"),
        ("80,4000/tcp                ALLOW IN    Anywhere\n", "good"),
        ("Anywhere                   ALLOW IN    192.168.1.0/24\n", "good"),
        ("4000/udp                   ALLOW IN    Anywhere\n", "bad"),
        ("40000/tcp                  ALLOW IN    Anywhere\n", "bad"),
        ("4000/tcp                   DENY IN     Anywhere\n4000/tcp                   ALLOW IN    Anywhere\n", "bad"),
        ("", "bad"),
    ],
)  # fmt: skip
async def test_ufw_that_can_be_read(rules: str, grade: str) -> None:
    """The first rule that holds the port decides; without one the default does."""
    (found,) = await ufw(rules).check("linux")
    assert found.grade == grade
    assert "ufw" in found.text
    assert found.command == ("" if grade == "good" else "sudo ufw allow 4000/tcp")


async def test_ufw_that_lets_all_in() -> None:
    """Its default is allow."""
    (found,) = await ufw("", default="allow").check("linux")
    assert found.grade is Grade.GOOD


async def test_ufw_that_only_root_may_read() -> None:
    """Its configuration file still tells that it is on; the line is offered, nothing is claimed."""
    system = System({"ufw status": UFW_ROOT}, {"/etc/ufw/ufw.conf": "# comment\nENABLED=yes\nLOGLEVEL=low\n"})
    (found,) = await system.check("linux")
    assert found.grade is Grade.WARN
    assert "only root" in found.text
    assert found.command == "sudo ufw allow 4000/tcp"


@pytest.mark.parametrize(
    ("ports", "grade"),
    [
        (CommandResult(0, "4000/tcp 8080/tcp\n"), "good"),
        (CommandResult(0, "1025-65535/udp 1025-65535/tcp\n"), "good"),
        (CommandResult(0, "\n"), "bad"),
        (CommandResult(0, "4000/udp\n"), "bad"),
        (CommandResult(252, "Authorization failed.\n    Make sure polkit agent is running.\n"), "warn"),
    ],
)
async def test_firewalld(ports: CommandResult, grade: str) -> None:
    """Ports and ranges of its zone; where it refuses to tell, that is said."""
    answers = {"firewall-cmd --state": CommandResult(0, "running\n"), "firewall-cmd --list-ports": ports}
    (found,) = await System(answers).check("linux")
    assert found.grade == grade
    line = "sudo firewall-cmd --permanent --add-port=4000/tcp && sudo firewall-cmd --reload"
    assert found.command == ("" if grade == "good" else line)


@pytest.mark.parametrize(
    ("rules", "grade", "command"),
    [
        (CommandResult(0, NFT_DROP), "warn", "sudo nft insert rule inet filter input tcp dport 4000 accept"),
        (CommandResult(0, NFT_DROP.replace("dport 22", "dport 4000")), "good", ""),
        (CommandResult(0, ""), "good", ""),
        (CommandResult(0, NFT_DROP.replace("policy drop", "policy accept")), "good", ""),
        (CommandResult(1, "Operation not permitted (you must be root)\n"), "info", "sudo nft list ruleset"),
        (None, "info", ""),
    ],
)
async def test_nftables(rules: CommandResult | None, grade: str, command: str) -> None:
    """A chain of input that drops is named; without rights or program, that is said."""
    answers = {"firewall-cmd --state": CommandResult(252, "not running\n")}
    if rules is not None:
        answers["nft list ruleset"] = rules
    (found,) = await System(answers).check("linux")
    assert (found.grade, found.command) == (grade, command)


def windows(category: int, rules: list[dict[str, Any] | None], enabled: int = 1) -> System:
    state = {
        "networks": [{"InterfaceAlias": "WLAN", "Category": category}],
        "profiles": [{"Name": name, "Enabled": enabled} for name in ("Domain", "Private", "Public")],
        "rules": rules,
    }
    return System({"powershell": CommandResult(0, json.dumps(state))})


@pytest.mark.parametrize(
    ("category", "rules", "enabled", "grade", "words"),
    [
        (1, [{"DisplayName": "authws", "Action": 2, "Profile": 2}], 1, "good", "lets this program in"),
        (1, [{"DisplayName": "authws", "Action": 2, "Profile": 0}], 1, "good", "lets this program in"),
        (0, [{"DisplayName": "authws", "Action": 2, "Profile": 2}], 1, "warn", "public networks"),
        (
            1,
            [{"DisplayName": "authws", "Action": 4, "Profile": 6}],
            1,
            "bad",
            "blocks this program on private",
        ),
        (1, [None], 1, "warn", "No rule"),
        (1, [], 0, "good", "lets this program in"),
    ],
)
async def test_windows_defender(
    category: int, rules: list[dict[str, Any] | None], enabled: int, grade: str, words: str
) -> None:
    """By the kind of network: a rule that allows, none, or the one that cancelling the question made."""
    (found,) = await windows(category, rules, enabled).check("win32", WIN_PROGRAM)
    assert found.grade == grade
    assert words in found.text
    if grade == "bad":
        assert (
            found.command == f'netsh advfirewall firewall delete rule name=all dir=in program="{WIN_PROGRAM}"'
        )
    elif grade == "warn":
        assert found.command.endswith("dir=in action=allow protocol=TCP localport=4000")


async def test_windows_that_does_not_tell() -> None:
    """Without PowerShell, or with nonsense from it: clicks and line."""
    for answers in (
        {},
        {"powershell": CommandResult(0, "access denied")},
        {"powershell": CommandResult(1, "")},
    ):
        (found,) = await System(answers).check("win32", WIN_PROGRAM)
        assert found.grade is Grade.WARN
        assert "could not be read" in found.text
        assert "Allow an app through firewall" in found.text


async def test_windows_program_names_are_quoted() -> None:
    """An apostrophe in a folder's name ends no string."""
    system = System({})
    await system.check("win32", "C:\\Ana's\\a.exe")
    assert "-Program 'C:\\Ana''s\\a.exe'" in system.asked[0]


@pytest.mark.parametrize(
    ("state", "block_all", "app", "grade", "words"),
    [
        ("Firewall is disabled. (State = 0)", "", "", "good", "is off"),
        ("Firewall is enabled. (State = 1)", "disabled", "Incoming connection to the application is permitted ", "good", "lets this"),
        ("Firewall is enabled. (State = 1)", "disabled", "Incoming connection to the application is blocked ", "bad", "blocks this program"),
        ("Firewall is enabled. (State = 1)", "disabled", "The application is not part of the firewall", "warn", "choose Allow"),
        ("Firewall is blocking all non-essential incoming connections. (State = 2)", "enabled", "", "bad", "blocks all"),
        ("Must be root to change settings.", "", "", "warn", "could not be read"),
    ],
)  # fmt: skip
async def test_macos(state: str, block_all: str, app: str, grade: str, words: str) -> None:
    """Off, permitted, blocked, unknown, everything blocked, and not readable; always with the clicks."""
    answers = {
        f"{MAC} --getglobalstate": CommandResult(0, state + "\n"),
        f"{MAC} --getblockall": CommandResult(0, f"Firewall has block all state set to {block_all}.\n"),
        f"{MAC} --getappblocked": CommandResult(0, app + "\n"),
    }
    (found,) = await System(answers).check("darwin", "/Applications/Authws Desktop.app")
    assert found.grade == grade
    assert words in found.text
    assert grade == "good" or "System Settings, Network, Firewall" in found.text


async def test_a_stopped_server_is_the_first_thing_said() -> None:
    """Nothing else matters then."""
    (found,) = await check_network([], [], run=System({}).run)
    assert found.grade is Grade.BAD
    assert "Press Start" in found.text


async def test_where_it_listens_on_a_real_server(service: Service) -> None:
    """Address and port, that it answers, and that only this computer reaches it."""
    found = await check_network(service.location.listening_at, service.location.addresses, run=System({}).run)
    assert found[0].text == f"Listening on 127.0.0.1, port {service.location.port}."
    assert [str(each.grade) for each in found] == ["good", "good", "warn"]
    assert "My network" in found[-1].text


async def test_what_others_use(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address given out is named, one that does not answer too, and a virtual one is doubted."""
    await service.apply(msgspec.structs.replace(service.settings.saved, host="0.0.0.0"))
    system = System({"nft": CommandResult(0, "")})
    lan = Address("127.0.0.2", "eth0")
    monkeypatch.setattr(Address, "is_only_here", property(lambda address: address.host == "localhost"))
    found = await check_network(service.location.listening_at, [lan], platform="linux", run=system.run)
    assert found[0].text == f"Listening on 0.0.0.0 and ::, port {service.location.port}."
    assert found[2].text == f"Others in this network use http://127.0.0.2:{service.location.port} (eth0)."
    assert "nftables" in found[3].text
    gone = Address("192.0.2.9", "wg0", is_virtual=True)
    monkeypatch.setattr("authws_desktop.network.network_check.CONNECT_TIMEOUT_S", 0.2)
    found = await check_network(service.location.listening_at, [gone], platform="linux", run=system.run)
    assert (found[1].grade, found[1].text.endswith("at 192.0.2.9.")) == (Grade.BAD, True)
    assert "wg0 is a virtual network" in found[2].text


async def test_commands_really_run() -> None:
    """Status and output of a program, both streams; `None` for one that is not there."""
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"
    result = await run_command([sys.executable, "-c", code])
    assert result is not None
    assert result.status == 3
    assert sorted(result.text.split()) == ["err", "out"]
    assert await run_command(["no-such-program-here"]) is None
