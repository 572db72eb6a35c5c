"""The recipes of docs/proxy.md with the real programs: what clients get through Caddy and nginx, and what the host sees."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import websockets.sync.client
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.e2e.conftest import WAIT_S, Running, Serve
from tests.ports import free_port

pytestmark = pytest.mark.e2e
NAME = "hub.example.org"
PASSWORD = "correct horse"
RECIPES = (Path(__file__).parents[2] / "docs" / "proxy.md").read_text("utf-8")


def recipe(language: str) -> str:
    """Return a block of the document."""
    found = re.search(rf"```{language}\n(.*?)```", RECIPES, re.DOTALL)
    assert found is not None
    return found[1]


def program(name: str) -> str:
    """Return a proxy's path; Debian keeps some where only root looks."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    assert found, f"{name} is missing; `python3 dev.py setup` installs it, or names the package"
    return found


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate for the name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "hub.pem", folder / "hub.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files


def caddy(folder: Path, port: int, server_port: int) -> list[str]:
    """Write Caddy's configuration; return its command."""
    certificate, key = make_certificate(folder)
    text = recipe("caddy").replace("127.0.0.1:4000", f"127.0.0.1:{server_port}")
    text = text.replace(f"{NAME} {{", f"{NAME}:{port} {{\n\ttls {certificate} {key}")
    options = (
        f"{{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system {folder / 'caddy'}\n}}\n"
    )
    file = folder / "Caddyfile"
    file.write_text(options + text)
    return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(file)]


def nginx(folder: Path, port: int, server_port: int) -> list[str]:
    """Write nginx's configuration; return its command."""
    certificate, key = make_certificate(folder)
    text = recipe("nginx").replace("127.0.0.1:4000", f"127.0.0.1:{server_port}")
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    text = text.replace(f"/etc/ssl/certs/{NAME}.pem", str(certificate))
    text = text.replace(f"/etc/ssl/private/{NAME}.key", str(key))
    places = "".join(
        f"{kind}_temp_path {folder / kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off;\npid {folder / 'nginx.pid'};\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{places}{text}}}\n"
    )
    return [program("nginx"), "-p", str(folder), "-c", str(file)]


Proxy = Callable[[Path, int, int], list[str]]


@pytest.fixture(params=[caddy, nginx], ids=["caddy", "nginx"])
def hub(request: pytest.FixtureRequest, serve: Serve, tmp_path: Path) -> Iterator[tuple[Running, int]]:
    """Run the server behind a proxy that answers for the name; yield both, the proxy by its port."""
    make: Proxy = request.param
    running = serve(AUTHWS_TRUSTED_PROXIES="127.0.0.1", AUTHWS_ALLOWED_HOSTS=NAME, AUTHWS_REGISTER_RATE="2")
    folder = tmp_path / "proxy"
    folder.mkdir()
    port = free_port()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            make(folder, port, running.port), stdout=log, stderr=log, cwd=folder, env={"HOME": str(folder)}
        )
    try:
        wait_until_it_listens(process, port, folder / "log")
        yield running, port
    finally:
        process.terminate()
        process.wait(WAIT_S)


def wait_until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return once the port takes connections; fail with the proxy's own words if it ended."""
    end_s = time.monotonic() + WAIT_S
    while time.monotonic() < end_s:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            continue
        return
    pytest.fail(log.read_text())


def trust_nobody() -> ssl.SSLContext:
    """Return a context that takes the certificate made above."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def call(
    port: int, path: str, body: Any = None, here: str = "127.0.0.1", **headers: str
) -> tuple[int, dict[str, Any], Any]:
    """Call through the proxy, on a connection of its own; return status, body and headers."""
    link = http.client.HTTPSConnection(NAME, port)
    plain = socket.create_connection(("127.0.0.1", port), WAIT_S, (here, 0))
    link.sock = trust_nobody().wrap_socket(plain, server_hostname=NAME)
    data = None if body is None else json.dumps(body)
    kind = {} if body is None else {"Content-Type": "application/json"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    link.request("GET" if body is None else "POST", path, data, {"Host": NAME, **kind, **named})
    answer = link.getresponse()
    text = answer.read()
    link.close()
    return answer.status, json.loads(text) if text else {}, answer.headers


def test_requests_and_connections_through_a_proxy(hub: tuple[Running, int]) -> None:
    """Register, log in, WebSocket behind a request on the same pooled connection; pages of the name may connect."""
    _, port = hub
    assert call(port, "/healthz")[:2] == (200, {"status": "ok"})
    status, made, _ = call(port, "/auth/register", {"username": "ana", "password": PASSWORD})
    assert status == 201
    page = f"https://{NAME}"
    status, me, headers = call(port, "/auth/me", Authorization=f"Bearer {made['token']}", Origin=page)
    assert (status, me["user"]["username"]) == (200, "ana")
    assert headers["Access-Control-Allow-Origin"] == page
    link = socket.create_connection(("127.0.0.1", port), timeout=WAIT_S)
    with websockets.sync.client.connect(
        f"wss://{NAME}/ws", sock=link, ssl=trust_nobody(), origin=websockets.Origin(page), proxy=None
    ) as client:
        assert json.loads(client.recv(timeout=WAIT_S))["type"] == "connection"
        client.send(json.dumps({"type": "authenticate", "token": made["token"]}))
        while json.loads(client.recv(timeout=WAIT_S))["type"] != "user_list":
            pass
        client.send(json.dumps({"type": "message", "content": "x" * 100_000}))
        assert json.loads(client.recv(timeout=WAIT_S))["content"] == "x" * 100_000


def test_a_client_is_told_from_others_behind_the_same_proxy(hub: tuple[Running, int]) -> None:
    """The throttle counts its own address, whatever address it claims; the next one is not made to wait."""
    _, port = hub
    statuses = [
        register(port, f"guest{number}", here, X_Forwarded_For=f"203.0.113.{number}")
        for number, here in enumerate(["127.0.0.2", "127.0.0.2", "127.0.0.2", "127.0.0.3"])
    ]
    assert statuses == [201, 201, 429, 201]


def register(port: int, name: str, here: str, **headers: str) -> int:
    """Register through the proxy from an address of this computer; return the status."""
    return call(port, "/auth/register", {"username": name, "password": PASSWORD}, here, **headers)[0]


def test_such_headers_count_from_nobody_but_the_proxy(serve: Serve) -> None:
    """Without the setting, a client that comes directly is who it is."""
    running = serve(AUTHWS_REGISTER_RATE="1")
    link = http.client.HTTPConnection("127.0.0.1", running.port, timeout=WAIT_S)
    statuses = []
    for number in range(2):
        body = json.dumps({"username": f"guest{number}", "password": PASSWORD})
        headers = {"Content-Type": "application/json", "X-Forwarded-For": f"203.0.113.{number}"}
        link.request("POST", "/auth/register", body, headers)
        answer = link.getresponse()
        answer.read()
        statuses.append(answer.status)
    link.close()
    assert statuses == [201, 429]
