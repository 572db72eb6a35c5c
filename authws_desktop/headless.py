"""The same server without Qt, on uvloop where it is installed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable

import msgspec

from authws_desktop.accounts.errors import AccountsError
from authws_desktop.logs import close_logging, set_up_logging
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service, ServiceError
from authws_desktop.settings import LoadedSettings


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return uvloop's loop where it is installed, else asyncio's own."""
    with contextlib.suppress(ImportError):
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


def serve(settings: LoadedSettings, paths: DataPaths, *, jwt_secret: str, as_json: bool) -> int:
    """Run the server until SIGINT or SIGTERM.

    Args:
        settings: What to start with.
        paths: Where files are.
        jwt_secret: The signing secret from outside, or empty.
        as_json: Print one JSON object instead of a sentence when listening.

    Returns:
        The process's exit status: 0, or 1 if the server could not start.
    """
    set_up_logging(settings.values, paths, to_stderr=True)
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            return runner.run(_serve(settings, paths, jwt_secret, as_json))
    except KeyboardInterrupt:  # Windows, where the loop takes no signal handlers
        return 0
    finally:
        close_logging()


async def _serve(settings: LoadedSettings, paths: DataPaths, jwt_secret: str, as_json: bool) -> int:
    stopped = asyncio.Event()
    _on_signals(stopped.set)
    try:
        service = Service(settings, paths, jwt_secret=jwt_secret)
    except AccountsError as error:
        return _fail(str(error))
    try:
        await service.start()
    except (ServiceError, AccountsError) as error:
        await service.close()
        return _fail(str(error))
    if service.secret_warning:
        print(f"Warning: {service.secret_warning}", file=sys.stderr)
    print(_ready_line(service, as_json), flush=True)
    await stopped.wait()
    await service.close()
    return 0


def _fail(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


def _ready_line(service: Service, as_json: bool) -> str:
    if not as_json:
        return f"listening on {service.http_url} and {service.ws_url}"
    ready = {"http": service.http_url, "ws": service.ws_url, "port": service.port, "pid": os.getpid()}
    return msgspec.json.encode(ready).decode()


def _on_signals(callback: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(number, callback)
