"""Under which names this computer is known."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from authws_desktop.admission import this_computer
from authws_desktop.admission.this_computer import names_of, network_domains, own_names


def test_names_alone_below_local_and_below_the_domain() -> None:
    """With the domain of the network, and with the one that the computer gives itself."""
    assert names_of("Box.club.lan.", ["fritz.box"]) == {
        "localhost", "box", "box.club.lan", "box.local", "box.fritz.box",
    }  # fmt: skip
    assert names_of("box", []) == {"localhost", "box", "box.local"}
    assert names_of("", []) == {"localhost"}


def test_domains_of_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the resolver's file says; nothing where there is none."""
    file = tmp_path / "resolv.conf"
    monkeypatch.setattr(this_computer, "_RESOLVER", file)
    monkeypatch.setattr(sys, "platform", "linux")
    assert network_domains() == []
    file.write_text(
        "# search evil\nnameserver 192.168.1.1\ndomain Club.lan\nsearch fritz.box. a.b\noptions x\n"
    )
    assert network_domains() == ["club.lan", "fritz.box", "a.b"]


def test_names_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer that was renamed is known by its new name, after a while."""
    monkeypatch.setattr(own_names, "_read_at_s", 0.0)
    now_s = [this_computer._NAMES_LIFE_S + 1]
    monkeypatch.setattr(time, "monotonic", lambda: now_s[0])
    monkeypatch.setattr(socket, "gethostname", lambda: "first")
    assert "first" in own_names()
    monkeypatch.setattr(socket, "gethostname", lambda: "second")
    assert "second" not in own_names()
    now_s[0] += this_computer._NAMES_LIFE_S + 1
    assert "second.local" in own_names()
    own_names._read_at_s = float("-inf")


def test_domains_of_the_network_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the registry says; a value that is absent, as on a computer outside a domain, is passed over."""
    values = {"Domain": "Club.lan.", "DhcpDomain": ""}

    def query(_key: object, name: str) -> tuple[str, int]:
        if name not in values:
            raise FileNotFoundError
        return values[name], 1

    registry = SimpleNamespace(
        HKEY_LOCAL_MACHINE=0, OpenKey=lambda *_: contextlib.nullcontext(), QueryValueEx=query
    )
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(sys, "platform", "win32")
    assert network_domains() == ["club.lan"]
