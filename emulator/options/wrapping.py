"""The options of `exec`."""

from __future__ import annotations

from typing import Annotated

from emulator.environment.option_model import APath, Option, Texts
from emulator.options.groups import (
    DEVICE,
    NETWORK,
    SERVER,
    AskedDirectory,
    FaultOptions,
    Habits,
    ReportOptions,
)


class ExecOptions(AskedDirectory, FaultOptions, ReportOptions):
    """Options of `exec`; each says what its command line option of the same name says."""

    command: Annotated[
        Texts,
        Option("The command that is wrapped, with its arguments.", DEVICE, "-- COMMAND...", argument=True),
    ]
    devices: Annotated[
        Texts,
        Option(
            "Devices on loopback: so many of office-mfp, or one of a profile (a name or a TOML file). Repeatable.",
            DEVICE,
            "N|PROFILE",
        ),
    ] = ()
    server: Annotated[
        bool, Option("The embedded scan server. Without --devices and --server there are both.", SERVER)
    ] = False
    store: Annotated[
        APath | None,
        Option("Where it stores.", SERVER, "DIR", default="a folder that goes with it", completion="folder"),
    ] = None
    delivery: Annotated[
        APath | None,
        Option(
            "Where it delivers to: mail server, SharePoint libraries, SMB shares.",
            SERVER,
            "FILE.toml",
            completion="file",
        ),
    ] = None
    habits: Habits = ()
    strict: Annotated[bool, Option("Devices and server refuse every deviation.", SERVER)] = False
    multicast: Annotated[bool, Option("No Hello, no answer to multicast Probes.", NETWORK, negated=True)] = True
