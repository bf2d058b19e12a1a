"""The TLS context of a client, and what is known of it when a peer is refused or refuses us. Needs no cryptography,
so that a command that meets no TLS does not load it.
[dsp/security/server-certificate-validated] [dsp/security/path-validation]
[dsp/security/strong-mode-client-certificate]"""

from __future__ import annotations

import ssl
from collections.abc import Callable

from emulator.trust.key_log import log_secrets


class ClientContext(ssl.SSLContext):
    """A context that remembers what it was made of. See `contexts.client_context`."""

    roots: str = "the system's certificates"
    """What the peer's chain must end in, in words."""
    crls: tuple[bytes, ...] = ()
    """DER of the revocation lists that are looked at."""
    own: str = ""
    """The certificate that is shown to a peer that asks, in words; '' for none."""
    remade: Callable[[], ClientContext] | None = None
    """Makes another that trusts alike and shows no certificate."""


def unverifying_context() -> ssl.SSLContext:
    """Return a context for a handshake after which nothing is sent: it shows the certificates of a peer that has
    been refused. Raises TrustError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # also those that were refused for a weak key
    log_secrets(context)
    return context
