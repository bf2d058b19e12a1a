"""Mutants of the secured channel: what is agreed on, which certificate is shown, who is let in."""

from __future__ import annotations

import ssl
import tempfile
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

from mutant import Mutant, rewritten, text

from emulator.conformance.direct.tls import stranger
from emulator.trust.authority import LabAuthority, ServerCertificate
from emulator.trust.contexts import allow_old, flawed_server_context, server_context_from
from emulator.trust.flawed import Flaw, flawed_server
from emulator.trust.server_tls import ServerContext

TLS = ("tls/*", "dsp/security/*", "dsc/wire/*")
HOST = "127.0.0.1"


@cache
def authority() -> LabAuthority:
    """The CA of the judged servers."""
    return LabAuthority.create("CA of the mutants")


@cache
def certificate() -> ServerCertificate:
    """As it should be."""
    return authority().issue_server([HOST])


def as_it_should_be(client_ca: Path | None = None) -> ServerContext:
    """The context of a server without a mutant."""
    return server_context_from(certificate(), client_ca=client_ca)


def _old() -> ssl.SSLContext:
    context = as_it_should_be()
    allow_old(context, ssl.TLSVersion.TLSv1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def _new_alone() -> ssl.SSLContext:
    context = as_it_should_be()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _no_encryption() -> ssl.SSLContext:
    context = as_it_should_be()
    context.set_ciphers("ALL:eNULL:aNULL:@SECLEVEL=0")
    return context


def _showing(made: Callable[[], ServerCertificate]) -> Callable[[], ssl.SSLContext]:
    return lambda: flawed_server_context(made())


def _flawed(flaw: Flaw) -> Callable[[], ssl.SSLContext]:
    return _showing(lambda: flawed_server(authority(), [HOST], flaw))


def _with_a_stranger_behind() -> ServerCertificate:
    other = LabAuthority.create("A stranger").certificate_pem
    return ServerCertificate(certificate().cert_pem + other, certificate().key_pem)


def strong(*, demanded: bool = True, everybodys: bool = False) -> Callable[[], ssl.SSLContext]:
    """Strong authentication.

    - `demanded`: nobody is served without a certificate.
    - `everybodys`: those of an authority that nobody knows are taken too.
    """

    def context() -> ssl.SSLContext:
        with tempfile.TemporaryDirectory() as folder:
            serving = as_it_should_be(authority().write(Path(folder)))
        if everybodys:
            serving.load_verify_locations(cadata=stranger().certificate_pem.decode())
        serving.verify_mode = ssl.CERT_REQUIRED if demanded else ssl.CERT_OPTIONAL
        return serving

    return context


def _over_http(id: str) -> Mutant:
    """The last of the hosted services, which is WS-DSC, has an http address."""
    plain = text("(//wsdp:Hosted/wsa:EndpointReference/wsa:Address)[last()]", f"http://{HOST}:9/Configuration")
    return Mutant(id, "by plain HTTP", (rewritten(plain, "Get"),), tls=as_it_should_be, also=("*",))


FLAWS: tuple[tuple[str, str, Callable[[], ssl.SSLContext]], ...] = (
    ("dsp/security/tls-1-2", "TLS 1.3 alone", _new_alone),
    ("tls/version/old-refused", "TLS 1.0 too", _old),
    ("tls/suite/weak-refused", "suites without encryption", _no_encryption),
    ("tls/certificate/chain", "a stranger behind it", _showing(_with_a_stranger_behind)),
    ("tls/certificate/purpose", "that of a client", _showing(lambda: authority().issue_client(HOST))),
    ("tls/certificate/validity", "expired", _flawed("expired")),
    ("tls/certificate/name", "another", _showing(lambda: authority().issue_server(["elsewhere.example"]))),
    ("tls/certificate/strength", "an RSA key of 1024 bits", _flawed("weak-key")),
    ("tls/certificate/strength", "a signature over SHA-1", _flawed("sha-1-signature")),
    ("dsp/security/strong-mode-nobody-without", "it asks and lets in", strong(demanded=False)),
    (
        "dsp/security/strong-mode-no-stranger",
        "it asks and lets everybody in",
        strong(demanded=False, everybodys=True),
    ),
)

MUTANTS = (
    *(Mutant(id, does, tls=context, also=TLS) for id, does, context in FLAWS),
    *(
        Mutant(id, f"{does}, where it is probed", tls=as_it_should_be, door=context, also=(*TLS, "*"))
        for id, does, context in FLAWS
    ),
    _over_http("dsc/wire/https"),
    _over_http("dsp/security/dpws-security-model"),
)
