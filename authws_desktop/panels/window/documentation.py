"""Where the documentation is, and opening it in the system's browser."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from authws_desktop.paths import resource_dir
from authws_desktop.server.service import Service


def documentation_url(service: Service) -> QUrl:
    """Return where the documentation is: at the running server, else in a file beside the program."""
    resources = resource_dir()
    page = resources / "docs" / "index.html"
    if not page.is_file():  # a checkout in which it was not built; its source is as good to read
        return QUrl.fromLocalFile(str(resources.parent / "docs" / "index.md"))
    # Not over https: a browser that does not trust the server's own authority would warn of our own pages.
    if service.location.http_url.startswith("http:"):
        return QUrl(f"{service.location.http_url}/docs/")
    return QUrl.fromLocalFile(str(page))


def open_documentation(service: Service) -> None:
    """Show the documentation in the system's browser."""
    QDesktopServices.openUrl(documentation_url(service))
