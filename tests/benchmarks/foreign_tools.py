"""Servers in other languages need tools that a machine may not have: where they are, or a sentence why not."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
GO_SOURCES = Path("/usr/share/gocode")
"""Where Debian puts the sources of Go's libraries."""
BUILD_TIMEOUT_S = 300
_PROCESSORS = {"x86_64": "x64", "aarch64": "aarch64"}


class Absent(Exception):
    """A server is not measured for want of a tool; `str()` says which and where it comes from."""


def bun() -> Path:
    """Return Bun's program.

    Raises:
        Absent: npm did not install it; it is an optional package.
    """
    # Its npm package only chooses among packages that hold the program, by a script that is not run.
    found = (
        HERE
        / "node_modules"
        / "@oven"
        / f"bun-linux-{_PROCESSORS.get(platform.machine(), '')}"
        / "bin"
        / "bun"
    )
    if not found.is_file():
        raise Absent("Bun is not there (npm's optional package bun)")
    return found


def node() -> str:
    """Return Node's program.

    Raises:
        Absent: There is none.
    """
    found = shutil.which("node")
    if found is None:
        raise Absent("Node.js is not there")
    return found


def built_go_peer() -> Path:
    """Build the Go server, unless it is built already; return the program.

    Raises:
        Absent: There is no Go, or no gorilla/websocket, or it does not build.
    """
    source, program = HERE / "go_peer.go", HERE / "out" / "go_peer"
    if program.is_file() and program.stat().st_mtime > source.stat().st_mtime:
        return program
    go = shutil.which("go")
    if go is None or not (GO_SOURCES / "src" / "github.com" / "gorilla" / "websocket").is_dir():
        raise Absent(
            "Go or its gorilla is not there (Debian: golang-go, golang-github-gorilla-websocket-dev)"
        )
    env = {**os.environ, "GO111MODULE": "off", "GOPATH": str(GO_SOURCES)}
    program.parent.mkdir(exist_ok=True)
    command: list[str | Path] = [go, "build", "-o", program, source]
    built = subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=BUILD_TIMEOUT_S, check=False
    )
    if built.returncode:
        raise Absent(f"the Go server does not build: {built.stderr.strip()}")
    return program


def versions() -> dict[str, str]:
    """Return the versions of what is there, for the record."""
    commands: dict[str, list[str | Path]] = {"node": ["node", "--version"], "go": ["go", "version"]}
    with contextlib.suppress(Absent):
        commands["bun"] = [bun(), "--version"]
    found = {}
    for name, command in commands.items():
        if shutil.which(command[0]):
            found[name] = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    with contextlib.suppress(OSError):
        package = (HERE / "node_modules" / "ws" / "package.json").read_text(encoding="utf-8")
        found["ws"] = json.loads(package)["version"]
    return found
