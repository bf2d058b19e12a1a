"""`--ca-url`: a root that is fetched before anything is trusted; its fingerprint, brought another way, pins it."""

from __future__ import annotations

import hashlib
import http.client
import re
import ssl
import time
from typing import Final

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.transport.url import is_http_url, read_url
from emulator.trust.errors import TrustError
from emulator.trust.key_log import log_secrets

MAX_OCTETS: Final = 256 * 1024
"""Of what is fetched; a certificate has some 700."""
_SECONDS: Final = 10.0
_PEM: Final = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")
_HEX: Final = re.compile(r"[0-9a-f]{64}\Z")


def fingerprint(pem: bytes) -> str:
    """SHA-256 of a certificate's DER form in hexadecimal digits, as openssl and browsers show it (without colons).
    Raises ValueError for what is no PEM certificate."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem.decode("ascii"))).hexdigest()


def fetch_root(url: str, sha256: str) -> bytes:
    """The certificate at `url` that has the fingerprint `sha256`, as PEM; colons, blanks and capitals in that do
    not matter. Blocks. Raises LabError: 2 for what is no URL or no fingerprint, 3 where it cannot be had or is
    another, 4 where there is no certificate."""
    wanted = "".join(sha256.replace(":", "").split()).lower()
    if not _HEX.match(wanted):
        raise LabError(f"--ca-sha256 {sha256!r} is no SHA-256 fingerprint: 64 hexadecimal digits")
    data = _get(url)
    found: dict[str, bytes] = {}
    for pem in _PEM.findall(data):
        try:
            found[fingerprint(pem)] = pem + b"\n"
        except ValueError:
            continue
    if not found:
        raise LabError(f"--ca-url {url}: there is no PEM certificate", ExitCode.NONSENSE)
    if wanted not in found:
        told = ", ".join(found)
        raise LabError(
            f"--ca-url {url}: not the certificate that is trusted: its fingerprint is {told}, not {wanted}",
            ExitCode.UNREACHABLE,
            "compare with what the server printed; another one may stand between",
        )
    return found[wanted]


def _get(url: str) -> bytes:
    if not is_http_url(url):
        raise LabError(f"--ca-url {url!r} is no http or https URL")
    parts = read_url(url)
    host, port = parts.host, parts.port
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(host, port, timeout=_SECONDS, context=_unverified())
    else:
        connection = http.client.HTTPConnection(host, port, timeout=_SECONDS)
    limit = time.monotonic() + _SECONDS
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        data = b""
        with connection.getresponse() as response:  # which has the socket too
            while piece := response.read1(65536):
                data += piece
                if len(data) > MAX_OCTETS or time.monotonic() > limit:
                    raise LabError(f"--ca-url {url}: more than a certificate", ExitCode.NONSENSE)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise LabError(
            f"--ca-url {url}: {reason}", ExitCode.UNREACHABLE, "is it switched on, and are address and port right?"
        ) from None
    finally:
        connection.close()
    if response.status != 200:
        raise LabError(f"--ca-url {url}: HTTP {response.status}, no certificate", ExitCode.NONSENSE)
    return data


def _unverified() -> ssl.SSLContext:
    """Nothing is trusted of what comes this way but its fingerprint, and nothing of ours is shown.
    Raises LabError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        log_secrets(context)
    except TrustError as error:
        raise LabError(str(error)) from None
    return context
