"""Whom we trust when we ask others over https: those whom the system trusts.

Python's own way looks where OpenSSL was built to look. In a packaged program that is a folder of the machine
which built it: there on Debian, not on Fedora or macOS.
"""

import ssl


def system_trust() -> ssl.SSLContext:
    """Return a context for clients, with the authorities of this system and of its administrator."""
    import truststore  # here: only who asks somebody waits for it

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
