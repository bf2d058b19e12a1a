"""Alterations of certificates, and of how a secured connection begins and ends. Each is given its parameters, and
gives a deed (`faults/tls_deeds.py`). What passes is a handshake; but for certificate-changed, which is at an
operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field

from emulator.faults.alteration import CLIENT, EVERYBODY, HOSTS, Alteration, At, Parameters
from emulator.faults.operations import EVENTS, OPERATIONS
from emulator.faults.tls_deeds import (
    ChangeCertificate,
    NoGoodbye,
    RefuseHandshake,
    ShowCertificate,
    ShowNone,
    SpeakOld,
    StallHandshake,
    TrustNobody,
)

_LONGEST: Final = 3600

ALERTS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "handshake_failure": 40,
        "bad_certificate": 42,
        "certificate_expired": 45,
        "access_denied": 49,
        "protocol_version": 70,
        "insufficient_security": 71,
        "internal_error": 80,
        "unrecognized_name": 112,
        "certificate_required": 116,
    }
)
"""Of RFC 8446, section 6, those with which a server refuses."""


class Issued(Parameters):
    """By whom."""

    authority: Annotated[
        str,
        Field(
            max_length=4000,
            description="Folder of the lab CA that issues the certificate; needed where the one that is shown "
            "otherwise is the user's own.",
        ),
    ] = ""


class WrongName(Issued):
    """By whom, and for whom."""

    other: Annotated[
        str, Field(min_length=1, max_length=253, description="The DNS name or IP address that it is for.")
    ] = "elsewhere.example"


class Revoked(Issued):
    """By whom, and where that is told."""

    crl: Annotated[
        str,
        Field(min_length=1, max_length=4000, description="File into which the revocation list is written, as PEM."),
    ]


class Stalled(Parameters):
    """For how long, and what then."""

    seconds: Annotated[float, Field(gt=0, le=_LONGEST, description="How long nothing is said.")]
    then: Annotated[Literal["go-on", "close"], Field(description="What comes after.")] = "go-on"


class Alert(Parameters):
    """By which words."""

    alert: Annotated[
        Literal[
            "handshake_failure",
            "bad_certificate",
            "certificate_expired",
            "access_denied",
            "protocol_version",
            "insufficient_security",
            "internal_error",
            "unrecognized_name",
            "certificate_required",
        ],
        Field(description="The description of the alert."),
    ] = "handshake_failure"


def _shown(flaw: str) -> Callable[[Issued], ShowCertificate]:
    return lambda parameters: ShowCertificate(flaw, parameters.authority)


def _wrong_name(parameters: WrongName) -> ShowCertificate:
    return ShowCertificate("none", parameters.authority, name=parameters.other)


def _revoked(parameters: Revoked) -> ShowCertificate:
    return ShowCertificate("revoked", parameters.authority, crl=parameters.crl)


def _stalled(parameters: Stalled) -> StallHandshake:
    return StallHandshake(parameters.seconds, parameters.then == "close")


def _refused(parameters: Alert) -> RefuseHandshake:
    return RefuseHandshake(ALERTS[parameters.alert])


def _certificate(
    name: str, says: str, *, clause: str = "dsp/security/path-validation", source: str = ""
) -> Alteration:
    return Alteration(name, At.TLS, EVERYBODY, says, _shown(name), clause=clause, source=source, parameters=Issued)


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    _certificate("expired", "The certificate has expired yesterday."),
    _certificate("not-yet-valid", "The certificate becomes valid tomorrow."),
    _certificate("unknown-ca", "The certificate is issued by a CA that nobody trusts."),
    _certificate("self-signed", "The certificate is issued by itself."),
    _certificate("weak-key", "The certificate has an RSA key of 1024 bits.", source="NIST SP 800-131A, section 3"),
    _certificate(
        "sha-1-signature", "The certificate is signed over its SHA-1.", source="NIST SP 800-131A, section 3"
    ),
    Alteration(
        "wrong-name",
        At.TLS,
        HOSTS,
        "The certificate is for another name.",
        _wrong_name,
        clause="dsp/security/server-certificate-validated",
        parameters=WrongName,
    ),
    Alteration(
        "revoked",
        At.TLS,
        EVERYBODY,
        "The certificate is revoked: a list of its CA, written when the plan is read, has its number.",
        _revoked,
        clause="dsp/security/path-validation",
        parameters=Revoked,
    ),
    Alteration(
        "certificate-changed",
        At.TLS,
        HOSTS,
        "After an operation, the connection ends, and further ones meet another certificate, as good as the first.",
        lambda parameters: ChangeCertificate(),
        source="RFC 9110, section 4.2.2",
        of=("answer",),
        operations=tuple(sorted(set(OPERATIONS) - EVENTS)),
    ),
    Alteration(
        "no-client-certificate",
        At.TLS,
        CLIENT,
        "No certificate is shown to a server that asks for one.",
        lambda parameters: ShowNone(),
        clause="dsp/security/strong-mode-client-certificate",
        of=("request",),
    ),
    Alteration(
        "tls-1-0",
        At.TLS,
        EVERYBODY,
        "Only TLS 1.0 is spoken, where this OpenSSL has it.",
        lambda parameters: SpeakOld("1.0"),
        clause="dsp/security/tls-1-2",
        source="RFC 8996",
    ),
    Alteration(
        "tls-1-1",
        At.TLS,
        EVERYBODY,
        "Only TLS 1.1 is spoken, where this OpenSSL has it.",
        lambda parameters: SpeakOld("1.1"),
        clause="dsp/security/tls-1-2",
        source="RFC 8996",
    ),
    Alteration(
        "server-not-trusted",
        At.TLS,
        CLIENT,
        "The certificate of the server is refused by an alert, whoever has issued it.",
        lambda parameters: TrustNobody(),
        source="RFC 8446, section 6.2 (unknown_ca)",
        of=("request",),
    ),
    Alteration(
        "no-close-notify",
        At.TLS,
        EVERYBODY,
        "The connection ends without close_notify.",
        lambda parameters: NoGoodbye(),
        source="curl/curl issue 17471; openssl/openssl issue 11381; RFC 8446, section 6.1",
    ),
    Alteration(
        "handshake-stalled",
        At.TLS,
        EVERYBODY,
        "Nothing is said in the handshake for some time: a client is connected, a host has the first octets.",
        _stalled,
        source="RFC 8446, section 2",
        parameters=Stalled,
    ),
    Alteration(
        "handshake-refused",
        At.TLS,
        HOSTS,
        "A fatal alert answers the first octets of the client.",
        _refused,
        source="RFC 8446, section 6.2",
        parameters=Alert,
        of=("answer",),
    ),
)
