"""Logins: as many as a server hashes, from a few clients that each wait for their answer."""

from __future__ import annotations

import http.client
import json
import threading
import time

from tests.benchmarks.clients import LoadError
from tests.benchmarks.setup import PASSWORD, username

CLIENTS = 8


def log_in_for(port: int, seconds: float) -> float:
    """Log in again and again for a time; returns the logins a second.

    The time ends with the last answer: a hash takes a quarter of a second, too long to cut off.
    """
    started_s = time.perf_counter()
    finished: list[float] = []
    failed: list[str] = []
    threads = [
        threading.Thread(target=_log_in_until, args=(port, number, started_s + seconds, finished, failed))
        for number in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed or not finished:
        raise LoadError(f"a login failed: {failed[:1]}")
    return len(finished) / (max(finished) - started_s)


def _log_in_until(port: int, number: int, until_s: float, finished: list[float], failed: list[str]) -> None:
    body = json.dumps({"username": username(number), "password": PASSWORD})
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        while time.perf_counter() < until_s:
            connection.request("POST", "/auth/login", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status != 200:
                failed.append(text)
                return
            finished.append(time.perf_counter())
    except OSError as error:
        failed.append(str(error))
    finally:
        connection.close()
