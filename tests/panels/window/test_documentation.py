"""Help, Documentation."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl

from authws_desktop.panels.window.documentation import documentation_url
from authws_desktop.panels.window.main_window import MainWindow
from authws_desktop.server.location import Location
from authws_desktop.server.service import Service


@pytest.fixture
def resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Resources without a documentation."""
    monkeypatch.setattr("authws_desktop.panels.window.documentation.resource_dir", lambda: tmp_path / "all")
    return tmp_path / "all"


@pytest.fixture
def page(resources: Path) -> Path:
    """The first page of a documentation that was built."""
    file = resources / "docs" / "index.html"
    file.parent.mkdir(parents=True)
    file.write_text("<!doctype html>")
    return file


async def test_a_running_server_has_it(page: Path, service: Service) -> None:
    """At the address that the host gives out, too."""
    await service.start()
    assert documentation_url(service) == QUrl(f"{service.location.http_url}/docs/")


async def test_else_it_is_read_from_the_disk(
    page: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While no server runs, and where its certificate would alarm the browser."""
    assert documentation_url(service) == QUrl.fromLocalFile(str(page))
    monkeypatch.setattr(Location, "http_url", "https://localhost:4000")
    assert documentation_url(service) == QUrl.fromLocalFile(str(page))


async def test_a_checkout_has_its_source(resources: Path, service: Service) -> None:
    """Before it was built."""
    assert documentation_url(service).toLocalFile() == str(resources.parent / "docs" / "index.md")


async def test_help_opens_it(
    page: Path, window: MainWindow, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry of the menu hands the address to the system's browser."""
    opened: list[QUrl] = []
    monkeypatch.setattr("authws_desktop.panels.window.documentation.QDesktopServices.openUrl", opened.append)
    window.docs_action.trigger()
    assert opened == [documentation_url(service)]
    assert window.docs_action.shortcut().toString() == "F1"
