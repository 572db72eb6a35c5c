"""Which server a command asks, and what it says where that does not answer as it should."""

from __future__ import annotations

import argparse
import ssl
import urllib.error
from pathlib import Path

import pytest

from authws_desktop.cli.running_server import explain, running_server
from authws_desktop.settings import load_settings


def test_the_server_of_the_settings_is_asked_by_its_scheme(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With https switched on, nothing else answers there."""
    monkeypatch.setenv("AUTHWS_ADMIN_TOKEN", "any")
    for tls, scheme in (("off", "http"), ("local", "https")):
        settings = load_settings(
            tmp_path / "settings.toml", environment={"AUTHWS_TLS": tls, "AUTHWS_PORT": "7"}, command_line={}
        )
        server = running_server(argparse.Namespace(url=None), settings)
        assert server.http == f"{scheme}://127.0.0.1:7"


def test_a_certificate_that_is_not_trusted_is_named() -> None:
    """The server does answer, and there is something to do about it."""
    refused = ssl.SSLCertVerificationError("certificate verify failed")
    refused.verify_message = "self-signed certificate in certificate chain"
    for error in (refused, urllib.error.URLError(refused)):
        sentence = str(explain(error))
        assert (
            "not trusted here (self-signed certificate in certificate chain). Set SSL_CERT_FILE" in sentence
        )
