"""The beginning of a TLS handshake as octets: what a client offers, and what the server's first flight says.

Up to TLS 1.2 that flight is readable without a key, and no library of this machine decides what can be offered:
suites and versions that OpenSSL has given up long ago are asked for all the same (RFC 5246, sections 6 and 7).
"""

from __future__ import annotations

import ipaddress
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

SSL_3, TLS_1_0, TLS_1_1, TLS_1_2 = 0x0300, 0x0301, 0x0302, 0x0303
VERSIONS: Final = {SSL_3: "SSL 3.0", TLS_1_0: "TLS 1.0", TLS_1_1: "TLS 1.1", TLS_1_2: "TLS 1.2", 0x0304: "TLS 1.3"}
ORDINARY_SUITES: Final = (
    *(0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC023, 0xC027, 0xC009, 0xC013, 0xC00A, 0xC014),
    *(0x009E, 0x009F, 0x0067, 0x006B, 0x0033, 0x0039, 0x009C, 0x009D, 0x003C, 0x003D, 0x002F, 0x0035, 0x000A),
)
"""Those that servers of the last fifteen years have: ECDHE, DHE and RSA with AES or ChaCha20; 3DES the last."""
WEAK_SUITES: Final = {
    0x0001: "TLS_RSA_WITH_NULL_MD5",
    0x0002: "TLS_RSA_WITH_NULL_SHA",
    0x003B: "TLS_RSA_WITH_NULL_SHA256",
    0xC006: "TLS_ECDHE_ECDSA_WITH_NULL_SHA",
    0xC010: "TLS_ECDHE_RSA_WITH_NULL_SHA",
    0xC015: "TLS_ECDH_anon_WITH_NULL_SHA",
    0x0003: "TLS_RSA_EXPORT_WITH_RC4_40_MD5",
    0x0006: "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5",
    0x0008: "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA",
    0x0014: "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA",
    0x0004: "TLS_RSA_WITH_RC4_128_MD5",
    0x0005: "TLS_RSA_WITH_RC4_128_SHA",
    0xC007: "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    0xC011: "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    0x0009: "TLS_RSA_WITH_DES_CBC_SHA",
    0x0015: "TLS_DHE_RSA_WITH_DES_CBC_SHA",
    0x0018: "TLS_DH_anon_WITH_RC4_128_MD5",
    0x0034: "TLS_DH_anon_WITH_AES_128_CBC_SHA",
    0x003A: "TLS_DH_anon_WITH_AES_256_CBC_SHA",
    0x00A6: "TLS_DH_anon_WITH_AES_128_GCM_SHA256",
    0xC018: "TLS_ECDH_anon_WITH_AES_128_CBC_SHA",
    0xC019: "TLS_ECDH_anon_WITH_AES_256_CBC_SHA",
}
"""Without encryption, without authentication, or of less than 112 bits; RC4. By the registry of IANA."""
ALERTS: Final = {
    10: "unexpected message",
    40: "handshake failure",
    47: "illegal parameter",
    50: "decode error",
    70: "protocol version",
    71: "insufficient security",
    80: "internal error",
    86: "inappropriate fallback",
    112: "unrecognized name",
}
_ALERT, _HANDSHAKE = 21, 22
_SERVER_HELLO, _CERTIFICATE, _CERTIFICATE_REQUEST, _DONE = 2, 11, 13, 14
# Groups, point formats and signature algorithms (RFC 8422, RFC 8446 section 4.2.3), old ones too.
_GROUPS: Final = (29, 23, 24, 25)
_SIGNATURES: Final = (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201)


@dataclass(frozen=True, slots=True)
class Flight:
    """What a server has said to a ClientHello."""

    version: int = 0
    """That it has agreed on; 0: on none."""
    suite: int = 0
    certificates: tuple[bytes, ...] = ()
    """DER, its own first."""
    asks_for_certificate: bool = False
    alert: int | None = None
    """With which it has refused."""
    ended: bool = False
    """Nothing more is to come."""

    @property
    def says(self) -> str:
        """What it has said, in a few words."""
        if self.version:
            suite = WEAK_SUITES.get(self.suite, f"suite 0x{self.suite:04X}")
            return f"ServerHello: {VERSIONS.get(self.version, hex(self.version))}, {suite}"
        if self.alert is not None:
            return f"alert: {ALERTS.get(self.alert, str(self.alert))}"
        return "no ServerHello"


def client_hello(host: str, version: int = TLS_1_2, suites: Sequence[int] = ORDINARY_SUITES) -> bytes:
    """One record with a ClientHello.

    - `host`: whom it is for; an IP address is not told (RFC 6066, section 3).
    - `version`: the newest that is offered.
    - `suites`: all that are offered.
    """
    extensions = b""
    if version > SSL_3:
        if not _is_address(host):
            name = host.encode("ascii", "ignore")
            extensions += _extension(0, _sized(2, b"\0" + _sized(2, name)))
        extensions += _extension(10, _sized(2, struct.pack(f">{len(_GROUPS)}H", *_GROUPS)))
        extensions += _extension(11, _sized(1, b"\0"))
        if version >= TLS_1_2:
            extensions += _extension(13, _sized(2, struct.pack(f">{len(_SIGNATURES)}H", *_SIGNATURES)))
        extensions += _extension(0xFF01, b"\0")
    body = struct.pack(">H", version) + os.urandom(32) + b"\0"
    body += _sized(2, struct.pack(f">{len(suites)}H", *suites)) + b"\x01\0"
    if extensions:
        body += _sized(2, extensions)
    message = b"\x01" + _sized(3, body)
    return struct.pack(">BH", _HANDSHAKE, min(version, TLS_1_0)) + _sized(2, message)


def read_flight(octets: bytes) -> Flight:
    """What has come up to now. What is no TLS is an ended flight that says nothing."""
    messages, alert, broken = _records(octets)
    version = suite = 0
    certificates: tuple[bytes, ...] = ()
    asks = done = False
    try:
        while len(messages) >= 4:
            kind, size = messages[0], int.from_bytes(messages[1:4])
            if len(messages) < 4 + size:
                break
            body, messages = messages[4 : 4 + size], messages[4 + size :]
            if kind == _SERVER_HELLO:
                behind = 35 + body[34]
                version, suite = struct.unpack(">H", body[:2])[0], struct.unpack(">H", body[behind : behind + 2])[0]
            elif kind == _CERTIFICATE:
                certificates = _certificates(body)
            asks |= kind == _CERTIFICATE_REQUEST
            done |= kind == _DONE
    except (IndexError, struct.error):
        broken = True
    return Flight(version, suite, certificates, asks, alert, done or broken or alert is not None)


def _records(octets: bytes) -> tuple[bytes, int | None, bool]:
    """The octets of the handshake, the alert, and whether something else has come."""
    messages, alert = b"", None
    while len(octets) >= 5:
        kind, _, size = struct.unpack(">BHH", octets[:5])
        if kind not in (_ALERT, _HANDSHAKE):
            return messages, alert, True
        if len(octets) < 5 + size:
            break
        content, octets = octets[5 : 5 + size], octets[5 + size :]
        if kind == _HANDSHAKE:
            messages += content
        elif len(content) == 2 and content[0] == 2:  # a warning ends nothing
            alert = content[1]
    return messages, alert, False


def _certificates(body: bytes) -> tuple[bytes, ...]:
    found, rest = [], body[3:]
    while len(rest) >= 3:
        size = int.from_bytes(rest[:3])
        found.append(rest[3 : 3 + size])
        rest = rest[3 + size :]
    return tuple(found)


def _sized(octets: int, content: bytes) -> bytes:
    return len(content).to_bytes(octets) + content


def _extension(number: int, content: bytes) -> bytes:
    return struct.pack(">H", number) + _sized(2, content)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
