"""Data of earlier versions opens; data of later ones is refused and left alone."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from authws_desktop.accounts.models import Role
from authws_desktop.cli.main import main
from authws_desktop.panels.kit.window_state import WindowState
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import Service
from authws_desktop.settings import LoadedSettings, Settings, load_settings
from tests.own_clients import http_client

FIXTURES = Path(__file__).with_name("fixtures")
VERSIONS = sorted(folder.name for folder in FIXTURES.glob("data-*"))
FILES = ("accounts.db", "secret", "settings.toml", "window.ini")


@pytest.fixture(params=VERSIONS)
def data(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of an earlier version's data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in FILES:
        shutil.copy(FIXTURES / request.param / name, folder / name)
    return folder


def load(folder: Path) -> LoadedSettings:
    return load_settings(folder / "settings.toml", environment={}, dotenv_file=folder / "none")


def test_settings_are_kept(data: Path) -> None:
    """What was chosen holds; the rest has its defaults."""
    values = load(data).values
    kept = (values.port, values.theme, values.message_rate, values.token_life_s, values.registration)
    assert kept == (4321, "dark", 77, 3600, "closed")
    assert values.allowed_origins == ["https://app.example.org"]
    assert values.close_action == "keep"
    assert values.max_clients == Settings().max_clients


async def test_accounts_log_in_with_their_passwords(data: Path) -> None:
    """Names, roles and the disabled state as they were; the signing keys, the old one too, are known."""
    settings = load_settings(
        data / "settings.toml", environment={}, dotenv_file=data / "none", command_line={"port": 0}
    )
    service = Service(settings, DataPaths.under(data))
    await service.start()
    try:
        roles = {account.username: account.role for account in service.accounts.users()}
        assert roles == {"Ana": Role.HOST, "Zoë.Łoś": Role.MEMBER, "cem": Role.MEMBER}
        assert service.keys.active.id == "3a423e01"
        async with http_client(service) as client:
            for name in ("ana", "zoë.łoś"):
                assert (await client.login(name))["user"]["username"] in roles
            body = {"username": "cem", "password": "correct horse"}
            status, answer = await client.post("/auth/login", body)
            assert (status, answer["code"]) == (403, "ACCOUNT_DISABLED")
    finally:
        await service.close()


def test_the_window_remembers_its_page(data: Path) -> None:
    """The ini file is read as it was written."""
    assert WindowState(data / "window.ini").text("window/page") == "accounts"


def newer_database(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "accounts.db")) as database:
        database.execute("UPDATE meta SET schema_version = 999")
        database.commit()


def newer_secret(folder: Path) -> None:
    file = folder / "secret"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "version": 999, "more": [1]}))


def newer_settings(folder: Path) -> None:
    file = folder / "settings.toml"
    file.write_text(file.read_text("utf-8").replace("version = 1", "version = 999") + "\n[new]\nkey = 1\n")


@pytest.mark.parametrize(
    ("step_up", "file"),
    [(newer_database, "accounts.db"), (newer_secret, "secret"), (newer_settings, "settings.toml")],
)
@pytest.mark.parametrize("arguments", [["serve", "--port", "0"], ["user", "list"]])
def test_a_downgrade_is_refused_and_harmless(
    data: Path,
    capsys: pytest.CaptureFixture[str],
    step_up: Callable[[Path], None],
    file: str,
    arguments: list[str],
) -> None:
    """The older program names the file and what to do, and changes no byte of any."""
    step_up(data)
    before = {name: (data / name).read_bytes() for name in FILES}
    status = main([*arguments, "--data-dir", str(data)])
    said = capsys.readouterr().err
    assert status == 1
    assert str(data / file) in said
    assert "was written by a newer version of this program" in said
    assert "se the newer program" in said
    assert {name: (data / name).read_bytes() for name in FILES} == before
