"""The program among others: their variables, their encodings."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import PROGRAM, WAIT_S, Serve, run

pytestmark = [pytest.mark.e2e, pytest.mark.long]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NODE_ENV", "test"),
        ("HOST", "x86_64-conda-linux-gnu"),
        ("PORT", "tcp://10.0.0.1:80"),
        ("AUTHWS_PORT", "tcp://10.96.0.17:4000"),
    ],
)
def test_variables_of_others_do_not_stop_the_start(serve: Serve, variable: str, value: str) -> None:
    """It listens, and one warning names the variable."""
    running = serve(**{variable: value})
    assert running.port
    status, errors = running.stop()
    assert status == 0
    assert errors.count(f"{variable} (environment) is not used") == 1


def test_a_foreign_dotenv_file_does_not_stop_the_start(serve: Serve, tmp_path: Path) -> None:
    """Another project's, in another encoding."""
    (tmp_path / ".env").write_bytes("APP_NAME=Café\nHOST=db.internal.example\n".encode("cp1252"))
    running = serve()
    status, errors = running.stop()
    assert status == 0
    assert errors.count("is not UTF-8: byte 12 is 0xE9") == 1


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["--host", "127.0.0.1"], {"PORT": "{port}"}, "from --host on the command line, the port from PORT (environment)"),
        (["--port", "{port}"], {"AUTHWS_HOST": "127.0.0.1"}, "from AUTHWS_HOST (environment), the port from --port on"),
        (["--host", "192.0.2.1"], {}, "192.0.2.1 is not an address of this computer now."),
    ],
)  # fmt: skip
def test_an_error_of_listening_names_where_host_and_port_came_from(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], words: str
) -> None:
    """So that nobody looks for the mistake in the wrong place."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run(
            "serve",
            *(each.format(port=port) for each in arguments),
            folder=tmp_path,
            env={name: value.format(port=port) for name, value in variables.items()},
        )
    assert result.returncode == 1
    assert words in result.stderr
    assert "The host comes from" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_output_is_utf8_wherever_it_goes(tmp_path: Path, encoding: str) -> None:
    """A pipe of another encoding neither ends in a traceback nor loses a letter; input is UTF-8, too."""

    def call(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*PROGRAM, *arguments, "--data-dir", str(tmp_path)],
            input=data,
            capture_output=True,
            timeout=WAIT_S,
            check=False,
            env={"PYTHONIOENCODING": encoding, "PATH": "", "HOME": str(tmp_path)},
            cwd=Path(__file__).parents[2],
        )

    name = "Łukasz-日本語"
    added = call("user", "add", name, "--password-stdin", data="\ufeffpässwörter\n".encode())
    assert added.stderr == b""
    assert name in added.stdout.decode()
    listed = call("user", "list")
    assert listed.returncode == 0
    assert name in listed.stdout.decode()
    again = call("user", "add", name, "--password-stdin", data=b"another password\n")
    assert again.returncode == 1
    assert name in again.stderr.decode()
    broken = call("user", "passwd", name, "--password-stdin", data=b"p\xe4ssw\xf6rter\n")
    assert broken.stderr.decode().strip() == "The password is not UTF-8: byte 1 is 0xE4. Send it as UTF-8."
