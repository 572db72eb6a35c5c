"""The web client's icons on a home screen."""

from __future__ import annotations

import json
import struct

from authws_desktop.paths import resource_dir

WEB = resource_dir() / "web"


def size_of(path: str) -> str:
    """Return width and height of a PNG as a manifest writes them."""
    data = (WEB / path.lstrip("/")).read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    return f"{width}x{height}"


def test_each_icon_is_there_in_its_size() -> None:
    """As large as Chromium and iOS ask for, and one that may be cut to any shape."""
    manifest = json.loads((WEB / "manifest.webmanifest").read_text("utf-8"))
    pictures = {each["src"]: each for each in manifest["icons"] if each["type"] == "image/png"}
    assert {each["sizes"] for each in pictures.values()} == {"192x192", "512x512"}
    assert any(each.get("purpose") == "maskable" for each in pictures.values())
    for path, each in pictures.items():
        assert size_of(path) == each["sizes"]
    assert 'rel="apple-touch-icon" href="/icons/touch-180.png"' in (WEB / "index.html").read_text("utf-8")
    assert size_of("/icons/touch-180.png") == "180x180"
