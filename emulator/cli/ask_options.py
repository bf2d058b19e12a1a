"""The options of all commands that ask a device or a server: trust, patience, trace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from emulator.lab.conversation import AskOptions

CaFile = Annotated[
    Path | None, typer.Option(help="PEM of the roots to trust instead of the system's.", show_default=False)
]
ClientCert = Annotated[
    Path | None, typer.Option(help="PEM of the certificate to show to a peer that asks.", show_default=False)
]
ClientKey = Annotated[
    Path | None, typer.Option(help="PEM of its key, where it is not in the same file.", show_default=False)
]
Insecure = Annotated[bool, typer.Option("--insecure", help="Take any certificate of the peer.")]
Timeout = Annotated[
    float, typer.Option(min=0.1, help="Seconds to connect, and seconds of silence until an answer.")
]
Trace = Annotated[
    Path | None,
    typer.Option(metavar="FILE.har", help="Record what goes over the wire (HAR 1.2).", show_default=False),
]


def ask_options(
    ca_file: Path | None,
    client_cert: Path | None,
    client_key: Path | None,
    insecure: bool,
    timeout: float,
    trace: Path | None,
) -> AskOptions:
    """The options as the lab takes them."""
    from emulator.lab.conversation import AskOptions
    from emulator.lab.options import TrustOptions

    return AskOptions(TrustOptions(ca_file, client_cert, client_key, insecure), timeout, trace)
