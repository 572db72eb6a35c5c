"""The command line: opens the window, or runs a command of one of the modules beside this one."""

from __future__ import annotations

import argparse
import errno
import gc
import importlib
import importlib.metadata
import io
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from authws_desktop import __version__
from authws_desktop.cli.commands import Run, jwt_secret
from authws_desktop.compiled import form_words
from authws_desktop.desktop.display import no_display_sentence
from authws_desktop.errors import ProductError
from authws_desktop.paths import DataPaths
from authws_desktop.settings import LoadedSettings, load_settings

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a write may fail with that is nobody's mistake."""
_MODULES = {
    "serve": "serve",
    "user": "users",
    "invite": "invites",
    "secret": "secret",
    "ban": "bans",
    "wait": "traffic",
    "traffic": "traffic",
    "replay": "replay",
    "bots": "bots",
}
"""Commands and their modules, in the order of the help."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the process's exit status."""
    _speak_utf8()
    try:
        try:
            return _run_command(arguments)
        finally:
            # Here, where it can be told: at the interpreter's own exit it would be a warning of Python's.
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        if sys.stdout is None:  # a window without a console: then it was no output that broke
            raise
        # Whoever read has seen enough, such as `head`: no mistake. 128 and the number of SIGPIPE.
        status = 141
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None or sys.stdout is None:
            raise
        print(f"The output cannot be written ({error.strerror}).", file=sys.stderr)
        status = 1
    # What is still held would fail once more at the exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _run_command(arguments: Sequence[str] | None) -> int:
    options = _parse(arguments)
    needs_screen = options.is_self_test or options.run is _run_window
    # Before Qt is loaded: without a screen it aborts the process, with a message of its own.
    if needs_screen and (sentence := no_display_sentence()):
        print(sentence, file=sys.stderr)
        return 1
    if options.is_self_test:  # whatever is wrong with the user's own files
        return _run_self_test()
    try:
        paths = DataPaths.under(Path(options.data_dir)) if options.data_dir else DataPaths.of_user()
        settings = load_settings(
            paths.settings_file,
            command_line={
                "host": options.host,
                "port": options.port,
                "log_level": options.log_level,
                "cluster_url": getattr(options, "cluster", None),
            },
        )
        run: Run = options.run
        return run(options, settings, paths)
    except ProductError as error:
        print(error, file=sys.stderr)
        return _show_trouble(str(error)) if options.run is _run_window else 1
    except KeyboardInterrupt:
        # 128 and the number of SIGINT, as shells have it.
        return 130


def _speak_utf8() -> None:
    """Write UTF-8 wherever the output goes: a pipe of Windows would take cp1252, which lacks most names."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What cannot be UTF-8 either, as half of a file's name, is written as an escape.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


# Arguments


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    # Not as the parser's defaults: the commands share the options and would set them back to those.
    absent = argparse.Namespace(host=None, port=None, data_dir=None, log_level=None)
    first = (sys.argv[1:] if arguments is None else arguments)[:1]
    return build_parser(*first).parse_args(arguments, absent)


def build_parser(first: str = "") -> argparse.ArgumentParser:
    """Return the parser of the command line; the man page is made from it, too.

    Args:
        first: The first argument. If it is a command, only that one is read: the module of another may take
            half a second to import. If not, all are.
    """
    common = argparse.ArgumentParser(add_help=False)
    group = common.add_argument_group("common options")
    group.add_argument("--host", default=argparse.SUPPRESS, help="localhost, 0.0.0.0 or one address")
    group.add_argument("--port", type=_port, default=argparse.SUPPRESS, help="0 takes any free port")
    group.add_argument(
        "--data-dir", metavar="FOLDER", default=argparse.SUPPRESS, help="keep everything under this folder"
    )
    group.add_argument(
        "--log-level",
        choices=["debug", "info", "warning", "error"],
        default=argparse.SUPPRESS,
        help="how much the log says",
    )
    parser = argparse.ArgumentParser(
        prog="authws-desktop",
        description="A real-time server with real logins, in a window. Without a command, opens the window.",
        parents=[common],
    )
    parser.add_argument(
        "--version", action=_ShowVersions, help="show the versions of the program and its parts"
    )
    parser.add_argument("--start", action="store_true", help="start the server when the window opens")
    parser.add_argument(
        "--self-test",
        dest="is_self_test",
        action="store_true",
        help="try window, server and files in a temporary folder, then exit",
    )
    parser.set_defaults(run=_run_window)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in [_MODULES[first]] if first in _MODULES else dict.fromkeys(_MODULES.values()):
        importlib.import_module(f"authws_desktop.cli.{module}").add_commands(commands, common)
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not '{text}'")
    return int(text)


class _ShowVersions(argparse.Action):
    """Prints the versions and exits; they are looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest=argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_arguments: object) -> None:
        print(versions_line())
        parser.exit()


def versions_line() -> str:
    """Return form and version of the program, and those of Python, Qt and websockets, without loading Qt."""
    parts = {"Qt": "PySide6-Essentials", "websockets": "websockets"}  # PySide6 carries Qt's version
    found = ", ".join(f"{name} {_version_of(package)}" for name, package in parts.items())
    return f"authws-desktop {__version__} ({form_words()}, Python {platform.python_version()}, {found})"


def _version_of(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


# Commands


def _run_self_test() -> int:
    from authws_desktop.self_test import run_self_test

    return run_self_test(lambda text: print(text, flush=True))


def _run_window(options: argparse.Namespace, settings: LoadedSettings, paths: DataPaths) -> int:
    # For good: see `garbage`. Already here, as it would take a fifth of the start and find nothing.
    gc.disable()
    from authws_desktop.app import run_window

    return run_window(settings, paths, jwt_secret=jwt_secret(), is_started=options.start)


def _show_trouble(text: str) -> int:
    """Say it in a dialog too: whoever started the program by a click sees no terminal."""
    from authws_desktop.app import show_trouble

    return show_trouble(text)
