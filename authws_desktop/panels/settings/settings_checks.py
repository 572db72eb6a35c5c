"""What is wrong with a setting beyond kind and limits, said where it is typed.

What can be told from the value alone is said by the setting's own check, from whatever source it comes. The
window asks further what only this computer can tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from authws_desktop.accounts.errors import StoreError
from authws_desktop.accounts.store.database import Database
from authws_desktop.admission.access import is_ip_address
from authws_desktop.network.tls.tls import TlsError, check_certificate, check_key
from authws_desktop.panels.kit.language import tr
from authws_desktop.settings import SETTING_INFOS

_NUMBERS = re.compile(r"[\d.]+")
_NAME = re.compile(r"[^\s/:?#@]+")


def field_problem(name: str, value: Any) -> str:
    """Return what is wrong with a value that fits the setting's kind; empty if nothing is."""
    if not value:
        return ""
    check = _CHECKS.get(name)
    return check(value) if check is not None else SETTING_INFOS[name].problem(value)


def _listen_problem(value: str) -> str:
    """Check the form only: whether an adapter has the address is known when the server listens there."""
    is_name = _NAME.fullmatch(value) and not _NUMBERS.fullmatch(value)
    words = tr("Write localhost, 0.0.0.0 or one adapter's address, without http:// and port; not “{value}”.")
    return "" if is_name or is_ip_address(value) else words.format(value=value)


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
    "database_url": _database_problem,
    "host": _listen_problem,
    "tls_certificate_file": _file_problem(check_certificate),
    "tls_key_file": _file_problem(check_key),
}
