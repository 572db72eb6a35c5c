"""TLS for the one port: which certificate, what is wrong with it, and the layer on a connection.

Nothing starts half-secure: a certificate that cannot be used is an error with its name, and while TLS is on
plain http is answered with a redirect only (and with the page that explains whom to trust).
"""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from authws_desktop.admission.this_computer import own_names
from authws_desktop.errors import ServiceError
from authws_desktop.network.addresses import Address
from authws_desktop.network.tls.certificates import hosts_of, may_sign, provide_local_certificate
from authws_desktop.protocol.limits import HEAD_TIMEOUT_S
from authws_desktop.settings import Settings

HANDSHAKE = 0x16
"""First byte of a TLS connection (RFC 8446, 5.1); no HTTP method begins with it."""

SHUTDOWN_TIMEOUT_S = 3
TRUST_PATH = "/trust"
"""Where devices learn to trust the local authority."""


class TlsError(ServiceError):
    """A certificate or key that cannot be used."""


@dataclass(frozen=True)
class Tls:
    """TLS in force.

    Attributes:
        context: For connections.
        hosts: Names and addresses the certificate is for.
        not_after: When it ends.
        fingerprint: SHA-256 of the certificate.
        authority_file: The local authority, which devices are to trust; `None` with the host's own files.
        authority: What is in it.
    """

    context: ssl.SSLContext
    hosts: frozenset[str]
    not_after: datetime
    fingerprint: str
    authority_file: Path | None = None
    authority: x509.Certificate | None = None

    @property
    def authority_fingerprint(self) -> str:
        """SHA-256 of the local authority; empty with the host's own files."""
        return fingerprint_of(self.authority) if self.authority else ""

    def covers(self, host: str) -> bool:
        """Tell whether the certificate is for a name or address."""
        parent = "*." + host.partition(".")[2]
        try:
            return str(ipaddress.ip_address(host)) in self.hosts
        except ValueError:
            folded = {name.casefold() for name in self.hosts}
            return host.casefold() in folded or parent.casefold() in folded

    def warning(self, addresses: Iterable[Address], now: datetime | None = None) -> str:
        """Return what is the matter with the certificate, as a sentence; empty if nothing is."""
        now = now or datetime.now(UTC)
        if self.not_after <= now:
            return f"The certificate expired on {self.not_after:%Y-%m-%d}: browsers refuse it. Replace it."
        missing = [address.host for address in addresses if not self.covers(address.host)]
        names = ", ".join(missing)
        if self.authority is not None and not all(may_sign(self.authority, host) for host in missing):
            folder = self.authority_file.parent if self.authority_file else ""
            return (
                f"The certificate does not hold {names}: its authority was made for other addresses. Move "
                f"the folder {folder} away and start the server again; devices then have to trust it anew."
            )
        if missing and self.authority_file is not None:
            return f"The certificate does not hold {names}. Stop and start the server to make one that does."
        if missing:
            known = ", ".join(sorted(self.hosts)) or "no name"
            return f"The certificate is for {known}: browsers warn at {names}."
        return ""


def make_tls(settings: Settings, addresses: Iterable[Address], folder: Path) -> Tls | None:
    """Return TLS as the settings want it; `None` if it is off. Reads and writes files.

    Args:
        settings: `tls` and the names of the host's own files are used.
        addresses: What a certificate of the local authority is made for, besides this computer's names.
        folder: Holds the local authority.

    Raises:
        TlsError: It cannot be had.
    """
    if settings.tls == "off":
        return None
    if settings.tls == "files":
        return _load(Path(settings.tls_certificate_file), Path(settings.tls_key_file), None)
    hosts = {address.host for address in addresses} | {name for name in own_names() if name.isascii()}
    try:
        files = provide_local_certificate(folder, hosts | {"127.0.0.1", "::1"})
    except OSError as error:
        raise TlsError(f"The certificate cannot be kept in {folder} ({error.strerror}).") from None
    except ValueError:
        raise TlsError(
            f"A file in {folder} is not a certificate or key. Move the folder away to make new ones."
        ) from None
    return _load(files.certificate, files.key, files.authority)


def _load(certificate_file: Path, key_file: Path, authority_file: Path | None) -> Tls:
    certificate = check_certificate(certificate_file)
    check_key(key_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # RFC 8996 forbids what came before.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # A browser that offers HTTP/2 must not choose it: it knows no `Upgrade: websocket`.
    context.set_alpn_protocols(["http/1.1"])

    def refuse_password() -> str:
        raise _has_password(key_file)

    try:
        # Without a function for the password, OpenSSL asks at the terminal, and the start would hang.
        context.load_cert_chain(certificate_file, key_file, password=refuse_password)
    except ssl.SSLError as error:
        if "MISMATCH" in (error.reason or ""):
            raise TlsError(f"The key {key_file} does not belong to {certificate_file}.") from None
        raise TlsError(f"The file {key_file} is not a key in PEM format.") from None
    authority = _read_certificate(authority_file) if authority_file else None
    return Tls(
        context,
        frozenset(hosts_of(certificate)),
        certificate.not_valid_after_utc,
        fingerprint_of(certificate),
        authority_file,
        authority,
    )


_NO_KEY = "No key is chosen. Name its file in Settings, Security, or let one be made."
_NO_CERTIFICATE = "No certificate is chosen. Name its file in Settings, Security, or let one be made."


def _has_password(key_file: Path) -> TlsError:
    return TlsError(f"The key {key_file} has a password. Use one without it.")


def check_certificate(file: Path) -> x509.Certificate:
    """Return the certificate in a file.

    Raises:
        TlsError: It cannot be read, is none, or is not valid now.
    """
    certificate = _read_certificate(file)
    _check_time(certificate, file)
    return certificate


def check_key(file: Path) -> None:
    """Look at a key file as far as that takes no cryptography.

    Raises:
        TlsError: It cannot be read, is no key, or has a password.
    """
    text = _check_readable(file, _NO_KEY)
    if b"PRIVATE KEY-----" not in text:
        raise TlsError(f"The file {file} is not a key in PEM format.")
    if b"ENCRYPTED PRIVATE KEY-----" in text or b"4,ENCRYPTED" in text:
        raise _has_password(file)


def _check_readable(file: Path, not_chosen: str) -> bytes:
    if file == Path():
        raise TlsError(not_chosen)
    if file.exists() and not file.is_file():  # reading a pipe would wait for ever
        raise TlsError(f"{file} is not a file.")
    try:
        return file.read_bytes()
    except OSError as error:
        raise TlsError(f"The file {file} cannot be read ({error.strerror}).") from None


def _read_certificate(file: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(_check_readable(file, _NO_CERTIFICATE))
    except ValueError:
        raise TlsError(f"The file {file} is not a certificate in PEM format.") from None


def _check_time(certificate: x509.Certificate, file: Path) -> None:
    now = datetime.now(UTC)
    if certificate.not_valid_after_utc <= now:
        raise TlsError(f"The certificate {file} expired on {certificate.not_valid_after_utc:%Y-%m-%d}.")
    if certificate.not_valid_before_utc > now:
        begin = certificate.not_valid_before_utc
        raise TlsError(f"The certificate {file} is not valid before {begin:%Y-%m-%d}. Is the clock right?")


def fingerprint_of(certificate: x509.Certificate) -> str:
    """Return a certificate's SHA-256 as devices show it: `AB:CD:…`."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


RECORD_BYTES = 16 * 1024
"""The longest TLS record (RFC 8446, 5.1): what one read takes, and what one gives."""

_read_buffer = bytearray(RECORD_BYTES)
_read_buffer_view = memoryview(_read_buffer)
"""All TLS connections read into it in turn; what was read goes to OpenSSL before the next one reads."""


class TlsLayer(SSLProtocol):
    """TLS between a transport and a protocol, begun with bytes that were read already.

    asyncio's own `start_tls` reads its first bytes from the socket; here they came with the decision. This is
    the protocol that it uses, but for its buffer of 256 KiB that each connection has from its first byte
    on: a thousand handshakes that are begun and never finished would hold 256 MiB.
    tests/network/tls/test_tls.py guards the names it has.

    Args:
        context: The server's.
        inner: The protocol that gets the decrypted bytes.
        on_lost: Called once the connection is gone, also if the handshake was never finished.
    """

    max_size = RECORD_BYTES

    def __init__(self, context: ssl.SSLContext, inner: asyncio.Protocol, on_lost: Callable[[], None]) -> None:
        super().__init__(
            asyncio.get_running_loop(),
            inner,
            context,
            None,  # type: ignore[arg-type]  # nobody waits for the handshake; its code takes None
            server_side=True,
            ssl_handshake_timeout=round(HEAD_TIMEOUT_S),
            ssl_shutdown_timeout=SHUTDOWN_TIMEOUT_S,
        )
        self._on_lost = on_lost
        self._ssl_buffer, self._ssl_buffer_view = _read_buffer, _read_buffer_view

    def begin(self, transport: asyncio.Transport, data: bytes) -> None:
        """Take over a transport from which bytes were read."""
        # First, so that what arrives from now on comes here.
        transport.set_protocol(self)
        self.connection_made(transport)
        rest = memoryview(data)
        while rest:
            # In pieces: what was read may be longer than the buffer, which OpenSSL empties in between.
            buffer = self.get_buffer(len(rest))
            count = min(len(rest), len(buffer))
            buffer[:count] = rest[:count]
            self.buffer_updated(count)
            rest = rest[count:]

    def connection_lost(self, exc: BaseException | None) -> None:
        """Clean up; overrides asyncio's."""
        super().connection_lost(exc)
        self._on_lost()


def is_secure(transport: Any) -> bool:
    """Tell whether a transport speaks TLS."""
    return transport is not None and transport.get_extra_info("sslcontext") is not None
