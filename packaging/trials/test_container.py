"""The container image: its recipe carried out in a bare root, and the client matrix's first sequence."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from devtools.package.places import Places
from trials.container import FILE, build, command, last
from trials.roots import BareRoot, bare_root, obstacle

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="chroot")
TEXT = FILE.read_text(encoding="utf-8")
PORT = "34017"
URL = f"http://127.0.0.1:{PORT}"
USER_ID = int(last("USER", TEXT).partition(":")[0])
READ_ONLY = 'mount --bind "$root" "$root"; mount -o remount,bind,ro "$root"; mount -t tmpfs tmpfs "$root/tmp"'
VOLUME = 'mount -t tmpfs -o uid=10001,mode=700 tmpfs "$root/data"'


@pytest.fixture(scope="module")
def image(places: Places) -> Iterator[BareRoot]:
    """A root in which the recipe was carried out."""
    if reason := obstacle():
        pytest.skip(reason)
    with bare_root(places.work / "roots", "trixie") as root:
        root.install("python3", "python3-venv", "passwd")
        build(root, TEXT, places.root, root.share_network_settings())
        yield root


@contextlib.contextmanager
def running(image: BareRoot, *, user: int = USER_ID, prepare: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run the entry point as its user, its root read-only, for the length of a block."""
    env = {"AUTHWS_PORT": PORT, "PYTHONUNBUFFERED": "1"}
    line = image.command(*command(TEXT), user=user, env=env, prepare=prepare)
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate(timeout=30)


def ask(path: str, body: Mapping[str, str] | None = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"{URL}{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def wait_until_it_answers(process: subprocess.Popen[str]) -> None:
    for _ in range(240):
        assert process.poll() is None, process.communicate()[0]
        with contextlib.suppress(OSError, urllib.error.URLError):
            ask("/healthz")
            return
        time.sleep(0.25)
    raise AssertionError("it does not answer")


def test_no_qt_is_in_it(image: BareRoot, tell: Callable[[str], None]) -> None:
    """Only what `serve` needs."""
    names = {file.name.casefold() for file in (image.folder / "opt" / "authws").rglob("*.dist-info")}
    assert not [name for name in names if name.startswith(("pyside", "shiboken", "qasync"))]
    size = sum(file.stat().st_size for file in (image.folder / "opt" / "authws").rglob("*") if file.is_file())
    tell(f"{len(names)} packages, {size / 1e6:.0f} MB")


def test_it_serves_from_a_read_only_root_with_a_volume(image: BareRoot) -> None:
    """As nobody in particular: healthy, and a client can log in, talk and leave."""
    with running(image, prepare=f"{READ_ONLY}; {VOLUME}") as process:
        wait_until_it_answers(process)
        health = [*command(TEXT), "--health"]
        assert image.run(*health, user=USER_ID, env={"AUTHWS_PORT": PORT}, check=False).returncode == 0
        token = ask("/auth/register", {"username": "ana", "password": "correct-horse-battery"})["token"]
        asyncio.run(talk(token))
    assert image.run(*health, user=USER_ID, env={"AUTHWS_PORT": PORT}, check=False).returncode == 1


async def talk(token: str) -> None:
    """Walk the first sequence of the client matrix."""
    from websockets.asyncio.client import connect

    async with connect(f"ws://127.0.0.1:{PORT}", proxy=None) as socket:

        async def expect(kind: str) -> dict[str, Any]:
            while (frame := json.loads(await asyncio.wait_for(socket.recv(), 20)))["type"] != kind:
                pass
            return dict(frame)

        client_id = (await expect("connection"))["clientId"]
        await socket.send(json.dumps({"type": "authenticate", "token": token}))
        await expect("authentication")
        await expect("user_list")
        await socket.send(json.dumps({"type": "message", "content": "hello"}))
        await expect("message")
        direct = {"type": "direct", "to": client_id, "content": "psst", "messageId": 7}
        await socket.send(json.dumps(direct))
        await expect("message_delivered")


def first_words(image: BareRoot, **how: Any) -> str:
    """Return what is said before the server answers, or until it ends."""
    with running(image, **how) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "istening" in line or len(said) > 20:
                break
        return "".join(said)


def test_as_root_and_without_a_volume_it_says_so(image: BareRoot) -> None:
    """And serves all the same."""
    said = first_words(image, user=0)
    assert "runs as root" in said
    assert "end with this container" in said
    assert "runs as root" not in first_words(image, prepare=VOLUME)


def test_the_volume_keeps_the_accounts(image: BareRoot, tmp_path: Path) -> None:
    """What another container finds there is as it was left."""
    (tmp_path / "volume").mkdir()
    (tmp_path / "volume").chmod(0o777)
    volume = f'mount --bind "{tmp_path / "volume"}" "$root/data"'
    login = {"username": "ben", "password": "correct-horse-battery"}
    with running(image, prepare=f"{READ_ONLY}; {volume}") as process:
        wait_until_it_answers(process)
        ask("/auth/register", login)
    with running(image, prepare=f"{READ_ONLY}; {volume}") as process:
        wait_until_it_answers(process)
        assert ask("/auth/login", login)["token"]
