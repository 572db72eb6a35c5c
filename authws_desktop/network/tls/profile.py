"""The authority as a configuration profile, which iPhones, iPads and Macs install.

iOS 26 saves a certificate as `.crt.html`, whatever its media type; a profile is opened as what it is. Keys as
in Apple's "Configuration Profile Reference", CertificateRoot.
"""

from __future__ import annotations

import plistlib
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

_IDENTIFIER = "authws-desktop.trust"


def profile_of(authority: x509.Certificate) -> bytes:
    """Return the profile, as XML; the same for the same authority, so that it replaces itself."""
    fingerprint = authority.fingerprint(hashes.SHA256()).hex()
    (common_name,) = authority.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    computer = common_name.value if isinstance(common_name.value, str) else common_name.value.decode()
    name = f"Authws Desktop: {computer}"
    identifier = f"{_IDENTIFIER}.{fingerprint[:16]}"

    def payload(kind: str, suffix: str, **more: object) -> dict[str, object]:
        return {
            "PayloadType": kind,
            "PayloadVersion": 1,
            "PayloadIdentifier": identifier + suffix,
            "PayloadUUID": str(uuid.uuid5(uuid.NAMESPACE_OID, fingerprint + suffix)).upper(),
            "PayloadDisplayName": name,
            **more,
        }

    certificate = payload(
        "com.apple.security.root",
        ".root",
        PayloadCertificateFileName="authority.cer",
        PayloadContent=authority.public_bytes(serialization.Encoding.DER),
    )
    return plistlib.dumps(
        payload(
            "Configuration",
            "",
            PayloadDescription="Lets this device trust that computer's server. Remove it after the event.",
            PayloadContent=[certificate],
        )
    )
