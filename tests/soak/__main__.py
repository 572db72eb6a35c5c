"""Runs real clients against `serve` for some minutes: `python3 dev.py soak --minutes N` (`--cluster`: `cluster.py`).

Messages, broadcast and direct, are sent at an even rate; clients come and go all the time, and a good part of
those who go drop their connection, half-close it, or first stop reading. In the end it says what was lost,
doubled, reordered (by the rules in `accounting`), which exceptions the server met, what it weighs, and the worst
delay. The exit status is 0 if nothing was wrong, 1 if something was.

Everything happens on loopback and in two processes, which end after the time asked for and a minute at most.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.clients import LoadError
from tests.benchmarks.peers import ASYNCIO, UVLOOP, command_of, environment_of
from tests.benchmarks.processes import Process, free_port
from tests.benchmarks.setup import Accounts, made_accounts
from tests.soak import cluster
from tests.soak.crowd import Crowd
from tests.soak.report import MEBIBYTE, Outcome
from tests.soak.watch import Watch, exceptions_in

LOOPS = {"uvloop": UVLOOP, "asyncio": ASYNCIO}
STEADY, VISITORS = 20, 30
TELL_EVERY_S = 60


def main() -> int:
    """Run what the command line asks for; returns the exit status."""
    options = _options()
    if sys.platform != "linux":
        print("The soak run needs Linux.", file=sys.stderr)
        return 2
    if options.cluster:
        return cluster.main()
    try:
        outcome = soak(options.minutes * 60, options.rate, options.loop, options.seed)
    except LoadError as error:
        print(f"The server cannot be tried: {error}", file=sys.stderr)
        return 1
    print(outcome.text())
    return 1 if outcome.faults() else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py soak", description="Find what a long run loses.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--minutes", type=float, help="how long messages are sent")
    what.add_argument("--cluster", action="store_true", help="try a cluster of three nodes (7 minutes)")
    parser.add_argument("--rate", type=float, default=1500, help="messages a second (default 1500)")
    parser.add_argument("--loop", choices=list(LOOPS), default="uvloop", help="what `serve` runs on")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of what is drawn by lot")
    return parser.parse_args()


def soak(seconds: float, rate: float, loop: str, seed: int) -> Outcome:
    """Run clients against a server of our own for a time.

    Args:
        seconds: How long messages are sent.
        rate: Messages a second.
        loop: What the server runs on, a key of `LOOPS`.
        seed: Of what is drawn by lot.

    Raises:
        LoadError: The server does not start.
    """
    print(f"{seconds:.0f} s of {rate:.0f} messages a second, on {loop}, seed {seed}", flush=True)
    with made_accounts() as accounts:
        folder = accounts.copy_for("soak")
        with running_server(lambda port: command_of(LOOPS[loop], port, folder), accounts) as (server, port):
            return run_crowd(server, port, accounts, seconds, rate, seed)


@contextmanager
def running_server(
    command: Callable[[int], Sequence[str | Path]], accounts: Accounts
) -> Iterator[tuple[Process, int]]:
    """Run a server until the end of the block; yields it and its port.

    Args:
        command: Returns the command line for a port.
        accounts: What the server starts with.
    """
    port = free_port()
    # Its own keep-alive stays on, unlike in the benchmarks: clients answer its pings.
    settings = {"AUTHWS_PING_INTERVAL_S": "20", "AUTHWS_LOG_LEVEL": "warning"}
    env = environment_of(port, accounts, "") | settings
    with Process("serve", command(port), env, os.sched_getaffinity(0)) as server:
        server.wait_for_port(port)
        yield server, port


def run_crowd(
    server: Process,
    port: int,
    accounts: Accounts,
    seconds: float,
    rate: float,
    seed: int,
    *,
    steady: int = STEADY,
    visitors: int = VISITORS,
) -> Outcome:
    """Run clients against a server, and judge it.

    Args:
        server: It itself.
        port: Where it listens.
        accounts: Whose tokens the clients use.
        seconds: How long messages are sent.
        rate: Messages a second.
        seed: Of what is drawn by lot.
        steady: Clients that stay.
        visitors: Clients that come and go.
    """
    watch = Watch(server.pid)
    crowd = Crowd(port, accounts.tokens, steady=steady, visitors=visitors, rate=rate, seed=seed)
    crowd.run(seconds, lambda passed: _on_second(passed, watch, crowd) and server.is_running)
    crowd.finish()
    watch.wait_for_the_end()
    is_running = server.is_running
    exceptions = exceptions_in(server.log_text(0).splitlines())
    return Outcome.of(crowd, watch, exceptions, is_running=is_running, seconds=seconds)


def _on_second(passed: int, watch: Watch, crowd: Crowd) -> bool:
    """Sample the server each second, and tell each minute how things go; returns `True`."""
    watch.look()
    if passed % TELL_EVERY_S == 0:
        minutes, worst_ms = passed // TELL_EVERY_S, crowd.delays.worst_ms
        memory = watch.memory_bytes.end / MEBIBYTE
        print(
            f"{minutes} min: {crowd.ledger.totals}, worst delay {worst_ms:.0f} ms, {memory:.1f} MiB",
            flush=True,
        )
    return True


if __name__ == "__main__":
    sys.exit(main())
