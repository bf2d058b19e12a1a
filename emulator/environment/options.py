"""How others are trusted, how clients are served, how a directory is asked: options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal, Unpack

from pydantic import Field

from emulator.directory.secret import Secret
from emulator.environment.option_model import APath, Option, Options, Paths, Texts
from emulator.trust.passwords import CLIENT_VARIABLE, SERVER_VARIABLE, Ask

if TYPE_CHECKING:
    from emulator.environment.keywords import LdapKeywords, TrustKeywords

TRUST: Final = "Trust"
SERVED: Final = "Certificate of its own"
DIRECTORY: Final = "Directory"
CERTIFICATES: Final = "Certificates"


class TrustOptions(Options):
    """How the scan server is trusted and how the device identifies itself to it (spec: DSM security modes)."""

    ca_file: Annotated[
        APath | None,
        Option("PEM of the roots to trust.", TRUST, "FILE", default="the system's", completion="file"),
    ] = None
    client_cert: Annotated[
        APath | None,
        Option(
            "Certificate to show to a peer that asks (strong mode): PEM or PKCS#12.",
            TRUST,
            "FILE",
            completion="file",
        ),
    ] = None
    client_key: Annotated[
        APath | None,
        Option("PEM of its key, where it is not in the same file.", TRUST, "FILE", completion="file"),
    ] = None
    insecure: Annotated[bool, Option("Take any certificate of the peer.", TRUST)] = False
    crls: Annotated[
        Paths,
        Option(
            "Revocation list (PEM or DER) of the CA of the server's certificate. Repeatable: a whole chain.",
            TRUST,
            "FILE",
            flag="--crl",
            completion="file",
        ),
    ] = ()
    client_password_file: Annotated[
        APath | None,
        Option(
            "File with the password of the key; without it you are asked.",
            TRUST,
            "FILE",
            variable=CLIENT_VARIABLE,
            completion="file",
        ),
    ] = None
    ask: Ask | None = None
    """Asks a person for the password of the key, where neither file nor environment gives it."""
    ca_url: Annotated[
        str | None,
        Option(
            "Fetch the root to trust from there (a server's /ca.pem); --ca-sha256 says which it must be.",
            TRUST,
            "URL",
        ),
    ] = None
    ca_sha256: Annotated[
        str | None, Option("SHA-256 fingerprint of the root of --ca-url.", TRUST, "HEX", flag="--ca-sha256")
    ] = None

    if TYPE_CHECKING:

        def __init__(self, **keywords: Unpack[TrustKeywords]) -> None: ...


class ServeTls(Options):
    """How clients are served over HTTPS."""

    cert: Annotated[
        APath | None,
        Option(
            "The certificate that clients see: PEM or PKCS#12.",
            SERVED,
            "FILE",
            flag="--tls-cert",
            default="a throw-away CA makes one",
            completion="file",
        ),
    ] = None
    key: Annotated[
        APath | None,
        Option(
            "PEM of its key, where it is not in the same file.",
            SERVED,
            "FILE",
            flag="--tls-key",
            completion="file",
        ),
    ] = None
    password_file: Annotated[
        APath | None,
        Option(
            "File with the password of the key; without it you are asked.",
            SERVED,
            "FILE",
            flag="--tls-password-file",
            variable=SERVER_VARIABLE,
            completion="file",
        ),
    ] = None
    client_ca: Annotated[
        APath | None,
        Option(
            "Strong mode: clients must show a certificate of a CA in this PEM.", SERVED, "FILE", completion="file"
        ),
    ] = None
    client_crls: Annotated[
        Paths,
        Option(
            "Revocation list of such a CA (PEM or DER). Repeatable.",
            SERVED,
            "FILE",
            flag="--client-crl",
            completion="file",
        ),
    ] = ()
    ask: Ask | None = None
    """As of TrustOptions."""


class LdapOptions(Options):
    """How a directory over LDAP is asked; nothing of it matters for a folder."""

    password: Secret | None = Field(default=None, repr=False)
    """Of the user who binds."""
    password_file: Annotated[
        APath | None,
        Option(
            "Its first line is the password of the user; a command without it asks at a terminal.",
            DIRECTORY,
            "FILE",
            variable="DSM_PASSWORD",
            completion="file",
        ),
    ] = None
    auth: Annotated[
        Literal["auto", "ntlm", "kerberos", "simple"],
        Option(
            "The kind of bind. auto: simple inside TLS; else Kerberos if it can be tried, else NTLM, both sealed.",
            DIRECTORY,
            flag="--directory-auth",
        ),
    ] = "auto"
    start_tls: Annotated[bool, Option("Begin TLS on the LDAP port before the bind.", DIRECTORY)] = False
    ca_file: Annotated[
        APath | None,
        Option(
            "PEM of the roots for ldaps and StartTLS.",
            DIRECTORY,
            "FILE",
            flag="--directory-ca-file",
            default="as --ca-file, else the system's",
            completion="file",
        ),
    ] = None
    dns_server: Annotated[
        str | None,
        Option("DNS server that knows the domain.", DIRECTORY, "ADDRESS", default="the system's"),
    ] = None
    timeout: Annotated[
        float,
        Field(ge=0.1, allow_inf_nan=False),
        Option("Longest time for a question, all in all.", DIRECTORY, "SECONDS", flag="--directory-timeout"),
    ] = 30.0
    roots: Annotated[
        bool,
        Option(
            "Trust the scan server by the enterprise roots that the directory publishes.",
            DIRECTORY,
            flag="--directory-roots",
        ),
    ] = False

    if TYPE_CHECKING:

        def __init__(self, **keywords: Unpack[LdapKeywords]) -> None: ...


class LabCaOptions(Options):
    """Options of `lab-ca`; each says what its command line option of the same name says."""

    folder: Annotated[APath, Option("Folder of the CA.", CERTIFICATES, "DIR", argument=True, completion="folder")]
    servers: Annotated[
        Texts,
        Option(
            "A certificate for a server or device of these DNS names and IP addresses. Repeatable.",
            CERTIFICATES,
            "NAME[,NAME]...",
            flag="--server",
        ),
    ] = ()
    users: Annotated[
        Texts,
        Option(
            "A certificate for a user: demo of the folder of users, or any demo@contoso.example. Repeatable.",
            CERTIFICATES,
            "USER",
            flag="--user",
        ),
    ] = ()
    revoked: Annotated[
        Texts,
        Option(
            "Put the certificate of that name onto the revocation list. Repeatable.",
            CERTIFICATES,
            "NAME",
            flag="--revoke",
        ),
    ] = ()
    directory: Annotated[
        APath | None,
        Option(
            "Folder of users and scan processes.",
            DIRECTORY,
            "DIR",
            default="the office that comes along",
            completion="folder",
        ),
    ] = None
    key_kind: Annotated[
        Literal["rsa", "ec"], Option("RSA of 2048 bits, or NIST P-256.", CERTIFICATES, flag="--key")
    ] = "rsa"
    crl_url: Annotated[
        str,
        Option(
            "URL of the revocation list, written into the certificates (Windows wants one).", CERTIFICATES, "URL"
        ),
    ] = ""
    password_file: Annotated[
        APath | None,
        Option(
            "File with the password of the PKCS#12 files.",
            CERTIFICATES,
            "FILE",
            default="a new one for each",
            completion="file",
        ),
    ] = None
    legacy: Annotated[
        bool, Option("PKCS#12 for Windows before 10 and Server 2019 (3DES, SHA-1).", CERTIFICATES)
    ] = False
    overwrite: Annotated[
        bool, Option("Make certificates anew that are there already.", CERTIFICATES, hidden=("--force",))
    ] = False
