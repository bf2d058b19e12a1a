"""The options of `demo`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emulator.environment.option_model import APath, Option, Options
from emulator.options.groups import CONTROL, DEVICE, PAGES, SERVER, Speed


class DemoOptions(Options):
    """A device, a scan server, documents and the front panel in one."""

    documents: Annotated[
        str,
        Option(
            "Document set that lies in the feeder: a name or a TOML file.",
            PAGES,
            "SET",
            flag="--set",
            completion="documents",
        ),
    ] = "office-day"
    sheets: Annotated[int | None, Field(ge=1), Option("So many sheets of it.", PAGES, "N", default="all")] = None
    seed: Annotated[int, Field(ge=0), Option("Seed of the documents.", PAGES, "N")] = 0
    profile: Annotated[
        str, Option("Device profile: a name or a TOML file.", DEVICE, "PROFILE", completion="profile")
    ] = "office-mfp"
    speed: Annotated[Speed, Option("real: the pages per minute of the profile.", DEVICE)] = "real"
    to: Annotated[
        str,
        Option(
            "Where each job's PDF goes beside the inbox: a folder, smb://SERVER/SHARE/FOLDER, mailto:ADDRESS.",
            SERVER,
            "DIR|smb:...|mailto:...",
            default="the inbox alone",
            completion="folder",
        ),
    ] = ""
    delivery: Annotated[
        APath | None,
        Option(
            "By which servers smb: and mailto: deliver (docs/delivery.md).", SERVER, "FILE.toml", completion="file"
        ),
    ] = None
    open_panel: Annotated[bool, Option("Open no browser.", CONTROL, flag="--no-open", negated=True)] = True
