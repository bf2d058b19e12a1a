"""Certificate revocation lists from files, PEM or DER (RFC 5280, section 5)."""

from __future__ import annotations

import re
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from emulator.trust.errors import TrustError
from emulator.trust.key_pair import read

_PEM_CRL: Final = re.compile(rb"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", re.DOTALL)


def use_crls(context: ssl.SSLContext, paths: Sequence[Path]) -> tuple[bytes, ...]:
    """Have the peer's certificate looked up in the lists, of which one must be of its CA; with lists of several
    CAs the whole chain. Returns them as DER. Raises TrustError."""
    crls = [crl for path in paths for crl in _crls(path)]
    if not crls:
        return ()
    # The ssl module takes lists from a file alone.
    with tempfile.TemporaryDirectory(prefix="dsm-emulator-") as folder:
        file = Path(folder) / "crl.pem"
        file.write_bytes(b"".join(crl.public_bytes(Encoding.PEM) for crl in crls))
        try:
            context.load_verify_locations(file)
        except ssl.SSLError as error:
            raise TrustError(f"CRL {', '.join(map(str, paths))}: {error.reason or error}") from None
    issuers = {crl.issuer for crl in crls}
    context.verify_flags |= (
        ssl.VerifyFlags.VERIFY_CRL_CHECK_CHAIN if len(issuers) > 1 else ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF
    )
    return tuple(crl.public_bytes(Encoding.DER) for crl in crls)


def _crls(path: Path) -> list[x509.CertificateRevocationList]:
    data = read(path, "CRL")
    try:
        if blocks := _PEM_CRL.findall(data):
            return [x509.load_pem_x509_crl(block) for block in blocks]
        return [x509.load_der_x509_crl(data)]
    except ValueError:
        raise TrustError(f"CRL {path}: no certificate revocation list in it, neither PEM nor DER") from None
