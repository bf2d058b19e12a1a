"""The options of `server`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emulator.environment.option_model import APath, Option, Texts
from emulator.environment.options import DIRECTORY, SERVED, ServeTls
from emulator.options.groups import (
    NETWORK,
    SERVER,
    AskedDirectory,
    LastingFaultOptions,
    StoreOptions,
    TraceOptions,
    TruthFolders,
)


class ServerOptions(StoreOptions, AskedDirectory, LastingFaultOptions, TraceOptions, TruthFolders):
    """Options of `server`; each says what its command line option of the same name says."""

    user: Annotated[
        str | None,
        Option("The server's own account in a directory over LDAP: svc@dsm.test or DSM\\svc.", DIRECTORY, "USER"),
    ] = None
    bind: Annotated[str, Option("Address to listen on. Loopback unless you say so.", NETWORK, "ADDRESS")] = (
        "127.0.0.1"
    )
    hosts: Annotated[
        Texts,
        Option(
            "DNS name or IP address by which clients reach the server, for its certificate; those of --bind and of "
            "this machine stand there by themselves. Repeatable.",
            SERVED,
            "NAME",
            flag="--host",
        ),
    ] = ()
    state: Annotated[
        APath | None,
        Option(
            "Folder that keeps the CA of the server's certificate, so that it is the same after a restart.",
            SERVED,
            "DIR",
            default="a throw-away CA",
            completion="folder",
        ),
    ] = None
    port: Annotated[
        int,
        Field(ge=0, le=65535),
        Option("Port to listen on; 0: a free one; 5362 is the one registered for DSM.", NETWORK, "N"),
    ] = 5362
    http: Annotated[bool, Option("Plain HTTP instead of HTTPS.", NETWORK)] = False
    tls: ServeTls = ServeTls()
    ca_file: Annotated[
        APath | None,
        Option(
            "PEM of the roots of subscribers that take events over HTTPS.",
            SERVED,
            "FILE",
            default="the system's",
            completion="file",
        ),
    ] = None
    time_limit: Annotated[
        float,
        Field(ge=0.1, allow_inf_nan=False),
        Option(
            "A job that has had no image and no end for so long is aborted (the documents: 600).", SERVER, "SECONDS"
        ),
    ] = 600.0
    strict: Annotated[bool, Option("Refuse every deviation from the documents.", SERVER)] = False
