"""The README keeps its word, and the table of settings is the program's. Commands are run by `e2e/test_documents.py`."""

from __future__ import annotations

import re
from pathlib import Path

from authws_desktop.settings import SETTING_INFOS, Settings

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SETTINGS = ROOT / "docs" / "settings.md"


def settings_table() -> str:
    """Return the table of settings, made from the program's own description."""
    lines = ["| setting | variable | default | what it does |", "|---|---|---|---|"]
    for name, info in SETTING_INFOS.items():
        default = getattr(Settings(), name)
        shown = f"`{default}`" if default not in ("", []) else "empty"
        unit = f" {info.unit}" if info.unit and default not in ("", []) else ""
        choices = f" ({', '.join(f'`{each}`' for each in info.choices if each)})" if info.choices else ""
        variables = ", ".join(f"`{each}`" for each in info.env_names)
        lines.append(f"| {info.label} | {variables} | {shown}{unit} | {info.help}{choices} |")
    return "\n".join(lines)


def test_the_table_of_settings_is_the_program_s() -> None:
    """If this fails, put the text of the error between the two marks."""
    marked = re.search(
        r"<!-- settings:.*? -->\n(.*?)\n?<!-- /settings -->", SETTINGS.read_text("utf-8"), re.DOTALL
    )
    assert marked is not None
    assert marked[1] == settings_table()


def commands(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [block for name, block in found if name == language]


def test_every_file_it_names_exists() -> None:
    """Pictures, documents and the map of the package."""
    text = README.read_text("utf-8")
    named = re.findall(r"(?:src|srcset)=\"([^\"]+)\"|\]\((?!http)([^)#]+)", text)
    for pair in named:
        assert (ROOT / (pair[0] or pair[1])).is_file(), pair
    (tree,) = [block for block in commands("") if "authws_desktop/" in block]
    for line in tree.splitlines():
        for name in re.findall(r"[\w]+(?:\.py|/)", line.split("   ")[0]):
            folder = "authws_desktop" if line.startswith("  ") else "."
            assert (ROOT / folder / name).exists() or (ROOT / name).exists(), name
