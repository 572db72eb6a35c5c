"""The recipes of docs/cluster.md with the real programs: three nodes behind Caddy."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests.e2e.conftest import PROGRAM, WAIT_S, Running, Serve
from tests.e2e.test_proxies import program, wait_until_it_listens
from tests.engines import Redis
from tests.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.long]
PASSWORD = "correct horse"
SECRET = "a secret of thirty-two bytes and more, of all nodes"
KILLS = int(os.environ.get("AUTHWS_KILLS", "1"))
"""Rounds of the test that kills a node; more by hand."""
RECIPES = (Path(__file__).parents[2] / "docs" / "cluster.md").read_text("utf-8")


def recipe(language: str, port: int, ports: list[int]) -> str:
    """Return a block of the document, with other ports."""
    found = re.search(rf"```{language}\n(.*?)```", RECIPES, re.DOTALL)
    assert found is not None
    text = found[1].replace("8080", str(port))
    for number, own in enumerate(ports, 4001):
        text = text.replace(f"127.0.0.1:{number}", f"127.0.0.1:{own}")
    return text


def caddy(folder: Path, port: int, ports: list[int]) -> list[str]:
    """Write Caddy's configuration; return its command."""
    file = folder / "Caddyfile"
    options = f"{{\n\tadmin off\n\tauto_https off\n\tstorage file_system {folder / 'caddy'}\n}}\n"
    file.write_text(options + recipe("caddy", port, ports))
    return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(file)]


def nginx(folder: Path, port: int, ports: list[int]) -> list[str]:
    """Write nginx's configuration; return its command."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in kinds)
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off;\npid {folder / 'nginx.pid'};\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{recipe('nginx', port, ports)}}}\n"
    )
    return [program("nginx"), "-p", str(folder), "-c", str(file)]


@dataclass
class Cluster:
    """Three nodes behind a balancer.

    Attributes:
        port: The balancer's.
        nodes: The nodes; replaced when they are started again.
    """

    port: int
    nodes: list[Running]
    start: Callable[[int], Running]


@pytest.fixture
def start(serve: Serve, tmp_path: Path, postgres_url: str, redis_engine: Redis) -> Callable[..., Running]:
    """Return what starts a node on a port."""
    url = redis_engine.url

    def start(port: int, **env: str) -> Running:
        folder = tmp_path / f"node{port}"
        return serve(
            *("--data-dir", str(folder), "--port", str(port), "--cluster", url),
            JWT_SECRET=SECRET,
            AUTHWS_DATABASE_URL=postgres_url,
            AUTHWS_TRUSTED_PROXIES="127.0.0.1",
            AUTHWS_DRAIN_S="1",
            **env,
        )

    return start


@pytest.fixture
def cluster(start: Callable[[int], Running], tmp_path: Path) -> Iterator[Cluster]:
    """Run three nodes behind Caddy; those behind nginx are in `tests/soak/cluster.py`."""
    ports = [free_port() for _ in range(3)]
    nodes = [start(port) for port in ports]
    folder = tmp_path / "proxy"
    folder.mkdir()
    port = free_port()
    command = caddy(folder, port, ports)
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env={"HOME": str(folder)})
    try:
        wait_until_it_listens(process, port, folder / "log")
        yield Cluster(port, nodes, start)
    finally:
        process.terminate()
        process.wait(WAIT_S)


def register(port: int, name: str) -> str:
    """Register; return the token."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
    body = json.dumps({"username": name, "password": PASSWORD})
    link.request("POST", "/auth/register", body, {"Content-Type": "application/json"})
    answer = json.loads(link.getresponse().read())
    link.close()
    token: str = answer["token"]
    return token


async def connect(stack: AsyncExitStack, port: int, token: str, **wishes: Any) -> websockets.ClientConnection:
    """Connect to a node, and log in."""
    where = f"ws://127.0.0.1:{port}/ws"
    socket = await stack.enter_async_context(websockets.connect(where, proxy=None, compression=None))
    await socket.send(json.dumps({"type": "authenticate", "token": token, **wishes}))
    return socket


async def next_of(socket: websockets.ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next frame of a type."""
    async with asyncio.timeout(WAIT_S):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if frame["type"] == kind:
                return frame


class Guest:
    """A client that comes back whenever it is sent away.

    Attributes:
        users: Names in the newest list.
        said: What it was told by others, in order.
        returns: How often it came back.
    """

    def __init__(self, port: int, token: str) -> None:
        self.port = port
        self.token = token
        self.users: list[str] = []
        self.said: list[Any] = []
        self.returns = -1
        self.socket: websockets.ClientConnection | None = None

    async def stay(self) -> None:
        """Be connected, until cancelled."""
        while True:
            try:
                await self._visit()
            except (OSError, websockets.WebSocketException):
                await asyncio.sleep(0.1)

    async def _visit(self) -> None:
        where = f"ws://127.0.0.1:{self.port}/ws"
        async with websockets.connect(where, proxy=None, compression=None) as socket:
            await socket.send(json.dumps({"type": "authenticate", "token": self.token}))
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "authentication":
                    self.returns += 1
                    self.socket = socket
                elif message["type"] == "user_list":
                    self.users = sorted(each["username"] for each in message["users"])
                elif message["type"] == "message":
                    self.said.append(message["content"])


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.05)


async def test_three_nodes_behind_a_balancer(cluster: Cluster) -> None:
    """Everyone sees everyone; a node that is killed and one that is restarted lose nobody for long."""
    names = [f"user{number}" for number in range(6)]
    guests = [Guest(cluster.port, await asyncio.to_thread(register, cluster.port, name)) for name in names]
    async with asyncio.TaskGroup() as group:
        staying = [group.create_task(guest.stay()) for guest in guests]
        await until(lambda: all(guest.users == names for guest in guests))
        assert guests[0].socket is not None
        await guests[0].socket.send(json.dumps({"type": "message", "content": "hello"}))
        await until(lambda: all(guest.said == ["hello"] for guest in guests))
        for number in (0, 1):
            cluster.nodes[number].process.kill()
            await until(lambda: all(guest.users == names and guest.returns >= 0 for guest in guests))
            cluster.nodes[number].process.wait(WAIT_S)
            cluster.nodes[number] = await asyncio.to_thread(cluster.start, cluster.nodes[number].port)
        port = cluster.nodes[2].port
        status, errors = await asyncio.to_thread(cluster.nodes[2].stop, signal.SIGTERM)
        assert status == 0, errors
        cluster.nodes[2] = await asyncio.to_thread(cluster.start, port)
        await until(lambda: all(guest.users == names for guest in guests))
        for guest in guests:
            guest.said.clear()
        await until(lambda: guests[0].socket is not None and guests[0].socket.close_code is None)
        await guests[0].socket.send(json.dumps({"type": "message", "content": "still here"}))
        await until(lambda: all("still here" in guest.said for guest in guests))
        for task in staying:
            task.cancel()


async def test_a_killed_node_loses_nothing_it_accepted(start: Callable[..., Running]) -> None:
    """Whatever it had answered with `message_accepted` is heard at the other node, once, also by who was away."""
    keeping = {"AUTHWS_MESSAGES_KEPT": "5000", "AUTHWS_MESSAGE_RATE": "0"}
    one, two = [start(free_port(), **keeping) for _ in range(2)]
    tokens = [await asyncio.to_thread(register, two.port, name) for name in ("ana", "ben")]
    async with AsyncExitStack() as stack:
        ben = await connect(stack, two.port, tokens[1], since="start")
        begun = await next_of(ben, "authentication")
        for round_ in range(KILLS):
            ana = await connect(stack, one.port, tokens[0])
            for number in range(200):
                words = f"{round_} {number}"
                await ana.send(json.dumps({"type": "message", "content": words, "messageId": words}))
            accepted = {
                (await next_of(ana, "message_accepted"))["messageId"] for _ in range(60 + 10 * (round_ % 13))
            }
            one.process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(one.process.wait, WAIT_S)
            one = await asyncio.to_thread(lambda: start(free_port(), **keeping))
            last = await connect(stack, one.port, tokens[0])
            await last.send(json.dumps({"type": "message", "content": "end", "messageId": 1}))
            heard = []
            while (frame := await next_of(ben, "message"))["content"] != "end":
                heard.append(frame["content"])
            assert accepted <= set(heard)
            assert heard == [f"{round_} {number}" for number in range(len(heard))]
        again = await connect(stack, one.port, tokens[1], since=begun["last"])
        missed = (await next_of(again, "authentication"))["missed"]
        ids = [(await next_of(again, "message"))["id"] for _ in range(missed)]
        assert len(set(ids)) == missed > 60 * KILLS


def test_check_tells_whether_a_node_fits(tmp_path: Path, postgres_url: str, redis_engine: Redis) -> None:
    """Status 0 and what there is, or status 1 and the sentence; nothing listens."""
    url = redis_engine.url

    def check(cluster: str, **env: str) -> subprocess.CompletedProcess[str]:
        variables = {"JWT_SECRET": SECRET, "AUTHWS_DATABASE_URL": postgres_url, **env}
        command = [*PROGRAM, "serve", "--cluster", cluster, "--check", "--data-dir", str(tmp_path / "check")]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            env={**os.environ, **variables},
            check=False,
        )

    good = check(url)
    assert (good.returncode, "fits" in good.stdout) == (0, True), good.stderr
    wrong: list[tuple[str, dict[str, str]]] = [
        ("redis://127.0.0.1:1", {}),
        (url, {"AUTHWS_DATABASE_URL": ""}),
        (url, {"AUTHWS_DATABASE_URL": "postgresql://tests@127.0.0.1:1/x"}),
    ]
    for cluster, env in wrong:
        bad = check(cluster, **env)
        assert (bad.returncode, bad.stdout) == (1, ""), bad
        assert bad.stderr
