"""What is wrong with a setting beyond kind and limits, said where it is typed.

Only the window asks: a file or the environment of an earlier version is never refused for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication

from authws_desktop.accounts.database import Database
from authws_desktop.accounts.errors import StoreError
from authws_desktop.server.access import is_ip_address
from authws_desktop.server.tls import TlsError, check_certificate, check_key

_ORIGIN = re.compile(r"null|[a-z][a-z0-9+.-]*://[^\s/?#@]+/?", re.IGNORECASE)
_NUMBERS = re.compile(r"[\d.]+")
_NAME = re.compile(r"[^\s/:?#@]+")


def _tr(text: str) -> str:
    return QCoreApplication.translate("settings", text)


def field_problem(name: str, value: Any) -> str:
    """Return what is wrong with a value that fits the setting's kind; empty if nothing is."""
    check = _CHECKS.get(name)
    return check(value) if check is not None and value else ""


def _origins_problem(values: list[str]) -> str:
    wrong = next((each for each in values if not _ORIGIN.fullmatch(each)), None)
    words = _tr("An origin is written like https://app.example.org, without a path; not “{}”.")
    return "" if wrong is None else words.format(wrong)


def _hosts_problem(values: list[str]) -> str:
    wrong = next((each for each in values if not (_NAME.fullmatch(each) or is_ip_address(each))), None)
    words = _tr("A host name is written like club.example.org, without http:// and port; not “{}”.")
    return "" if wrong is None else words.format(wrong)


def _listen_problem(value: str) -> str:
    """Whether an adapter has the address shows when the server listens there: it may be plugged in later."""
    is_name = _NAME.fullmatch(value) and not _NUMBERS.fullmatch(value)
    words = _tr("Write localhost, 0.0.0.0 or one adapter's address, without http:// and port; not “{}”.")
    return "" if is_name or is_ip_address(value) else words.format(value)


def _file_problem(check: Callable[[Path], object]) -> Callable[[str], str]:
    def problem(value: str) -> str:
        try:
            check(Path(value))
        except TlsError as error:
            return str(error)
        return ""

    return problem


def _database_problem(value: str) -> str:
    try:
        Database(value).check_url()
    except StoreError as error:
        return str(error)
    return ""


_CHECKS: dict[str, Callable[[Any], str]] = {
    "allowed_origins": _origins_problem,
    "allowed_hosts": _hosts_problem,
    "database_url": _database_problem,
    "host": _listen_problem,
    "tls_certificate_file": _file_problem(check_certificate),
    "tls_key_file": _file_problem(check_key),
}
