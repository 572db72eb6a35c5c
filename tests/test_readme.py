"""The README keeps its word: its table is the program's, and its commands run."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from authws_desktop.settings import SETTING_INFOS, Settings
from tests.e2e.conftest import Serve, serve  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"


def settings_table() -> str:
    """Return the README's table of settings, made from the program's own description."""
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
        r"<!-- settings:.*? -->\n(.*?)\n?<!-- /settings -->", README.read_text("utf-8"), re.DOTALL
    )
    assert marked is not None
    assert marked[1] == settings_table()


def commands(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```", README.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return [block for name, block in found if name == language]


@pytest.mark.e2e
def test_the_curl_command_registers(serve: Serve) -> None:  # noqa: F811
    """As it stands in the README, but for the port."""
    (command,) = [line for block in commands("sh") for line in block.splitlines() if line.startswith("curl")]
    running = serve()
    words = [word.replace("http://localhost:4000", running.ready["http"]) for word in shlex.split(command)]
    answer = json.loads(subprocess.run(words, capture_output=True, check=True, timeout=200).stdout)
    assert (answer["status"], answer["user"]["username"]) == ("success", "ana")
    assert answer["token"].count(".") == 2


def test_every_dev_command_exists() -> None:
    """`python3 dev.py WORD` for each word the README uses."""
    text = README.read_text("utf-8")
    for word in set(re.findall(r"python3 dev\.py (\w+)", text)):
        done = subprocess.run(
            ["python3", "dev.py", word, "--help"], cwd=ROOT, capture_output=True, check=False
        )
        assert done.returncode == 0, word


def test_every_command_of_the_program_exists() -> None:
    """`authws-desktop WORDS` for each command the README names."""
    from authws_desktop.cli.main import build_parser

    text = README.read_text("utf-8")
    found = set(re.findall(r"`authws-desktop ((?:[a-z]+ ?)+)", text))
    assert {"serve", "secret show"} <= {each.strip() for each in found}
    for each in found:
        with pytest.raises(SystemExit) as left:
            build_parser().parse_args([*each.split(), "--help"])
        assert left.value.code == 0, each


def test_every_file_it_names_exists() -> None:
    """Pictures, documents and the map of the package."""
    text = README.read_text("utf-8")
    named = re.findall(r"(?:src|srcset)=\"([^\"]+)\"|\]\((?!http)([^)]+)\)", text)
    for pair in named:
        assert (ROOT / (pair[0] or pair[1])).is_file(), pair
    (tree,) = [block for block in commands("") if "authws_desktop/" in block]
    for line in tree.splitlines():
        for name in re.findall(r"[\w]+(?:\.py|/)", line.split("   ")[0]):
            folder = "authws_desktop" if line.startswith("  ") else "."
            assert (ROOT / folder / name).exists() or (ROOT / name).exists(), name
