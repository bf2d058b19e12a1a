"""Why a certificate is not trusted, and why a peer does not take ours: the rule, and what breaks it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from cryptography import x509

from emulator.trust.client_tls import ClientContext
from emulator.trust.description import (
    describe,
    digest_of,
    is_self_signed,
    key_of,
    moment,
    name_of,
    names_in,
    read_certificates,
    usages_in,
)

Chain = Sequence[x509.Certificate]
"""The peer's own certificate first."""


def why_not_trusted(code: int, words: str, name: str, shown: Sequence[bytes], context: object) -> str:
    """The rule that failed and the certificate that failed it, on one line.

    - `code`, `words`: of OpenSSL's verification (x509_vfy.h: the codes are stable, the words are not).
    - `name`: that the peer was reached by.
    - `shown`: DER of the certificates that the peer shows, as far as they are known.
    """
    chain = read_certificates(shown)
    known = context if isinstance(context, ClientContext) else ClientContext
    rule, guilty = _RULES.get(code, _other)(_Case(words.rstrip("."), name, chain, known.roots, known.crls))
    if guilty is None:
        return rule
    where = "" if guilty is chain[0] else "in its chain "
    return f"{rule} ({where}{describe(guilty)})"


class _Case:
    """A verification that failed."""

    def __init__(self, words: str, name: str, chain: Chain, roots: str, crls: Iterable[bytes]) -> None:
        self.words = words
        self.name = name
        self.chain = chain
        self.roots = roots
        self.crls = [x509.load_der_x509_crl(der) for der in crls]
        self.now = datetime.datetime.now(datetime.UTC)

    @property
    def own(self) -> x509.Certificate | None:
        """The peer's own certificate."""
        return self.chain[0] if self.chain else None

    @property
    def top(self) -> x509.Certificate | None:
        """The last that the peer shows."""
        return self.chain[-1] if self.chain else None

    def first(self, guilty: Callable[[x509.Certificate], bool]) -> x509.Certificate | None:
        """The first of the chain that is guilty, else the peer's own."""
        return next((each for each in self.chain if guilty(each)), self.own)


_Found = tuple[str, x509.Certificate | None]


def _other(case: _Case) -> _Found:
    return case.words, case.own


def _not_yet_valid(case: _Case) -> _Found:
    return "it is not yet valid", case.first(lambda each: each.not_valid_before_utc > case.now)


def _expired(case: _Case) -> _Found:
    return "it has expired", case.first(lambda each: each.not_valid_after_utc < case.now)


def _self_signed(case: _Case) -> _Found:
    return f"it is self-signed and not among {case.roots}", case.own


def _unknown_root(case: _Case) -> _Found:
    root = case.first(is_self_signed)
    named = "" if root is None else f" {name_of(root.subject)}"
    return f"its CA{named} is unknown: it is not among {case.roots}", case.own


def _unknown_issuer(case: _Case) -> _Found:
    top = case.top
    named = "" if top is None else f" {name_of(top.issuer)}"
    return f"its CA{named} is unknown: it is not among {case.roots}", case.own


def _bad_signature(case: _Case) -> _Found:
    return "its signature is not that of its issuer", case.own


def _revoked(case: _Case) -> _Found:
    for certificate in case.chain:
        for crl in case.crls:
            if crl.issuer != certificate.issuer:
                continue
            entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
            if entry is not None:
                return f"it was revoked on {moment(entry.revocation_date_utc)}", certificate
    return "it has been revoked", case.own


def _no_crl(case: _Case) -> _Found:
    listed = {crl.issuer for crl in case.crls}
    guilty = case.first(lambda each: each.issuer not in listed)
    issuer = "its CA" if guilty is None else name_of(guilty.issuer)
    return f"no revocation list of {issuer} is among those given", guilty


def _crl_signature(case: _Case) -> _Found:
    return "the revocation list is not signed by its CA", case.own


def _crl_dates(case: _Case) -> _Found:
    own = case.own
    for crl in case.crls:
        if own is not None and crl.issuer == own.issuer and crl.next_update_utc is not None:
            dates = f"{moment(crl.last_update_utc)} to {moment(crl.next_update_utc)}"
            return f"the revocation list of its CA is not valid now, but from {dates}", own
    return "the revocation list of its CA is not valid now", own


def _purpose(case: _Case) -> _Found:
    own = case.own
    named = "" if own is None else f", but for {usages_in(own)}"
    return f"it is not for server authentication{named}", own


def _not_a_ca(case: _Case) -> _Found:
    return "its issuer is no CA", case.chain[1] if len(case.chain) > 1 else case.own


def _too_deep(case: _Case) -> _Found:
    return "its chain is longer than one of its CAs allows", case.own


def _name(case: _Case) -> _Found:
    own = case.own
    named = "" if own is None else f"; it is for {names_in(own)}"
    return f"it is not for {case.name}{named}", own


def _weak_key(case: _Case) -> _Found:
    own = case.own
    return f"its key is too weak{'' if own is None else f': {key_of(own)}'}", own


def _weak_ca_key(case: _Case) -> _Found:
    guilty = case.first(lambda each: each is not case.own and "RSA" in key_of(each))
    return f"the key of its CA is too weak{'' if guilty is None else f': {key_of(guilty)}'}", guilty


def _weak_digest(case: _Case) -> _Found:
    guilty = case.first(lambda each: digest_of(each) in ("SHA-1", "MD5") and not is_self_signed(each))
    digest = "a weak digest" if guilty is None else digest_of(guilty)
    return f"it is signed with {digest}, which proves nothing any more", guilty


_RULES: Final[dict[int, Callable[[_Case], _Found]]] = {
    2: _unknown_issuer,
    3: _no_crl,
    7: _bad_signature,
    8: _crl_signature,
    9: _not_yet_valid,
    10: _expired,
    11: _crl_dates,
    12: _crl_dates,
    18: _self_signed,
    19: _unknown_root,
    20: _unknown_issuer,
    21: _unknown_issuer,
    22: _too_deep,
    23: _revoked,
    24: _not_a_ca,
    25: _too_deep,
    26: _purpose,
    32: _not_a_ca,
    62: _name,
    64: _name,
    66: _weak_key,
    67: _weak_ca_key,
    68: _weak_digest,
    79: _not_a_ca,
}
"""By X509_V_ERR_* of OpenSSL's x509_vfy.h."""


_ALERTS: Final = {
    "certificate required": "it wants a client certificate",
    "bad certificate": "it does not take our client certificate",
    "unsupported certificate": "our client certificate is of a kind or for a use that it does not take",
    "certificate revoked": "our client certificate has been revoked",
    "certificate expired": "our client certificate is not valid now",
    "certificate unknown": "it does not take our client certificate",
    "unknown ca": "it does not know the CA of our client certificate",
    "access denied": "our client certificate gives no access",
}
"""TLS alerts (RFC 8446, section 6.2) that a server sends for a client's certificate alone, in OpenSSL's words."""
_HANDSHAKE_FAILURE: Final = "handshake failure"


def why_we_are_refused(alert: str, context: object, *, agreed: bool) -> str:
    """Why a server does not take us, where its alert is about a client certificate; '' for any other alert.
    `agreed`: protocol and cipher were agreed on before the alert came, so that "handshake failure", by which
    servers up to TLS 1.2 say that they want a certificate, can mean nothing else."""
    own = context.own if isinstance(context, ClientContext) else ""
    if alert == _HANDSHAKE_FAILURE and agreed:
        reason = "it does not take our client certificate" if own else "it wants a client certificate"
    elif alert in _ALERTS:
        reason = _ALERTS[alert]
    else:
        return ""
    if not own:
        # Without a certificate of ours every one of these alerts asks for one.
        return f"it wants a client certificate, and none was given (TLS alert: {alert}); --client-cert names one"
    return f"{reason}: {own} (TLS alert: {alert})"
