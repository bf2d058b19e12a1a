"""The options of commands that look at files: `verify`, `profiles`, `scan-processes`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emulator.environment.option_model import APath, Option, Options, Paths, Texts
from emulator.environment.options import DIRECTORY
from emulator.options.groups import OUTPUT, AskedDirectory

CHECK = "What is checked"


class VerifyOptions(Options):
    """Options of `verify`."""

    manifests: Annotated[
        Paths,
        Option(
            "Manifests that scan wrote; a file counts for one job.",
            CHECK,
            "MANIFEST...",
            argument=True,
            completion="file",
        ),
    ]
    folder: Annotated[
        APath, Option("Folder where the server stored.", CHECK, "DIR", argument=True, completion="folder")
    ]
    copies: Annotated[
        int | None,
        Field(ge=1),
        Option("How often each image must be there.", CHECK, "N", default="once for each share"),
    ] = None
    exact: Annotated[bool, Option("Files that no known job has sent are a failure too.", CHECK)] = False
    state: Annotated[
        APath | None,
        Option(
            "State folder with the manifests of other jobs.",
            CHECK,
            "DIR",
            default="the user's own",
            completion="folder",
            variable="DSM_EMULATOR_STATE",
        ),
    ] = None


class ListedScanProcesses(AskedDirectory):
    """Options of `scan-processes list`."""

    user: Annotated[
        str | None,
        Option(
            "Only what this user may use; over LDAP he is who asks.", DIRECTORY, "USER", default="all of a folder"
        ),
    ] = None


class ShownScanProcess(AskedDirectory):
    """Options of `scan-processes show`."""

    scan_process: Annotated[
        str, Option("Name, identifier or file.", OUTPUT, "NAME|FILE", argument=True, completion="scan-process")
    ]
    xml: Annotated[bool, Option("Print the psp:PostScanProcess document.", OUTPUT)] = False


class CheckedScanProcesses(AskedDirectory):
    """Options of `scan-processes validate`."""

    files: Annotated[
        Paths,
        Option("Files. None: all of the directory.", OUTPUT, "[FILE]...", argument=True, completion="file"),
    ] = ()


class ShownProfile(Options):
    """Options of `profiles show`."""

    profile: Annotated[str, Option("Name or TOML file.", OUTPUT, "PROFILE", argument=True, completion="profile")]


class CheckedProfiles(Options):
    """Options of `profiles validate`."""

    profiles: Annotated[
        Texts, Option("Names or TOML files.", OUTPUT, "PROFILE...", argument=True, completion="profile")
    ]
