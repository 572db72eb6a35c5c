"""Snippets: what is filled in, and that no value can break out of its place."""

import shutil
import subprocess
from pathlib import Path

import pytest

from authws_desktop.accounts.snippets import SnippetValues, make_snippets
from authws_desktop.testing.server import Server
from tests.e2e.conftest import Serve, serve  # noqa: F401 - a fixture

HTTP, WS = "http://192.168.1.20:4000", "ws://192.168.1.20:4000"
VALUES = SnippetValues(HTTP, WS, "head.body.sign", "ana", "k7mq-x2pd")


def texts(values: SnippetValues = VALUES) -> dict[str, str]:
    """Return each snippet's code by its key."""
    return {snippet.key: snippet.text for snippet in make_snippets(values)}


def test_every_snippet_has_address_and_token() -> None:
    """A person copies and runs; there is nothing left to fill in."""
    found = texts()
    assert list(found) == ["javascript", "python", "wscat", "curl", "node", "go", "okhttp", "qt", "unity"]
    for key, text in found.items():
        assert (HTTP if key == "curl" else WS) in text
        assert "head.body.sign" in text


def test_without_a_password_nothing_logs_in_by_one() -> None:
    """Who has only a token gets no empty login."""
    values = SnippetValues("http://h:1", "ws://h:1", "t", "ana")
    assert "/auth/login" not in texts(values)["curl"]
    assert "/auth/login" in texts()["curl"]


def test_reprs_hold_no_secret() -> None:
    """A log that prints them gives nothing away."""
    shown = repr(VALUES) + repr(make_snippets(VALUES))
    assert "head.body.sign" not in shown
    assert "k7mq" not in shown


NASTY = "a'b\"c$(touch never)`touch never`\\\n%s"


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell")
@pytest.mark.parametrize("key", ["curl", "wscat"])
def test_values_cannot_break_out_of_the_shell(key: str) -> None:
    """Quotes, backticks and dollars in a password or token stay text."""
    values = SnippetValues("http://h:1", "ws://h:1", "t" + NASTY, "ana", NASTY)
    script = 'curl() { printf "%s\\0" "$@"; }; npx() { printf "%s\\0" "$@"; }\n' + texts(values)[key]
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    if key == "curl":
        assert "Authorization: Bearer t" + NASTY in done.stdout.split("\0")


def test_the_python_snippet_compiles_whatever_is_filled_in() -> None:
    """Quotes and backslashes in a value do not break the program."""
    values = SnippetValues("http://h:1", "ws://h:1", NASTY, NASTY, NASTY)
    compile(texts(values)["python"], "snippet", "exec")


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_the_browser_snippet_is_javascript() -> None:
    """Node reads it without complaint."""
    values = SnippetValues("http://h:1", "ws://h:1", NASTY, "ana", NASTY)
    code = texts(values)["javascript"]
    subprocess.run(["node", "--check", "-"], input=code, text=True, check=True, capture_output=True)


@pytest.mark.e2e
def test_the_node_snippet_talks(serve: Serve, tmp_path: Path) -> None:  # noqa: F811
    """As it is copied, with the library it names: it logs in, and its message comes back to it."""
    node, ws = shutil.which("node"), Path(__file__).parents[1] / "e2e" / "node_modules" / "ws"
    if node is None or not ws.is_dir():
        pytest.skip("no Node, or no ws: npm ci in tests/e2e")
    running = serve("--admin-token")
    server = Server(running.ready["http"], running.ready["adminToken"])
    values = SnippetValues(running.ready["http"], running.ready["ws"], server.user("ana").token, "ana")
    (tmp_path / "client.mjs").write_text(texts(values)["node"])
    (tmp_path / "node_modules").mkdir()
    shutil.copytree(ws, tmp_path / "node_modules" / "ws")
    process = subprocess.Popen([node, "client.mjs"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    server.wait("user:ana type:message", within_s=60)
    running.stop()
    output, _ = process.communicate(timeout=60)
    assert "Hello from Node" in output
    assert "closed 1001" in output
