"""Tries a cluster over the wire: `python3 dev.py soak --cluster`.

Three nodes of the real program behind nginx, on a real PostgreSQL and Redis. Each trial is one promise of
docs/cluster.md; its line says what was seen and how long it took. The exit status is 0 if all were kept.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.processes import Process
from tests.e2e.test_cluster import nginx
from tests.engines import Postgres, Redis
from tests.ports import free_port
from tests.soak.visitor import Visitor, until

CORES = os.sched_getaffinity(0) if sys.platform == "linux" else {0}
LEFT_S = 16.0
"""Within this long who was connected to a node that died has left the list."""
SOON_S = 1.0
AGAIN_S = 3.0
BACK_S = 5.0


@dataclass(frozen=True)
class Sizes:
    """How much is tried.

    Attributes:
        tokens: Registrations at one node that are shown to another at once.
        crowd: Clients on each of two nodes.
        said: Messages of each of ten of them.
        guests: Clients behind the balancer.
        kills: How often a node is killed.
        absent: How many do not come back then, so that the others must forget them.
        away_s: How long the engine is away, each time.
        drain_s: How long a node that stops takes to send its clients elsewhere.
    """

    tokens: int = 200
    crowd: int = 200
    said: int = 20
    guests: int = 12
    kills: int = 20
    absent: int = 1
    away_s: float = 10.0
    drain_s: int = 10


@dataclass
class Seen:
    """What came of one trial."""

    promise: str
    is_kept: bool
    detail: str


class Cluster:
    """Three nodes and their balancer, as processes.

    Attributes:
        port: The balancer's.
        ports: The nodes'.
        nodes: The nodes; replaced when they are started again.
        admin_tokens: Theirs, once they are ready.
        engine, database: What they share.
    """

    def __init__(self, folder: Path, engine: Redis, database: Postgres, drain_s: int) -> None:
        self.engine = engine
        self.database = database
        self.ports = [free_port() for _ in range(3)]
        self.port = free_port()
        self._folder = folder
        self._address = engine.url
        self._env = os.environ | {
            "AUTHWS_DATABASE_URL": database.new_database(),
            "AUTHWS_TRUSTED_PROXIES": "127.0.0.1",
            "AUTHWS_DRAIN_S": str(drain_s),
            "AUTHWS_GUESTS": "on",
            "AUTHWS_REGISTER_RATE": "0",
            "AUTHWS_LOG_LEVEL": "warning",
        }
        self.nodes = [self._node(port) for port in self.ports]
        self.admin_tokens = ["", "", ""]
        place = folder / "proxy"
        place.mkdir()
        self._balancer = Process("nginx", nginx(place, self.port, self.ports), {"HOME": str(place)}, CORES)

    def _node(self, port: int) -> Process:
        data = str(self._folder / f"node{port}")
        where = [
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--data-dir",
            data,
            "--cluster",
            self._address,
            "--json",
            "--admin-token",
        ]
        return Process(
            f"node {port}", [sys.executable, "-m", "authws_desktop", "serve", *where], self._env, CORES
        )

    async def wait(self) -> None:
        """Wait until all nodes are ready, and the balancer answers."""
        for place, node in enumerate(self.nodes):
            if not self.admin_tokens[place]:
                ready = await asyncio.to_thread(node.answer, 120)
                self.admin_tokens[place] = ready["adminToken"]
        await until(lambda: all(status(port, "/readyz") == 200 for port in (*self.ports, self.port)), 120)

    def command(self, *words: str) -> None:
        """Run a command of the program on the cluster's database, to its end."""
        where = ["--data-dir", str(self._folder / f"node{self.ports[0]}")]
        env = self._env | {"AUTHWS_CLUSTER_URL": self._address}
        command = [sys.executable, "-m", "authws_desktop", *words, *where]
        subprocess.run(command, env=env, check=True, capture_output=True, timeout=120)

    def restart(self, place: int) -> None:
        """Start a node that has ended again."""
        self.nodes[place].stop()
        self.nodes[place], self.admin_tokens[place] = self._node(self.ports[place]), ""

    def close(self) -> None:
        """End all of it."""
        for each in (*self.nodes, self._balancer):
            each.stop()


def ask(
    port: int, method: str, path: str, body: dict[str, Any] | None = None, token: str = ""
) -> tuple[int, dict[str, Any]]:
    """Ask over HTTP; return status and answer."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as link:
        link.request(method, path, None if body is None else json.dumps(body), headers)
        answer = link.getresponse()
        text = answer.read()
    return answer.status, json.loads(text) if text.startswith(b"{") else {}


def status(port: int, path: str) -> int:
    """Return the status of a path; 0 if nobody answers."""
    try:
        return ask(port, "GET", path)[0]
    except OSError:
        return 0


async def guest(port: int, name: str) -> str:
    """Come in by name at a node; return the token."""
    return str((await asyncio.to_thread(ask, port, "POST", "/auth/guest", {"username": name}))[1]["token"])


async def visitors(port: int, at: Sequence[int], prefix: str, count: int) -> list[Visitor]:
    """Return visitors who are logged in.

    Args:
        port: Where they get their tokens.
        at: Where they connect to, in turn.
        prefix: Of their names.
        count: How many.
    """
    tokens = await asyncio.gather(*(guest(port, f"{prefix}{number}") for number in range(count)))
    made = [
        Visitor(at[number % len(at)], token, f"127.0.1.{number % 250 + 1}")
        for number, token in enumerate(tokens)
    ]
    for each in made:
        each.come()
    await until(lambda: all(each.is_in for each in made))
    return made


async def leave(made: Sequence[Visitor]) -> None:
    """Let visitors go."""
    await asyncio.gather(*(each.go() for each in made))


async def fresh_tokens(cluster: Cluster, sizes: Sizes) -> Seen:
    """A token of one node is shown to another at once."""
    good = 0
    for number in range(sizes.tokens):
        one = Visitor(cluster.ports[1], await guest(cluster.ports[0], f"fresh{number}"))
        one.come()
        await until(lambda one=one: one.is_in or one.closed)  # type: ignore[misc]
        good += one.is_in and not one.closed
        await one.go()
    promise = "a token of node 1 counts at node 2 at once"
    return Seen(promise, good == sizes.tokens, f"{good} of {sizes.tokens}")


async def fan_out(cluster: Cluster, sizes: Sizes) -> Seen:
    """Everyone at two nodes gets every message of ten senders, in order, none twice."""
    made = await visitors(cluster.ports[0], cluster.ports[:2], "crowd", 2 * sizes.crowd)
    names = sorted(f"crowd{number}" for number in range(2 * sizes.crowd))
    listed_s = await until(lambda: all(each.users == names for each in made))
    senders = made[:10]
    for number in range(sizes.said):
        for sender in senders:
            await sender.say(number)
    wanted = {f"crowd{number}": list(range(sizes.said)) for number in range(10)}
    due = len(made) * sizes.said * len(senders)
    try:
        await until(lambda: sum(len(each.ids) for each in made) >= due)
    finally:
        good = sum(each.heard == wanted and len(set(each.ids)) == len(each.ids) for each in made)
        await leave(made)
    detail = f"{good} of {len(made)} clients have all {due // len(made)}; lists equal after {listed_s:.2f} s"
    return Seen("every broadcast comes everywhere, in order, once", good == len(made), detail)


async def lists(cluster: Cluster, sizes: Sizes) -> Seen:
    """Who comes is in the list at all nodes soon."""
    made = await visitors(cluster.port, cluster.ports, "list", sizes.guests)
    names = [f"list{number}" for number in range(sizes.guests)]
    await until(lambda: all(each.users == sorted(names) for each in made))
    worst_s = 0.0
    for number in range(5):
        (extra,) = await visitors(cluster.port, [cluster.ports[number % 3]], f"extra{number}-", 1)
        wanted = sorted([*names, f"extra{number}-0"])
        worst_s = max(worst_s, await until(lambda wanted=wanted: all(each.users == wanted for each in made)))  # type: ignore[misc]
        await extra.go()
        worst_s = max(worst_s, await until(lambda: all(each.users == sorted(names) for each in made)))
    await leave(made)
    return Seen("the list is the same everywhere within 1 s", worst_s <= SOON_S, f"at worst {worst_s:.2f} s")


async def kills(cluster: Cluster, sizes: Sizes) -> Seen:
    """A node is killed again and again: its people come back elsewhere, and are listed once."""
    made = await visitors(cluster.port, [cluster.port], "guest", sizes.guests)
    names = sorted(f"guest{number}" for number in range(sizes.guests))
    await until(lambda: all(each.users == names for each in made))
    worst_s = 0.0
    for number in range(sizes.kills):
        gone = [made[(number + each) % sizes.guests] for each in range(sizes.absent)]
        place = number % 3
        cluster.nodes[place].signal(signal.SIGKILL)
        await leave(gone)
        there = [each for each in made if each not in gone]
        wanted = sorted(set(names) - {f"guest{made.index(each)}" for each in gone})
        worst_s = max(
            worst_s,
            await until(lambda there=there, wanted=wanted: all(v.is_in and v.users == wanted for v in there)),  # type: ignore[misc]
        )
        cluster.restart(place)
        await cluster.wait()
        for each in gone:
            each.come()
        await until(lambda: all(each.is_in and each.users == names for each in made))
    await leave(made)
    detail = f"{sizes.kills} kills, right after {worst_s:.1f} s at worst"
    return Seen("a dead node's people leave the list within 16 s", worst_s <= LEFT_S, detail)


async def engine_trouble(cluster: Cluster, sizes: Sizes) -> Seen:
    """The engine is stopped, frozen and restarted empty: all goes on locally, and heals soon."""
    made = await visitors(cluster.port, cluster.ports, "cut", 6)
    names = [f"cut{number}" for number in range(6)]
    await until(lambda: all(each.users == names for each in made))
    engine = cluster.engine
    ways: list[tuple[str, Callable[[], None], Callable[[], None]]] = [
        ("killed and restarted empty", engine.kill, engine.start),
        ("frozen", engine.freeze, engine.thaw),
    ]
    worst_s, details, is_good = 0.0, [], True
    for way, begin, end in ways:
        begin()
        await until(lambda: all(status(port, "/readyz") == 503 for port in cluster.ports))
        ended_s = time.monotonic() + sizes.away_s
        while time.monotonic() < ended_s:
            await made[0].say(way)
            await asyncio.sleep(0.2)
        # The fourth is at the first one's node, the second is not.
        is_good &= way in made[3].heard.get("cut0", []) and all(each.is_running for each in cluster.nodes)
        is_good &= all(each.is_in and each.users == names for each in made)
        await asyncio.to_thread(end)
        began_s = time.monotonic()
        while not all(
            (way, "back") in [tuple(c) for c in v.heard.get("cut1", []) if isinstance(c, list)] for v in made
        ):
            await made[1].say([way, "back"])
            await asyncio.sleep(0.05)
            is_good &= time.monotonic() - began_s < 60
        took_s = time.monotonic() - began_s
        await until(lambda: all(status(port, "/readyz") == 200 for port in cluster.ports))
        worst_s = max(worst_s, took_s)
        details.append(f"{way}: broadcast crosses after {took_s:.2f} s")
    is_good &= all(each.users == names and not each.closed for each in made)
    await leave(made)
    return Seen(
        "an engine that is away ends nothing, and heals within 3 s",
        is_good and worst_s <= AGAIN_S,
        "; ".join(details),
    )


async def acts(cluster: Cluster, sizes: Sizes) -> Seen:
    """Who is disabled at one node, or banned by the command line, loses the connection; so do all by a new secret."""
    made = await visitors(cluster.ports[0], cluster.ports, "act", sizes.guests)
    port, host = cluster.ports[0], cluster.admin_tokens[0]
    users = (await asyncio.to_thread(ask, port, "GET", "/admin/users", None, host))[1]["users"]
    (user_id,) = [each["id"] for each in users if each["username"] == "act1"]
    began_s = time.monotonic()
    await asyncio.to_thread(ask, port, "PATCH", f"/admin/users/{user_id}", {"disabled": True}, host)
    await until(lambda: 4004 in made[1].closed)
    disabled_s = time.monotonic() - began_s
    # Told by nobody, as the command line is no node: from its end to what the nodes see by looking.
    await asyncio.to_thread(cluster.command, "ban", "add", "--user", "act2")
    banned_s = await until(lambda: 4006 in made[2].closed)
    await asyncio.to_thread(cluster.command, "secret", "rotate")
    others = [each for number, each in enumerate(made) if number not in (1, 2)]
    rotated_s = await until(lambda: all(4010 in each.closed for each in others))
    await leave(made)
    promise = "disabling, a ban and a new secret reach the sockets of all nodes within 1 s"
    detail = f"{disabled_s:.2f} s, {banned_s:.2f} s, {rotated_s:.2f} s"
    return Seen(promise, max(disabled_s, banned_s, rotated_s) <= SOON_S, detail)


async def guesses(cluster: Cluster, _sizes: Sizes) -> Seen:
    """Wrong passwords at one node make another one wait."""
    wrong = {"username": "nobody", "password": "wrong password"}
    at_one = [
        (await asyncio.to_thread(ask, cluster.ports[0], "POST", "/auth/login", wrong))[0] for _ in range(10)
    ]
    await asyncio.sleep(0.2)
    at_two = (await asyncio.to_thread(ask, cluster.ports[1], "POST", "/auth/login", wrong))[0]
    is_kept = set(at_one) == {401} and at_two == 429
    return Seen("10 failures at node 1 make node 2 wait", is_kept, f"node 2 answers {at_two}")


async def rolling(cluster: Cluster, sizes: Sizes) -> Seen:
    """All nodes are restarted one after the other while people talk."""
    made = await visitors(cluster.port, [cluster.port], "roll", sizes.guests)
    names = sorted(f"roll{number}" for number in range(sizes.guests))
    is_over = False

    async def talk() -> None:
        while not is_over:
            for each in made:
                await each.say("x")
            await asyncio.sleep(0.05)

    talking = asyncio.create_task(talk())
    for place in range(3):
        cluster.nodes[place].signal(signal.SIGTERM)
        await until(lambda place=place: not cluster.nodes[place].is_running)  # type: ignore[misc]
        cluster.restart(place)
        await cluster.wait()
    is_over = True
    await talking
    await until(lambda: all(each.is_in and each.users == names for each in made))
    away_s = max(each.away_s for each in made)
    codes = {code for each in made for code in each.closed}
    await leave(made)
    return Seen(
        "a rolling restart keeps nobody away for more than 5 s",
        away_s <= BACK_S,
        f"at most {away_s:.2f} s, closed with {sorted(codes)}",
    )


async def addresses(cluster: Cluster, _sizes: Sizes) -> Seen:
    """Behind the balancer each client has its own address."""
    made = await visitors(cluster.port, [cluster.port], "own", 3)
    found: set[str] = set()
    for port, host in zip(cluster.ports, cluster.admin_tokens, strict=True):
        answer = (await asyncio.to_thread(ask, port, "GET", "/admin/connections", None, host))[1]
        found |= {each["address"] for each in answer["connections"]}
    await leave(made)
    wanted = {"127.0.1.1", "127.0.1.2", "127.0.1.3"}
    return Seen(
        "each client behind the balancer has its own address", wanted <= found, ", ".join(sorted(found))
    )


Trial = Callable[[Cluster, Sizes], Awaitable[Seen]]
TRIALS: tuple[Trial, ...] = (
    fresh_tokens,
    fan_out,
    lists,
    addresses,
    acts,
    guesses,
    engine_trouble,
    rolling,
    kills,
)


async def try_all(cluster: Cluster, sizes: Sizes, trials: Sequence[Trial] = TRIALS) -> list[Seen]:
    """Try one promise after the other; each begins with nobody connected."""
    await cluster.wait()
    found = []
    for trial in trials:
        try:
            seen = await trial(cluster, sizes)
        except TimeoutError:
            seen = Seen(trial.__doc__ or "", is_kept=False, detail="never came")
        print(f"{'kept  ' if seen.is_kept else 'BROKEN'} {seen.promise}: {seen.detail}", flush=True)
        found.append(seen)
    return found


def main() -> int:
    """Try everything at full size; return the exit status."""
    sizes = Sizes()
    engine, database = Redis(), Postgres()
    try:
        with tempfile.TemporaryDirectory(prefix="authws-cluster-") as folder:
            cluster = Cluster(Path(folder), engine, database, sizes.drain_s)
            try:
                found = asyncio.run(try_all(cluster, sizes))
            finally:
                cluster.close()
    finally:
        engine.remove()
        database.remove()
    return 0 if all(seen.is_kept for seen in found) else 1


if __name__ == "__main__":
    sys.exit(main())
