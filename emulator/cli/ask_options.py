"""The options of all commands that ask a device or a server: trust, patience, trace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from emulator.environment.options import ServeTls, TrustOptions
    from emulator.inspector.conversation import AskOptions

TRUST: Final = "Trust"
"""Panel of the help."""

CaFile = Annotated[
    Path | None,
    typer.Option(
        help="PEM of the roots to trust instead of the system's.", rich_help_panel=TRUST, show_default=False
    ),
]
CaUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Fetch the root to trust from there (a server's /ca.pem); --ca-sha256 says which it must be.",
        rich_help_panel=TRUST,
        show_default=False,
    ),
]
CaSha256 = Annotated[
    str | None,
    typer.Option(
        metavar="HEX",
        help="SHA-256 fingerprint of the root of --ca-url.",
        rich_help_panel=TRUST,
        show_default=False,
    ),
]
Crl = Annotated[
    list[Path] | None,
    typer.Option(
        help="Revocation list (PEM or DER) of the CA of the server's certificate; several for a whole chain.",
        rich_help_panel=TRUST,
        show_default=False,
    ),
]
ClientCert = Annotated[
    Path | None,
    typer.Option(
        help="Certificate to show to a peer that asks (strong mode): PEM or PKCS#12.",
        rich_help_panel=TRUST,
        show_default=False,
    ),
]
ClientKey = Annotated[
    Path | None,
    typer.Option(
        help="PEM of its key, where it is not in the same file.", rich_help_panel=TRUST, show_default=False
    ),
]
ClientPasswordFile = Annotated[
    Path | None,
    typer.Option(
        help="File with the password of the key. Default: DSM_EMULATOR_CLIENT_CERT_PASSWORD, else you are asked.",
        rich_help_panel=TRUST,
        show_default=False,
    ),
]
Insecure = Annotated[
    bool, typer.Option("--insecure", help="Take any certificate of the peer.", rich_help_panel=TRUST)
]
TlsCert = Annotated[
    Path | None,
    typer.Option(
        help="The server's certificate: PEM or PKCS#12. Default: a throw-away CA makes one.",
        rich_help_panel=TRUST,
        show_default=False,
    ),
]
TlsKey = Annotated[
    Path | None,
    typer.Option(
        help="PEM of its key, where it is not in the same file.", rich_help_panel=TRUST, show_default=False
    ),
]
TlsPasswordFile = Annotated[
    Path | None,
    typer.Option(
        help="File with the password of the key. Default: DSM_EMULATOR_TLS_CERT_PASSWORD, else you are asked.",
        rich_help_panel=TRUST,
        show_default=False,
    ),
]
ClientCa = Annotated[
    Path | None,
    typer.Option(
        help="Strong mode: clients must show a certificate of a CA in this PEM.",
        rich_help_panel=TRUST,
        show_default=False,
    ),
]
ClientCrl = Annotated[
    list[Path] | None,
    typer.Option(help="Revocation list of such a CA (PEM or DER).", rich_help_panel=TRUST, show_default=False),
]
LOOPBACK = "127.0.0.1"
ControlBind = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS",
        help="Address that the control API listens on, in plain HTTP; 0.0.0.0 and :: mean all.",
    ),
]
ControlToken = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Its first line is the token of the control API. Default: DSM_EMULATOR_TOKEN, else one is made and "
        "press finds it.",
        show_default=False,
    ),
]
EventsCert = Annotated[
    Path | None,
    typer.Option(
        help="Take events over HTTPS with this certificate: PEM or PKCS#12.",
        rich_help_panel=TRUST,
        show_default=False,
    ),
]
EventsKey = Annotated[
    Path | None,
    typer.Option(
        help="PEM of its key, where it is not in the same file.", rich_help_panel=TRUST, show_default=False
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that are there already.")]
Timeout = Annotated[
    float, typer.Option(min=0.1, help="Seconds to connect, and seconds of silence until an answer.")
]
Trace = Annotated[
    Path | None,
    typer.Option(metavar="FILE.har", help="Record what goes over the wire (HAR 1.2).", show_default=False),
]


def trust_options(
    ca_file: Path | None,
    crl: list[Path] | None,
    client_cert: Path | None,
    client_key: Path | None,
    client_password_file: Path | None,
    insecure: bool,
    ca_url: str | None = None,
    ca_sha256: str | None = None,
) -> TrustOptions:
    """The options as the lab takes them."""
    from emulator.cli.passwords import ask_password
    from emulator.environment.options import TrustOptions

    return TrustOptions(
        ca_file,
        client_cert,
        client_key,
        insecure,
        tuple(crl or ()),
        client_password_file,
        ask_password,
        ca_url,
        ca_sha256,
    )


def serve_tls(
    cert: Path | None,
    key: Path | None,
    password_file: Path | None,
    client_ca: Path | None,
    client_crl: list[Path] | None,
) -> ServeTls:
    """The options as the lab takes them."""
    from emulator.cli.passwords import ask_password
    from emulator.environment.options import ServeTls

    return ServeTls(cert, key, password_file, client_ca, tuple(client_crl or ()), ask_password)


def ask_options(
    trust: TrustOptions,
    timeout: float,
    trace: Path | None,
    events_cert: Path | None = None,
    events_key: Path | None = None,
    *,
    overwrite: bool = False,
) -> AskOptions:
    """The options as the lab takes them."""
    from emulator.inspector.conversation import AskOptions

    return AskOptions(trust, timeout, trace, overwrite, events_cert, events_key)
