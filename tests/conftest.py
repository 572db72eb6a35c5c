"""What every test gets: the product's own event loop, a running server on demand, and a complaint about anything left behind."""

from __future__ import annotations

import asyncio
import gc
import inspect
import itertools
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import hypothesis
from coverage import Coverage
from PySide6.QtWidgets import QApplication

from authws_desktop.desktop.keep_awake import KeepAwake
from authws_desktop.eventloop import LOOP_VARIABLE, new_event_loop
from authws_desktop.server.service import Service
from devtools.commands import MEASURED
from devtools.site import build as build_site
from tests.engines import Postgres, Redis
from tests.own_clients import HttpClient, Join, WsClient, http_client, running_service, ws_client

# The same examples in each run, and none fails for being slow.
hypothesis.settings.load_profile("ci")
# A shell that starts the tests in the background has them ignore Ctrl-C, and `nohup` a terminal's end; so has every
# program that they start: those would rightly ignore the SIGINT or SIGHUP that a test sends.
signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.platform != "win32":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
pytest_plugins = ["tests.worker_deaths"]
# A project of its own, with its own pytest: see tests/package/test_example.py.
collect_ignore = ["example"]
# Kept here: Qt must not lose its application while a test still uses it.
_app = QApplication.instance() or QApplication([])
_loop_errors: list[dict[str, Any]] = []
_tests_run = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure coverage only where it counts: it costs half as much again as the tests themselves."""
    if item.path.relative_to(Path(__file__).parent).parts[0] in MEASURED:
        return (yield)
    stopped = []
    # Workers have two: their own, and the one of the process that they are.
    while (running := Coverage.current()) is not None:
        running.stop()
        stopped.append(running)
    try:
        return (yield)
    finally:
        for each in reversed(stopped):
            each.start()


def pytest_collection_finish() -> None:
    """Leave what is imported by now out of the searches for garbage: it stays, and is most of what there is."""
    gc.collect()
    gc.freeze()


def _new_loop() -> asyncio.AbstractEventLoop:
    assert isinstance(_app, QApplication)
    _app.setQuitOnLastWindowClosed(False)
    loop = new_event_loop(_app)
    loop.set_exception_handler(lambda _loop, context: _loop_errors.append(context))
    return loop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every async test on the loop the window runs on."""
    return {"window": _new_loop}


@pytest.fixture(autouse=True)
def garbage_goes_on_this_thread() -> Iterator[None]:
    """Search for garbage between tests, on the thread of their widgets, as the program does in its window.

    Python's own search runs on whatever thread happens to allocate: a widget of an earlier test that a thread of the
    database finds dies there, and takes the test run with it.
    """
    gc.disable()
    yield
    # All generations now and then: each time would double the length of the run.
    gc.collect(2 if next(_tests_run) % 50 == 0 else 1)


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves tasks or threads, or whose loop met an error nobody handled."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("no_tasks_left")
    threads = set(threading.enumerate())
    _loop_errors.clear()
    yield
    assert not _loop_errors, f"unhandled in the loop: {_loop_errors}"
    left = [each for each in set(threading.enumerate()) - threads if not _is_loops(each)]
    for each in left:
        each.join(1.0)  # it may have told its last result, and not be over yet
    left = [each for each in left if each.is_alive()]
    assert not left, f"threads left behind: {left}"


def _is_loops(thread: threading.Thread) -> bool:
    """Tell whether a thread ends with the loop, after the fixtures (its default executor)."""
    return thread.name.startswith(("asyncio", "Dummy"))


@pytest.fixture
async def no_tasks_left() -> AsyncIterator[None]:
    """Fail an async test that leaves tasks."""
    yield
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, f"tasks left behind: {left}"


@pytest.fixture(autouse=True)
def environment_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own settings out of the tests."""
    for name in list(os.environ):
        is_setting = name.startswith("AUTHWS_") and name != LOOP_VARIABLE
        if is_setting or name in ("PORT", "HOST", "JWT_SECRET", "NODE_ENV"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def computer_may_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask no system to stay awake for a test."""
    monkeypatch.setattr(KeepAwake, "hold", lambda _self: None)


@pytest.fixture(autouse=True)
def portal_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the colours of the developer's desktop out of the tests."""
    if sys.platform == "linux":
        monkeypatch.setattr("authws_desktop.panels.kit.portal_scheme.session_bus", lambda: None)


# Engines, one of each kind a test run


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL; who stops it starts it again."""
    if sys.platform != "linux":
        pytest.skip("set-up brings PostgreSQL on Linux only")
    engine = Postgres()
    yield engine
    engine.remove()


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """An empty database of PostgreSQL."""
    return postgres.new_database()


@pytest.fixture(scope="session")
def redis_engine() -> Iterator[Redis]:
    """A running engine of clusters, for those who leave it running."""
    if sys.platform != "linux":
        pytest.skip("set-up brings Redis on Linux only")
    engine = Redis()
    yield engine
    engine.remove()


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A running engine of clusters that a test may stop, freeze and empty."""
    if sys.platform != "linux":
        pytest.skip("set-up brings Redis on Linux only")
    engine = Redis()
    yield engine
    engine.remove()


# A running server with an HTTP client, and a way to join it


@pytest.fixture
def changes() -> dict[str, Any]:
    """Settings that differ from the defaults; modules and tests override it."""
    return {}


@pytest.fixture
async def service(tmp_path: Path, changes: dict[str, Any]) -> AsyncIterator[Service]:
    """Run a server."""
    async with running_service(tmp_path, **changes) as service:
        yield service


@pytest.fixture
async def http(service: Service) -> AsyncIterator[HttpClient]:
    """Return an HTTP client of the server."""
    async with http_client(service) as client:
        yield client


@pytest.fixture
async def join(service: Service, http: HttpClient) -> AsyncIterator[Join]:
    """Return a function that registers a user (once) and joins with a WebSocket."""
    tokens: dict[str, str] = {}
    async with AsyncExitStack() as stack:

        async def join(name: str = "", **options: Any) -> WsClient:
            client = await stack.enter_async_context(ws_client(service, **options))
            if name:
                if name not in tokens:
                    tokens[name] = (await http.register(name))["token"]
                await client.log_in(tokens[name])
            return client

        yield join


# The documentation


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the documentation, built from the documents as they are now."""
    return build_site()
