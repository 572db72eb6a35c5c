"""Snippets: what is filled in, and that no value can break out of its place."""

import shutil
import subprocess

import pytest

from authws_desktop.accounts.snippets import SnippetValues, make_snippets

HTTP, WS = "http://192.168.1.20:4000", "ws://192.168.1.20:4000"
VALUES = SnippetValues(HTTP, WS, "head.body.sign", "ana", "k7mq-x2pd")


def texts(values: SnippetValues = VALUES) -> dict[str, str]:
    """Return each snippet's code by its key."""
    return {snippet.key: snippet.text for snippet in make_snippets(values)}


def test_every_snippet_has_address_and_token() -> None:
    """A person copies and runs; there is nothing left to fill in."""
    found = texts()
    assert list(found) == ["javascript", "python", "wscat", "curl"]
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
