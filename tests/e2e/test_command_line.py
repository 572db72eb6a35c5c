"""`serve`, `user` and `secret` as a person types them."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import ssl
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import websockets.sync.client
from websockets.exceptions import ConnectionClosed

from tests.e2e.conftest import PROGRAM, WAIT_S, Serve, run

pytestmark = [pytest.mark.e2e, pytest.mark.long]
PASSWORD = "correct horse"


def add_user(folder: Path, name: str, *more: str) -> subprocess.CompletedProcess[str]:
    return run("user", "add", name, "--password-stdin", *more, folder=folder, input=PASSWORD + "\n")


def post(port: int, path: str, body: dict[str, str]) -> dict[str, object]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        got: dict[str, object] = json.load(answer)
        return got


def close_code(client: websockets.sync.client.ClientConnection) -> int:
    """Return the code the server closes with."""
    try:
        while True:
            client.recv(timeout=WAIT_S)
    except ConnectionClosed as closed:
        assert closed.rcvd is not None
        return closed.rcvd.code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_it_cleanly(serve: Serve, number: int) -> None:
    """Clients get 1001, the exit status is 0, nothing is printed as an error."""
    running = serve()
    with websockets.sync.client.connect(running.ready["ws"], proxy=None) as client:
        client.recv()
        status, errors = running.stop(number)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001
    assert status == 0
    assert "Traceback" not in errors


def test_nohup_outlives_its_terminal(serve: Serve) -> None:
    """Who has SIGHUP ignored means it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # children inherit it, as from `nohup`
    try:
        running = serve()
    finally:
        signal.signal(signal.SIGHUP, before)
    running.process.send_signal(signal.SIGHUP)
    assert (
        post(running.ready["port"], "/auth/register", {"username": "ana", "password": PASSWORD})["status"]
        == "success"
    )


def test_the_plain_line_says_where_it_listens(tmp_path: Path) -> None:
    """One line, for people and scripts."""
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--host", "127.0.0.1", "--port", "0", "--data-dir", str(tmp_path)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    process.terminate()
    rest, _ = process.communicate(timeout=200)
    port = line.rsplit(":", 1)[1].strip()
    assert line == f"listening on http://127.0.0.1:{port} and ws://127.0.0.1:{port}\n"
    assert rest == ""


def test_a_taken_port_is_a_sentence_and_exit_1(tmp_path: Path) -> None:
    """It names port and program; no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = run("serve", "--host", "127.0.0.1", "--port", str(port), folder=tmp_path)
    assert result.returncode == 1
    assert f"Port {port} is in use by" in result.stderr
    assert f"process {os.getpid()}" in result.stderr
    assert "Traceback" not in result.stderr


def test_accounts_from_the_command_line(tmp_path: Path) -> None:
    """add, list, passwd, disable, enable, delete on the data alone."""
    assert add_user(tmp_path, "Ana", "--role", "host").stdout == "Added Ana (host).\n"
    assert "is taken" in add_user(tmp_path, "ana").stderr
    generated = run("user", "add", "ben", "--generate", folder=tmp_path)
    assert generated.stdout.startswith("Added ben (member).\nPassword: ")
    listed = run("user", "list", "--json", folder=tmp_path).stdout.splitlines()
    assert [json.loads(line)["username"] for line in listed] == ["Ana", "ben"]
    assert run("user", "disable", "ana", folder=tmp_path).returncode == 0
    assert "disabled" in run("user", "list", folder=tmp_path).stdout
    assert run("user", "enable", "ana", folder=tmp_path).returncode == 0
    assert (
        run("user", "passwd", "ana", "--password-stdin", folder=tmp_path, input="another one\n").returncode
        == 0
    )
    assert run("user", "delete", "BEN", folder=tmp_path).returncode == 0
    unknown = run("user", "delete", "ben", folder=tmp_path)
    assert (unknown.returncode, "There is no account 'ben'" in unknown.stderr) == (1, True)
    short = run("user", "passwd", "ana", "--password-stdin", folder=tmp_path, input="short\n")
    assert (short.returncode, "8" in short.stderr) == (1, True)


def test_a_running_server_acts_on_the_command_line(serve: Serve, tmp_path: Path) -> None:
    """Disabling an account and rotating the secret close live connections with their codes."""
    running = serve()
    for name, command, code in (
        ("ana", ("user", "disable", "ana"), 4004),
        ("ben", ("user", "passwd", "ben", "--generate"), 4004),
        ("cem", ("user", "delete", "cem"), 4004),
        ("dan", ("secret", "rotate"), 4010),
    ):
        add_user(tmp_path, name)
        token = post(running.port, "/auth/login", {"username": name, "password": PASSWORD})["token"]
        with websockets.sync.client.connect(running.ready["ws"], proxy=None) as client:
            client.recv()
            client.send(json.dumps({"type": "authenticate", "token": token}))
            assert json.loads(client.recv())["type"] == "authentication"
            assert run(*command, folder=tmp_path).returncode == 0
            assert close_code(client) == code
    assert running.stop()[0] == 0


def test_rotating_with_keep_connected_keeps_tokens(serve: Serve, tmp_path: Path) -> None:
    """The second way of rotating."""
    running = serve()
    token = post(running.port, "/auth/register", {"username": "ana", "password": PASSWORD})["token"]
    before = run("secret", "show", folder=tmp_path).stdout
    assert run("secret", "rotate", "--keep-connected", folder=tmp_path).returncode == 0
    assert run("secret", "show", folder=tmp_path).stdout != before
    request = urllib.request.Request(
        running.ready["http"] + "/auth/me", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


def test_the_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    """Mode 0600, the same at the next start."""
    first = run("secret", "show", folder=tmp_path).stdout
    assert len(first.strip()) >= 32
    assert run("secret", "show", folder=tmp_path).stdout == first
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_a_short_secret_from_outside_works_with_a_warning(serve: Serve) -> None:
    """The names the replaced server used, from the environment."""
    running = serve(JWT_SECRET="short", NODE_ENV="development")
    assert post(running.port, "/auth/register", {"username": "ana", "password": PASSWORD})["token"]
    status, errors = running.stop()
    assert status == 0
    assert "32 bytes" in errors
    assert "short" not in errors.replace("shorter", "")


def test_dotenv_in_the_working_folder_is_read(tmp_path: Path) -> None:
    """PORT and HOST as the replaced server took them; a wrong one is named."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (tmp_path / ".env").write_text(f"PORT={port}\nHOST=127.0.0.1\n")
        result = run("serve", folder=tmp_path)
    assert f"Port {port} is in use" in result.stderr
    (tmp_path / ".env").write_text("AUTHWS_PORT=many\n")
    result = run("serve", folder=tmp_path)
    assert (result.returncode, "PORT (.env file) must be a whole number" in result.stderr) == (1, True)


def test_limits_switched_off_by_the_environment(serve: Serve) -> None:
    """Zero means no limit, for messages and logins."""
    running = serve(AUTHWS_MESSAGE_RATE="0", AUTHWS_AUTH_RATE="0", AUTHWS_REGISTER_RATE="0")
    token = post(running.port, "/auth/register", {"username": "ana", "password": PASSWORD})["token"]
    with websockets.sync.client.connect(running.ready["ws"], proxy=None, max_queue=None) as client:
        client.send(json.dumps({"type": "authenticate", "token": token}))
        for number in range(1000):
            client.send(json.dumps({"type": "message", "content": number}))
        contents: list[int] = []
        while len(contents) < 1000:
            got = json.loads(client.recv(timeout=60))
            assert got["type"] != "error"
            if got["type"] == "message":
                contents.append(got["content"])
    assert contents == list(range(1000))


def broken_database(folder: Path) -> None:
    (folder / "accounts.db").write_bytes(b"no database at all " * 50)


def newer_database(folder: Path) -> None:
    with sqlite3.connect(folder / "accounts.db") as database:
        database.execute("UPDATE meta SET schema_version = 999")
    database.close()


def broken_settings(folder: Path) -> None:
    (folder / "settings.toml").write_text("port = = 3")


def broken_secret(folder: Path) -> None:
    (folder / "secret").write_text("{")


@pytest.mark.parametrize(
    ("damage", "file"),
    [
        (broken_database, "accounts.db"),
        (newer_database, "accounts.db"),
        (broken_settings, "settings.toml"),
        (broken_secret, "secret"),
    ],
)
def test_damaged_files_are_a_sentence_and_left_alone(tmp_path: Path, damage: object, file: str) -> None:
    """Exit 1, the file named, no traceback, not a byte changed."""
    add_user(tmp_path, "ana")
    assert callable(damage)
    damage(tmp_path)
    before = (tmp_path / file).read_bytes()
    result = run("serve", "--port", "0", folder=tmp_path)
    assert result.returncode == 1
    assert file in result.stderr
    assert "Traceback" not in result.stderr
    assert (tmp_path / file).read_bytes() == before


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "file").write_text("in the way")
    result = run("serve", "--port", "0", folder=tmp_path / "file" / "data")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert str(tmp_path / "file") in result.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["serve", "--port", "70000"], "a port is a number from 0 to 65535"),
        (["serve", "--host", ""], "host"),
        (["nonsense"], "invalid choice"),
        (["user"], "choose from"),
    ],
)
def test_wrong_arguments_are_explained(tmp_path: Path, arguments: list[str], text: str) -> None:
    """With a non-zero exit status and no traceback."""
    result = run(*arguments, folder=tmp_path)
    assert result.returncode in (1, 2)
    assert text in result.stderr
    assert "Traceback" not in result.stderr


def test_serve_needs_no_qt(tmp_path: Path) -> None:
    """The whole command line but the window works where Qt cannot be imported."""
    code = (
        "import sys; sys.modules['PySide6'] = None; sys.modules['qasync'] = None;"
        "from authws_desktop.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, "user", "list", "--data-dir", str(tmp_path)],
        capture_output=True, text=True, timeout=200, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (result.returncode, result.stdout) == (0, "There are no accounts.\n")


def test_serve_with_tls(serve: Serve, tmp_path: Path) -> None:
    """Without a window (on uvloop where it is installed) https is served and plain http redirected."""
    running = serve(AUTHWS_TLS="local")
    assert running.ready["http"].startswith("https://")
    context = ssl.create_default_context(cafile=str(tmp_path / "tls" / "authority.pem"))
    url = f"localhost:{running.port}/healthz"
    for scheme in ("https", "http"):  # urllib follows the redirect
        with urllib.request.urlopen(f"{scheme}://{url}", context=context, timeout=60) as answer:
            assert answer.url == f"https://{url}"
            assert json.load(answer) == {"status": "ok"}
    status, errors = running.stop()
    assert status == 0, errors
    assert "Traceback" not in errors
