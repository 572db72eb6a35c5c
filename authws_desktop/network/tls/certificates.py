"""Makes a local authority and, signed by it, a certificate for the addresses of this computer.

The authority's key never leaves its folder (mode 0600). Who trusts the authority trusts it for this computer
and its like only: it is constrained (RFC 5280, 4.2.1.10) to addresses of local networks, names below
`.local`, and what this computer was called when it was made. OpenSSL, Firefox and Chromium (from 112 on) hold
a root to that; the extension is critical, so a system that does not know it refuses the authority. The
certificate lasts less than the 398 days that browsers accept at most, and is made anew when it nears its end
or when an address is missing in it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from authws_desktop.admission.this_computer import LOCAL_NETWORKS
from authws_desktop.authority import IpNetwork
from authws_desktop.files import write_atomically

AUTHORITY_LIFE = timedelta(days=3650)
CERTIFICATE_LIFE = timedelta(days=397)
RENEWED_BEFORE = timedelta(days=30)
_EARLIER = timedelta(days=1)
"""A phone whose clock is a day behind must not find a certificate that is not valid yet."""
_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
_LOCAL_NAMES = frozenset({"local", "localhost"})


@dataclass(frozen=True)
class LocalFiles:
    """Where authority and certificate are.

    Args:
        folder: Holds all of them.
    """

    folder: Path

    @property
    def authority(self) -> Path:
        """The authority's certificate, which devices are to trust."""
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        """The authority's key."""
        return self.folder / "authority-key.pem"

    @property
    def certificate(self) -> Path:
        """The server's certificate, followed by the authority's."""
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        """The server's key."""
        return self.folder / "server-key.pem"


def provide_local_certificate(folder: Path, hosts: Iterable[str]) -> LocalFiles:
    """Have a certificate that holds these hosts; what exists and is good is kept.

    Args:
        folder: Holds the files; made if it does not exist.
        hosts: Names and addresses; those that an authority of before may not sign for are left out.

    Raises:
        OSError: A file cannot be read or written.
        ValueError: A file holds something else.
    """
    files, now, wanted = LocalFiles(folder), datetime.now(UTC), set(hosts)
    # Only if one of the two is missing: devices trust the authority, and a new one would have to be trusted
    # on each again.
    if not (files.authority.is_file() and files.authority_key.is_file()):
        _make_authority(files, wanted, now)
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    # One name too many, and the whole certificate would be refused.
    wanted = {host for host in wanted if may_sign(authority, host)}
    if files.certificate.is_file() and files.key.is_file() and _is_good(files, authority, wanted, now):
        return files
    _make_certificate(files, authority, wanted, now)
    return files


def may_sign(authority: x509.Certificate, host: str) -> bool:
    """Tell whether devices take an authority's word for a host; one without constraints is taken for all."""
    try:
        constraints = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return True
    permitted = constraints.permitted_subtrees or []
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        names = [each.value for each in permitted if isinstance(each, x509.DNSName)]
        return any(host == name or host.endswith(f".{name}") for name in names)
    networks = [ipaddress.ip_network(each.value) for each in permitted if isinstance(each, x509.IPAddress)]
    return any(address in network for network in networks)


def _permitted(wanted: set[str]) -> list[x509.GeneralName]:
    """Return what an authority is for: local networks and names, and what this computer has beyond them."""
    networks: set[IpNetwork] = {*LOCAL_NETWORKS, *_LOOPBACK}
    names = set(_LOCAL_NAMES)
    for host in wanted:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            names.add(host)
            continue
        # Of IPv6, systems change the second half daily.
        own = ipaddress.ip_network((address, 64 if address.version == 6 else 32), strict=False)
        if not any(address in network for network in networks):
            networks.add(own)
    found: list[x509.GeneralName] = [x509.DNSName(name) for name in sorted(names)]
    return found + [x509.IPAddress(network) for network in sorted(networks, key=str)]


def hosts_of(certificate: x509.Certificate) -> set[str]:
    """Return the names and addresses a certificate is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return addresses | set(names.get_values_for_type(x509.DNSName))


def _is_good(files: LocalFiles, authority: x509.Certificate, wanted: set[str], now: datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    # `wanted` may shrink: a certificate that holds more than the addresses of today is kept, since adapters
    # come and go.
    is_lasting = certificate.not_valid_after_utc - now > RENEWED_BEFORE
    # They are two files: a program that ended between writing the one and the other left an odd pair.
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    is_pair = key.public_key() == certificate.public_key()
    return (
        is_lasting and is_pair and wanted <= hosts_of(certificate) and certificate.issuer == authority.subject
    )


def _make_authority(files: LocalFiles, wanted: set[str], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Authws Desktop"),
            # A number of its own: two authorities of one computer must not be taken for each other.
            x509.NameAttribute(
                NameOID.COMMON_NAME, f"{socket.gethostname()[:40]} {x509.random_serial_number() % 10**6:06}"
            ),
        ]
    )
    signed = (
        _builder(name, name, key.public_key(), now, AUTHORITY_LIFE)
        # It signs this computer's certificates and no further authority (RFC 5280, 4.2.1.9).
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .add_extension(x509.NameConstraints(_permitted(wanted), None), critical=True)
        .sign(key, hashes.SHA256())
    )
    # The key first: if the program ends in between, the authority is missing, and both are made anew.
    _write_key(files.authority_key, key)
    write_atomically(files.authority, signed.public_bytes(serialization.Encoding.PEM))


def _make_certificate(
    files: LocalFiles, authority: x509.Certificate, wanted: set[str], now: datetime
) -> None:
    signer = serialization.load_pem_private_key(files.authority_key.read_bytes(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise ValueError("not a key of ours")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, socket.gethostname()[:64])])
    # A certificate that outlives its authority is refused once that has ended.
    life = min(CERTIFICATE_LIFE, authority.not_valid_after_utc - now)
    signed = (
        _builder(name, authority.subject, key.public_key(), now, life)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_authority=False), critical=True)
        # Apple's systems refuse a server's certificate without it.
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        # Browsers read names here only, not in the subject.
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in sorted(wanted)]), False)
        .add_extension(_key_id_of(authority), critical=False)
        .sign(signer, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    _write_key(files.key, key)
    write_atomically(files.certificate, signed.public_bytes(pem) + authority.public_bytes(pem))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + life - _EARLIER)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_id_of(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    found = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found.value)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_atomically(file, content, mode=0o600)
