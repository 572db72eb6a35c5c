"""What the HTTP side has to offer besides its API."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def web_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A web client of one page and one script, beside a file that is nobody's business."""
    folder = tmp_path / "resources" / "web"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>client</title>")
    (folder / "app.js").write_text("0123456789")
    (folder / "css").mkdir()
    for name in ("main.js", "css/app.css"):
        (folder / name).touch()
    (folder.parent / "secret").write_text("secret")
    monkeypatch.setattr("authws_desktop.server.listening.resource_dir", lambda: folder.parent)
    return folder
