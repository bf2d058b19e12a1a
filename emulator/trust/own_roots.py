"""Whether a file with a server's certificate can be given to its clients as what they trust.
[dsp/security/root-store-current]"""

from __future__ import annotations

import ipaddress
from pathlib import Path

from cryptography import x509

from emulator.trust.description import is_self_signed


def vouches_for(path: Path, host: str) -> bool:
    """Return whether the file is PEM with a certificate for `host` and a self-signed one: its CA's, or itself."""
    try:
        chain = x509.load_pem_x509_certificates(path.read_bytes())
        names = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, IndexError, x509.ExtensionNotFound):
        return False
    try:
        known = ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        known = host.casefold() in (each.casefold() for each in names.get_values_for_type(x509.DNSName))
    return known and any(is_self_signed(each) for each in chain)
