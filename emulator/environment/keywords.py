"""Made from the models in emulator/options by docs/make_options.py: change those, and run it."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Literal, TypedDict

from emulator.directory.secret import Secret
from emulator.trust.passwords import Ask

if TYPE_CHECKING:
    AnyPath = str | PathLike[str]


class TrustKeywords(TypedDict, total=False):
    """How others are trusted, as keywords."""

    ca_file: AnyPath | None
    client_cert: AnyPath | None
    client_key: AnyPath | None
    insecure: bool
    crls: AnyPath | Sequence[AnyPath]
    client_password_file: AnyPath | None
    ask: Ask | None
    ca_url: str | None
    ca_sha256: str | None
    crl: AnyPath | Sequence[AnyPath]


class LdapKeywords(TypedDict, total=False):
    """How a directory over LDAP is asked, as keywords."""

    password: Secret | None
    password_file: AnyPath | None
    auth: Literal["auto", "ntlm", "kerberos", "simple"]
    start_tls: bool
    ca_file: AnyPath | None
    dns_server: str | None
    timeout: float
    roots: bool
    directory_auth: Literal["auto", "ntlm", "kerberos", "simple"]
    directory_ca_file: AnyPath | None
    directory_timeout: float
    directory_roots: bool
