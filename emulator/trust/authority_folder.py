"""A lab CA that is kept in a folder, with the certificates that it has issued: PEM for openssl and most servers,
PKCS#12 and DER for Windows."""

from __future__ import annotations

import contextlib
import datetime
import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

from emulator.trust.authority import KeyKind, LabAuthority, ServerCertificate, revoked_entry, write_key
from emulator.trust.errors import TrustError
from emulator.trust.key_pair import read

CA_DAYS: Final = 3650
"""Life of a CA that is kept."""
CA_PEM: Final = "ca.pem"
CA_DER: Final = "ca.cer"
"""What a double click on Windows opens."""
CA_KEY: Final = "ca-key.pem"
CRL_PEM: Final = "ca-crl.pem"
CRL_DER: Final = "ca.crl"
_RESERVED: Final = frozenset({"ca", "ca-key", "ca-crl"})
_UNSAFE: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_PASSWORD_CHARACTERS: Final = string.ascii_letters + string.digits
_PASSWORD_LENGTH: Final = 20


@dataclass(frozen=True, slots=True)
class IssuedFiles:
    """The files of one certificate."""

    name: str
    certificate: Path
    """PEM, the CA's behind it."""
    key: Path
    """PEM, without a password; for its owner alone."""
    pkcs12: Path
    password_file: Path
    """Password of `pkcs12`; for its owner alone."""
    made: bool = True
    """False: it was there already and has been left alone."""


@dataclass(slots=True)
class AuthorityFolder:
    """Use `open`."""

    folder: Path
    authority: LabAuthority
    made: bool
    """The CA is new."""
    legacy: bool = False
    """PKCS#12 by 3DES and SHA-1, as Windows before 10 and Server 2019 reads it."""
    _now: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))

    @classmethod
    def open(
        cls, folder: Path, *, key_kind: KeyKind = "rsa", crl_url: str = "", legacy: bool = False
    ) -> AuthorityFolder:
        """The CA of a folder, made when there is none. Raises TrustError for files that are not those of a lab CA,
        OSError for a folder that cannot be used."""
        certificate, key = folder / CA_PEM, folder / CA_KEY
        there = [path for path in (certificate, key) if path.exists()]
        if len(there) == 1:
            missing = key if there == [certificate] else certificate
            raise TrustError(f"{folder}: {there[0].name} is there and {missing.name} is not")
        if there:
            authority = _load(certificate, key, key_kind, crl_url)
            return cls(folder, authority, made=False, legacy=legacy)
        folder.mkdir(parents=True, exist_ok=True)
        authority = LabAuthority.create(
            f"DSM emulator lab CA {secrets.token_hex(3)}", key_kind=key_kind, days=CA_DAYS, crl_url=crl_url
        )
        made = cls(folder, authority, made=True, legacy=legacy)
        # The key comes last: a folder with a key is whole.
        certificate.write_bytes(authority.certificate_pem)
        (folder / CA_DER).write_bytes(authority.certificate.public_bytes(Encoding.DER))
        made._write_crl([], 1)
        write_key(key, authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return made

    def issue_server(self, names: Sequence[str], *, password: str = "", force: bool = False) -> IssuedFiles:
        """Files for a server (or device) of those DNS names and IP addresses. Raises ValueError for a name that
        cannot stand in a certificate, TrustError for one that cannot name a file."""
        files = self._files(names[0])
        if not force and files.certificate.exists():
            return _left(files)
        return self._write(files, self.authority.issue_server(names), password)

    def issue_user(
        self, principal: str, *, sid: str = "", mail: str = "", password: str = "", force: bool = False
    ) -> IssuedFiles:
        """Files for a user; what stands in for a smart card. Raises as `issue_server`.

        - `principal`: the user principal name.
        - `sid`: the security identifier; '' for none.
        - `mail`: the e-mail address; '' for none.
        - `password`: of the key's file; '' for none.
        - `force`: whether files that are there are replaced.
        """
        files = self._files(principal)
        if not force and files.certificate.exists():
            return _left(files)
        return self._write(files, self.authority.issue_user(principal, sid=sid, mail=mail), password)

    def revoke(self, name: str) -> bool:
        """Put the certificate of that name onto the revocation list; False: it stood there. Raises TrustError."""
        path = self._files(name).certificate
        data = read(path, "certificate")
        try:
            serial = x509.load_pem_x509_certificate(data).serial_number
        except ValueError:
            raise TrustError(f"certificate {path}: no PEM certificate in it") from None
        crl = self.crl()
        if crl.get_revoked_certificate_by_serial_number(serial) is not None:
            return False
        number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        self._write_crl([*crl, revoked_entry(serial)], number + 1)
        return True

    def crl(self) -> x509.CertificateRevocationList:
        """The revocation list. Raises TrustError."""
        path = self.folder / CRL_PEM
        try:
            crl = x509.load_pem_x509_crl(read(path, "CRL"))
            crl.extensions.get_extension_for_class(x509.CRLNumber)
        except (ValueError, x509.ExtensionNotFound):
            raise TrustError(f"CRL {path}: it is not the list of a lab CA") from None
        return crl

    def _write_crl(self, entries: Sequence[x509.RevokedCertificate], number: int) -> None:
        crl = self.authority.revoke(entries, number=number)
        for name, encoding in ((CRL_PEM, Encoding.PEM), (CRL_DER, Encoding.DER)):
            temporary = self.folder / f"{name}.{secrets.token_hex(4)}.tmp"
            try:
                temporary.write_bytes(crl.public_bytes(encoding))
                temporary.replace(self.folder / name)  # a server may be reading it
            except OSError:
                with contextlib.suppress(OSError):
                    temporary.unlink()
                raise

    def _files(self, name: str) -> IssuedFiles:
        safe = _UNSAFE.sub("_", name).strip(" .")
        if not safe or safe.casefold() in _RESERVED:
            raise TrustError(f"{name!r} cannot name a file in {self.folder}")
        there = self.folder
        return IssuedFiles(
            name,
            there / f"{safe}.pem",
            there / f"{safe}-key.pem",
            there / f"{safe}.p12",
            there / f"{safe}.password",
        )

    def _write(self, files: IssuedFiles, issued: ServerCertificate, password: str) -> IssuedFiles:
        password = password or "".join(secrets.choice(_PASSWORD_CHARACTERS) for _ in range(_PASSWORD_LENGTH))
        key = _signing_key(issued.key_pem)
        bundle = pkcs12.serialize_key_and_certificates(
            files.name.encode(),
            key,
            x509.load_pem_x509_certificate(issued.cert_pem),
            [self.authority.certificate],
            self._encryption(password),
        )
        write_key(files.key, issued.key_pem)
        write_key(files.password_file, f"{password}\n".encode())
        write_key(files.pkcs12, bundle)
        # The certificate comes last: by it the files are known to be there.
        files.certificate.write_bytes(issued.cert_pem + self.authority.certificate_pem)
        return files

    def _encryption(self, password: str) -> KeySerializationEncryption:
        if not self.legacy:
            return BestAvailableEncryption(password.encode())
        return (
            PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(2048)
            .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
            .hmac_hash(hashes.SHA1())  # noqa: S303 - what those Windows read
            .build(password.encode())
        )


def _left(files: IssuedFiles) -> IssuedFiles:
    return IssuedFiles(files.name, files.certificate, files.key, files.pkcs12, files.password_file, made=False)


def _load(certificate: Path, key: Path, key_kind: KeyKind, crl_url: str) -> LabAuthority:
    try:
        ca = x509.load_pem_x509_certificate(read(certificate, "CA certificate"))
        own = _signing_key(read(key, "CA key"))
    except (ValueError, TypeError) as error:
        raise TrustError(f"{certificate.parent}: the CA in it cannot be read: {error}") from None
    if ca.public_key() != own.public_key():
        raise TrustError(f"{certificate.parent}: {key.name} is not the key of {certificate.name}")
    return LabAuthority(ca, own, key_kind=key_kind, crl_url=crl_url)


def _signing_key(pem: bytes) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    key = load_pem_private_key(pem, None)
    if not isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
        raise ValueError("its key is neither RSA nor EC")
    return key
