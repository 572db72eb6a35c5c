"""TLS on the one port: real handshakes, redirects, the trust page, and certificates that cannot be used."""

from __future__ import annotations

import asyncio
import plistlib
import ssl
import stat
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from authws_desktop.network.addresses import Address
from authws_desktop.network.tls import certificates
from authws_desktop.network.tls.certificates import LocalFiles, hosts_of, may_sign, provide_local_certificate
from authws_desktop.network.tls.tls import TlsError, TlsLayer, make_tls
from authws_desktop.paths import DataPaths
from authws_desktop.server.service import ServerState, Service
from authws_desktop.server.websocket.listener import Listener
from authws_desktop.settings import Settings
from tests.own_clients import WAIT_S, HttpClient, WsClient, eventually, loaded, running_service, ws_client

pem = serialization.Encoding.PEM


@pytest.fixture
def changes() -> dict[str, Any]:
    """A server with a certificate of its own authority."""
    return {"tls": "local"}


def trusting(service: Service) -> ssl.SSLContext:
    """Return what a device has once it trusts the authority."""
    assert service.location.tls is not None
    return ssl.create_default_context(cafile=str(service.location.tls.authority_file))


def certificate(
    folder: Path, *, days: tuple[int, int] = (-1, 90), name: str = "chat.example.org"
) -> tuple[Path, Path]:
    """Write a self-signed certificate and its key, as a host would bring them."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    files = folder / "own.pem", folder / "own-key.pem"
    files[0].write_bytes(made.public_bytes(pem))
    files[1].write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


def with_files(files: tuple[Path, Path]) -> Settings:
    return Settings(tls="files", tls_certificate_file=str(files[0]), tls_key_file=str(files[1]))


async def test_https_and_wss_on_the_same_port(service: Service) -> None:
    """A device that trusts the authority registers, joins and talks, at the address and by name."""
    context = trusting(service)
    assert service.location.http_url == f"https://127.0.0.1:{service.location.port}"
    assert service.location.ws_url == f"wss://127.0.0.1:{service.location.port}"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        token = (await HttpClient(service.location.http_url, session).register("ana"))["token"]
    async with websockets.connect(
        f"wss://127.0.0.1:{service.location.port}/ws", ssl=context, proxy=None, compression=None
    ) as socket:
        client = WsClient(socket)
        await client.expect("connection")
        await client.log_in(token)
        text = "x" * 300_000  # more than one TLS record, and than the buffer that connections share
        await client.send({"type": "message", "content": text})
        assert (await client.expect("message"))["content"] == text
        assert [each.is_secure for each in service._endpoint.connections] == [True]


async def test_plain_http_is_redirected_with_its_query(service: Service) -> None:
    """Every method and path, on a connection that is closed then; nothing else is served without TLS."""
    plain = f"http://127.0.0.1:{service.location.port}"
    async with aiohttp.ClientSession() as session:
        for method, path in (
            ("GET", "/"),
            ("POST", "/auth/login"),
            ("GET", "/healthz?a=1&b=two"),
            ("HEAD", "/x"),
        ):
            async with session.request(method, plain + path, allow_redirects=False) as answer:
                assert answer.status == 308
                assert answer.headers["Location"] == f"https://127.0.0.1:{service.location.port}{path}"
                assert answer.headers["Connection"] == "close"
        async with session.get(plain, headers={"Host": "evil.example"}, allow_redirects=False) as answer:
            assert answer.status == 421


async def test_plain_websocket_is_refused(service: Service) -> None:
    """A client without TLS is told where to go, and no connection of it exists."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(
        b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 308 ")
    assert b"Location: https://localhost/ws\r\n" in answer
    assert not service._endpoint.connections


async def test_the_trust_page_is_there_without_tls(service: Service) -> None:
    """With the fingerprint to compare, steps for each system, no script, and the certificate to install."""
    async with aiohttp.ClientSession() as session:
        async with session.get(service.location.trust_url) as answer:
            assert (answer.status, answer.url.scheme) == (200, "http")
            text = await answer.text()
        async with session.get(service.location.trust_url + "/authority.mobileconfig") as answer:
            assert answer.headers["Content-Type"] == "application/x-apple-aspen-config"
            profile = plistlib.loads(await answer.read())
        apple = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Safari/604.1"}
        async with session.get(service.location.trust_url, headers=apple) as answer:
            assert 'href="/trust/authority.mobileconfig">Get authority.mobileconfig' in await answer.text()
        async with session.get(service.location.trust_url + "/authority.crt") as answer:
            assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
            authority = x509.load_pem_x509_certificate(await answer.read())
    assert service.location.tls is not None
    assert service.location.tls.authority_fingerprint in text
    assert all(
        system in text for system in ("iPhone", "Android", "Windows", "macOS", "Linux", "Firefox", "ChromeOS")
    )
    assert "<script" not in text
    assert (
        authority.fingerprint(hashes.SHA256()).hex(":").upper() == service.location.tls.authority_fingerprint
    )
    assert "PRIVATE" not in text
    (root,) = profile["PayloadContent"]
    assert (profile["PayloadType"], root["PayloadType"]) == ("Configuration", "com.apple.security.root")
    assert x509.load_der_x509_certificate(root["PayloadContent"]) == authority
    assert len({profile["PayloadUUID"], root["PayloadUUID"]}) == 2


async def test_an_invitation_goes_on_from_the_trust_page(service: Service) -> None:
    """Its code is in the way on, as text of an address and nothing else; without one there is none."""
    async with aiohttp.ClientSession() as session:
        for query, way_on in (
            ("", "/"),
            ("?invite=k7q2-ab3d-x9yz", "/?invite=k7q2-ab3d-x9yz"),
            ("?invite=%22%3E%3Cscript%3E", "/?invite=%22%3E%3Cscript%3E"),
            ("?invite=" + "x" * 900, "/?invite=" + "x" * 64),
        ):
            async with session.get(service.location.trust_url + query) as answer:
                text = await answer.text()
            assert f'href="https://127.0.0.1:{service.location.port}{way_on}">Go on' in text
            assert "<script" not in text


def test_an_authority_is_trusted_for_local_names_alone(tmp_path: Path) -> None:
    """A certificate that somebody made with its key for a bank is refused by who trusts it; OpenSSL says why."""
    files = provide_local_certificate(tmp_path, ["192.168.1.20", "box.local", "box", "2001:db8:1:2::7"])
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    may = {
        host: may_sign(authority, host)
        for host in (
            "10.9.8.7",
            "::1",
            "phone.local",
            "a.box",
            "2001:db8:1:2:3::9",
            "box.example",
            "8.8.8.8",
            "notbox",
        )
    }
    assert [host for host, is_so in may.items() if not is_so] == ["box.example", "8.8.8.8", "notbox"]
    assert handshake(files, files.authority, "192.168.1.20") == ""
    assert handshake(files, files.authority, "box.local") == ""
    provide_local_certificate(tmp_path, ["192.168.1.20", "bank.example"])
    made = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    assert hosts_of(made) >= {"192.168.1.20"}
    assert "bank.example" not in hosts_of(made)
    certificates._make_certificate(files, authority, {"bank.example"}, datetime.now(UTC))
    assert "permitted subtree violation" in handshake(files, files.authority, "bank.example")


def handshake(files: LocalFiles, authority: Path, host: str) -> str:
    """Have a device that trusts an authority meet a certificate; returns why it refuses it, empty if it does not."""
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(files.certificate, files.key)
    device = ssl.create_default_context(cafile=str(authority))
    to_server, to_device = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (
        device.wrap_bio(to_device, to_server, server_hostname=host),
        server.wrap_bio(to_server, to_device, server_side=True),
    )
    for _ in range(4):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return ""


async def test_without_tls_there_is_nothing_to_trust(tmp_path: Path) -> None:
    """404, and the addresses are plain."""
    async with running_service(tmp_path) as service, aiohttp.ClientSession() as session:
        assert (service.location.tls, service.location.trust_url, service.location.scheme) == (
            None,
            "",
            "http",
        )
        for path in ("/trust", "/trust/authority.crt", "/trust/authority.mobileconfig"):
            async with session.get(service.location.http_url + path) as answer:
                assert answer.status == 404


async def test_a_device_that_does_not_trust_it_is_no_trouble(service: Service) -> None:
    """Its handshake fails on its side; half a handshake and nonsense after the first byte likewise."""
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection("127.0.0.1", service.location.port, ssl=ssl.create_default_context())
    for data in (b"\x16", b"\x16\x03\x01" + b"\xff" * 300):
        _, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
        writer.write(data)
        await writer.drain()
        writer.transport.abort()
    await eventually(lambda: not service._endpoint.heads)
    async with (
        aiohttp.ClientSession() as session,
        session.get(service.location.http_url + "/healthz", ssl=trusting(service)) as answer,
    ):
        assert answer.status == 200


async def test_stopping_does_not_wait_for_a_handshake(service: Service) -> None:
    """One that began and never goes on is cut off."""
    _, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    writer.write(b"\x16")
    await eventually(lambda: service._endpoint.heads)
    async with asyncio.timeout(WAIT_S):
        await service.stop()
    writer.transport.abort()


async def test_a_handshake_that_is_begun_takes_little_memory(service: Service) -> None:
    """A hundred of them, counted in bytes: asyncio's own buffers would take 25 MiB."""
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"
    tracemalloc.start()
    try:
        opened = [await asyncio.open_connection("127.0.0.1", service.location.port) for _ in range(100)]
        await eventually(lambda: len(service._endpoint.heads) == 100)
        before = tracemalloc.get_traced_memory()[0]
        for _, writer in opened:
            writer.write(hello)
        await eventually(lambda: all(map(_is_secured, service._endpoint.heads)))
        assert tracemalloc.get_traced_memory()[0] - before < 100 * 8 * 1024
    finally:
        tracemalloc.stop()
        for _, writer in opened:
            writer.transport.abort()


def _is_secured(head: object) -> bool:
    """Tell whether a connection is read through TLS."""
    assert isinstance(head, Listener)
    return head._transport is not None and isinstance(head._transport.get_protocol(), TlsLayer)


async def test_bytes_that_come_one_by_one(service: Service) -> None:
    """A handshake cut into single bytes is a handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    side = trusting(service).wrap_bio(incoming, outgoing, server_hostname="localhost")
    reader, writer = await asyncio.open_connection("127.0.0.1", service.location.port)
    async with asyncio.timeout(10):
        while True:
            try:
                side.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in outgoing.read():
                    writer.write(bytes([byte]))
                    await writer.drain()
                incoming.write(await reader.read(65536))
        side.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        writer.write(outgoing.read())
        incoming.write(await reader.read(65536))
    while True:
        try:
            assert b"200 OK" in side.read(65536)
            break
        except ssl.SSLWantReadError:
            incoming.write(await reader.read(65536))
    writer.close()


async def test_switching_it_on_leaves_nobody_without(tmp_path: Path) -> None:
    """Those without TLS are counted, then closed with 1001; switching it off ends nobody."""
    async with running_service(tmp_path) as service:
        async with ws_client(service) as plain:
            on = msgspec.structs.replace(service.settings.saved, tls="local")
            assert service.connections_ended_by(on) == 1
            await service.apply(on)
            assert (await plain.expect_close())[0] == 1001
        assert service.location.http_url.startswith("https://")
        async with websockets.connect(service.location.ws_url, ssl=trusting(service), proxy=None) as socket:
            off = msgspec.structs.replace(on, tls="off")
            assert service.connections_ended_by(off) == 0
            await service.apply(off)
            await socket.ping()
        async with ws_client(service) as again:
            assert again.client_id


async def test_a_wrong_file_changes_nothing(service: Service, tmp_path: Path) -> None:
    """Applied while it runs, it is refused by name, not saved, and the server goes on as it was."""
    new = msgspec.structs.replace(
        service.settings.saved, tls="files", tls_certificate_file=str(tmp_path / "gone.pem")
    )
    before = service.location.tls
    with pytest.raises(TlsError, match=r"gone\.pem cannot be read"):
        await service.apply(new)
    assert service.location.tls is before
    assert service.settings.saved.tls == "local"


async def test_it_does_not_start_half_secure(tmp_path: Path) -> None:
    """With a certificate that expired, nothing listens: not with it and not without."""
    files = certificate(tmp_path / "own", days=(-90, -1))
    settings = loaded(tmp_path, tls="files", tls_certificate_file=str(files[0]), tls_key_file=str(files[1]))
    service = Service(settings, DataPaths.under(tmp_path), password_cost=4)
    with pytest.raises(TlsError, match="expired on"):
        await service.start()
    assert service.state is ServerState.FAILED
    assert (service.location.port, service.location.listening_at) == (0, [])
    assert isinstance(service.failure, TlsError)
    await service.close()


def _swap_key(files: tuple[Path, Path], folder: Path) -> None:
    files[1].write_bytes(certificate(folder / "other")[1].read_bytes())


def _lock_key(files: tuple[Path, Path], folder: Path) -> None:
    key = serialization.load_pem_private_key(files[1].read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"secret")
    files[1].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, locked))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda files, folder: files[0].unlink(), "own.pem cannot be read"),
        (lambda files, folder: files[1].unlink(), "own-key.pem cannot be read"),
        (lambda files, folder: files[0].write_text("hello"), "own.pem is not a certificate in PEM"),
        (lambda files, folder: files[1].write_text("hello"), "own-key.pem is not a key in PEM"),
        (_swap_key, "does not belong to"),
        (_lock_key, "has a password"),
        (lambda files, folder: certificate(folder, days=(2, 90)), "is not valid before"),
    ],
)
def test_what_is_wrong_is_named(
    tmp_path: Path, spoil: Callable[[tuple[Path, Path], Path], object], words: str
) -> None:
    """Missing, no PEM, a key of another, a password, a time to come: each in its words."""
    files = certificate(tmp_path)
    spoil(files, tmp_path)
    with pytest.raises(TlsError, match=words):
        make_tls(with_files(files), [], tmp_path / "tls")


def test_no_file_chosen(tmp_path: Path) -> None:
    """Own files without a name are asked for."""
    with pytest.raises(TlsError, match="No certificate is chosen"):
        make_tls(Settings(tls="files"), [], tmp_path)


def test_own_files_that_do_not_match_are_named(tmp_path: Path) -> None:
    """They work, with a warning of what browsers will say; one for the name has none; later it expires."""
    tls = make_tls(with_files(certificate(tmp_path)), [], tmp_path)
    assert tls is not None
    assert tls.warning([Address("chat.example.org")]) == ""
    assert "is for chat.example.org: browsers warn at 192.168.1.20" in tls.warning([Address("192.168.1.20")])
    assert "expired on" in tls.warning([], datetime.now(UTC) + timedelta(days=365))
    star = make_tls(with_files(certificate(tmp_path, name="*.example.org")), [], tmp_path)
    assert star is not None
    assert star.covers("a.example.org")
    assert not star.covers("a.b.example.org")


def test_an_address_beyond_the_authority_is_named(tmp_path: Path) -> None:
    """It is not in the certificate, or none would be valid; what to do is said."""
    make_tls(Settings(tls="local"), [Address("192.168.1.20")], tmp_path)
    tls = make_tls(Settings(tls="local"), [Address("192.168.1.20"), Address("203.0.113.9")], tmp_path)
    assert tls is not None
    words = tls.warning([Address("192.168.1.20"), Address("203.0.113.9")])
    assert words.startswith("The certificate does not hold 203.0.113.9: its authority was made for other")
    assert f"Move the folder {tmp_path} away" in words
    assert tls.warning([Address("192.168.1.20")]) == ""


def test_the_local_certificate_is_kept_and_renewed(tmp_path: Path) -> None:
    """Kept while it is good; made anew for a new address, by the same authority; keys are private."""
    files = provide_local_certificate(tmp_path, ["192.168.1.20", "box.local"])
    first, authority = files.certificate.read_bytes(), files.authority.read_bytes()
    provide_local_certificate(tmp_path, ["192.168.1.20"])
    assert files.certificate.read_bytes() == first
    provide_local_certificate(tmp_path, ["10.0.0.7"])
    made = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    assert hosts_of(made) == {"10.0.0.7"}
    assert files.authority.read_bytes() == authority
    assert made.not_valid_after_utc - made.not_valid_before_utc <= timedelta(days=398)
    for key in (files.key, files.authority_key):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_an_expiring_local_certificate_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty days before its end, at the next start."""
    monkeypatch.setattr("authws_desktop.network.tls.certificates.CERTIFICATE_LIFE", timedelta(days=20))
    files = provide_local_certificate(tmp_path, ["box.local"])
    before = files.certificate.read_bytes()
    provide_local_certificate(tmp_path, ["box.local"])
    assert files.certificate.read_bytes() != before


def test_spoiled_local_files_are_named(tmp_path: Path) -> None:
    """A broken authority is not replaced behind the host's back: devices trust it."""
    make_tls(Settings(tls="local"), [], tmp_path)
    (tmp_path / "authority.pem").write_text("broken")
    with pytest.raises(TlsError, match="Move the folder away"):
        make_tls(Settings(tls="local"), [], tmp_path)
    assert (tmp_path / "authority.pem").read_text() == "broken"


def test_a_key_of_another_certificate_is_replaced(tmp_path: Path) -> None:
    """A program that ended between writing key and certificate left an odd pair; the next start mends it."""
    files = provide_local_certificate(tmp_path / "one", ["box.local"])
    files.key.write_bytes(provide_local_certificate(tmp_path / "two", ["box.local"]).key.read_bytes())
    authority = files.authority.read_bytes()
    provide_local_certificate(tmp_path / "one", ["box.local"])
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(files.certificate, files.key)
    assert files.authority.read_bytes() == authority, "devices that trust it need not trust another one"
