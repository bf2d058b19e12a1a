"""Whom a user's certificate names, as Active Directory maps it: by the SID extension (KB5014754), else by the user
principal name, else by the e-mail address in the subjectAltName. [dsp/security/strong-mode-client-certificate]
[dsp/security/weak-mode-user]"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from cryptography import x509

UPN: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
"""szOID_NT_PRINCIPAL_NAME: an otherName of the subjectAltName, UTF8String."""
SECURITY_EXTENSION: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.25.2")
"""szOID_NTDS_CA_SECURITY_EXT (MS-WCCE 2.2.2.7.7.4)."""
_OBJECT_SID: Final = x509.ObjectIdentifier("1.3.6.1.4.1.311.25.2.1")
"""szOID_NTDS_OBJECTSID: an otherName in that extension, an OCTET STRING with the SID as text."""
_SID: Final = re.compile(
    rb"\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x19\x02\x01\xa0.\x04.(S-1-[0-9-]{1,180})\Z", re.DOTALL
)
_UTF8_STRING: Final = 0x0C
_OCTET_STRING: Final = 0x04


@dataclass(frozen=True, slots=True)
class UserIdentity:
    """What a certificate says of its user; '' and () where it says nothing."""

    subject: str
    sid: str = ""
    principals: tuple[str, ...] = ()
    """User principal names, `demo@contoso.example`."""
    mails: tuple[str, ...] = ()

    def is_of(self, *, sid: str, principal: str, mail: str) -> bool:
        """Whether that user is meant. What maps more strongly decides: a SID that differs is not mended by a
        name."""
        if self.sid:
            return self.sid.casefold() == sid.casefold()
        if self.principals:
            return principal.casefold() in (each.casefold() for each in self.principals)
        return bool(mail) and mail.casefold() in (each.casefold() for each in self.mails)

    def __str__(self) -> str:
        found = self.sid or ", ".join(self.principals) or ", ".join(self.mails)
        return found or f"{self.subject} (no SID, no UPN, no e-mail address)"


def identity_of(der: bytes) -> UserIdentity:
    """The identity in a certificate. Raises ValueError for what cannot be read."""
    certificate = x509.load_der_x509_certificate(der)
    try:
        extensions = certificate.extensions
    except x509.DuplicateExtension as error:
        raise ValueError(str(error)) from None
    sid, principals, mails = "", [], []
    for extension in extensions:
        if extension.oid == SECURITY_EXTENSION and isinstance(extension.value, x509.UnrecognizedExtension):
            match = _SID.search(extension.value.value)
            sid = match[1].decode("ascii") if match else ""
        if isinstance(extension.value, x509.SubjectAlternativeName):
            for name in extension.value:
                if isinstance(name, x509.OtherName) and name.type_id == UPN:
                    principals.append(_utf8_string(name.value))
                elif isinstance(name, x509.RFC822Name):
                    mails.append(name.value)
    subject = certificate.subject.rfc4514_string()
    return UserIdentity(subject, sid, tuple(filter(None, principals)), tuple(mails))


def principal_name(text: str) -> x509.OtherName:
    """A UPN for a subjectAltName. Raises ValueError for one that is too long."""
    return x509.OtherName(UPN, _der(_UTF8_STRING, text.encode()))


def security_extension(sid: str) -> x509.UnrecognizedExtension:
    """The extension that names the account by its SID."""
    value = x509.OtherName(_OBJECT_SID, _der(_OCTET_STRING, sid.encode("ascii")))
    # It is encoded as GeneralNames, like a subjectAltName.
    return x509.UnrecognizedExtension(SECURITY_EXTENSION, x509.SubjectAlternativeName([value]).public_bytes())


def _der(tag: int, content: bytes) -> bytes:
    if len(content) > 0xFF:
        raise ValueError(f"{len(content)} octets are too many for a name in a certificate")
    length = bytes([len(content)]) if len(content) < 0x80 else bytes([0x81, len(content)])
    return bytes([tag]) + length + content


def _utf8_string(der: bytes) -> str:
    """'' for what is no UTF8String."""
    if len(der) < 2 or der[0] != _UTF8_STRING:
        return ""
    start = 2 if der[1] < 0x80 else 2 + (der[1] & 0x7F)
    if start > 2 + 2 or len(der) - start != int.from_bytes(der[2:start] or der[1:2], "big"):
        return ""
    return der[start:].decode("utf-8", "replace")
