"""The same server without Qt, on uvloop where it is installed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from functools import partial

import msgspec

from authws_desktop.accounts.audit import COMMAND_LINE
from authws_desktop.admission.admin_token import AdminToken
from authws_desktop.errors import ProductError
from authws_desktop.logs import close_logging, set_up_logging
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from authws_desktop.settings import LoadedSettings
from authws_desktop.stop_signals import StopSignals


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return uvloop's loop where it is installed, else asyncio's own."""
    with contextlib.suppress(ImportError):
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


def serve(
    settings: LoadedSettings,
    paths: DataPaths,
    *,
    jwt_secret: str,
    as_json: bool,
    admin_token: AdminToken | None = None,
) -> int:
    """Run the server until the system asks to stop: Ctrl-C, SIGTERM, the end of its terminal or console.

    Args:
        settings: The settings to start with, each with its source.
        paths: The folders of settings, data and log.
        jwt_secret: The signing secret from outside, or empty.
        as_json: Print one JSON object instead of a sentence when listening.
        admin_token: Lets programs act as a host; told in that object.

    Returns:
        The process's exit status: 0, or 1 if the server could not start.
    """
    set_up_logging(settings.values, paths, to_stderr=True, warnings=settings.warnings)
    new_service = partial(
        Service, settings, paths, jwt_secret=jwt_secret, admin_token=admin_token, actor=COMMAND_LINE
    )
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            return runner.run(_serve(new_service, as_json, admin_token))
    finally:
        close_logging()


async def _serve(new_service: Callable[[], Service], as_json: bool, admin_token: AdminToken | None) -> int:
    stopped = asyncio.Event()
    signals = StopSignals(asyncio.get_running_loop(), stopped.set)
    try:
        service = new_service()
        try:
            await service.start()
            if service.keys.warning:
                print(f"Warning: {service.keys.warning}", file=sys.stderr)
            # Flushed: whoever started this process waits for the line before it connects, and a pipe is not
            # written line by line.
            print(_ready_line(service, as_json, admin_token), flush=True)
            await stopped.wait()
        finally:
            await service.close()
    except ProductError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        signals.finish()
    return 0


def _ready_line(service: Service, as_json: bool, admin_token: AdminToken | None) -> str:
    if not as_json:
        return f"listening on {service.location.http_url} and {service.location.ws_url}"
    ready: dict[str, str | int] = {
        "http": service.location.http_url,
        "ws": service.location.ws_url,
        "port": service.location.port,
        "pid": os.getpid(),
    }
    if admin_token is not None:
        ready["adminToken"] = admin_token.text
    return msgspec.json.encode(ready).decode()
