"""A settings file of the test's own, and reading it without the computer's environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from authws_desktop.settings import load_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def load(file: Path, **options: Any) -> Any:
    options.setdefault("environment", {})
    options.setdefault("dotenv_file", file.with_name("none.env"))
    return load_settings(file, **options)
