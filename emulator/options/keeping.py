"""The options of commands that look at files, and of the one that copies some: `verify`, `profiles`, `documents`,
`scan-processes`, `samples`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from emulator.environment.option_model import APath, Option, Options, Paths, Texts
from emulator.environment.options import DIRECTORY
from emulator.options.groups import OUTPUT, AskedDirectory, state_folder

CHECK = "What is checked"
AsToml = Annotated[bool, Option("Print the whole TOML with its comments, to start one's own from.", OUTPUT)]


class VerifyOptions(Options):
    """Options of `verify`."""

    manifests: Annotated[
        Paths,
        Option(
            "Manifests, or folders of them; a file counts for one job.",
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
        state_folder("State folder with the manifests of other jobs.", CHECK),
    ] = None


class ListedAlterations(Options):
    """Options of `faults list`."""

    at: Annotated[
        Literal["page", "exchange", "package", "envelope", "wire", "datagram", "tls", "delivery", "habit"] | None,
        Option("Only those of that place; habit: what --habit alone takes.", CHECK, "PLACE"),
    ] = None


class ShownAlteration(Options):
    """Options of `faults show`."""

    alteration: Annotated[
        str, Option("Name of an alteration or a habit.", CHECK, "NAME", argument=True, completion="alteration")
    ]


class CheckedPlans(Options):
    """Options of `faults validate`."""

    plans: Annotated[Paths, Option("Fault plans.", CHECK, "FILE...", argument=True, completion="file")]


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
    toml: AsToml = False


class CheckedProfiles(Options):
    """Options of `profiles validate`."""

    profiles: Annotated[
        Texts, Option("Names or TOML files.", OUTPUT, "PROFILE...", argument=True, completion="profile")
    ]


class ShownDocumentSet(Options):
    """Options of `documents show`."""

    document_set: Annotated[str, Option("Name or TOML file.", OUTPUT, "SET", argument=True, completion="documents")]
    toml: AsToml = False


class CheckedDocumentSets(Options):
    """Options of `documents validate`."""

    document_sets: Annotated[
        Texts, Option("Names or TOML files.", OUTPUT, "SET...", argument=True, completion="documents")
    ]


class SamplesOptions(Options):
    """Options of `samples`."""

    folder: Annotated[APath, Option("Where they go.", OUTPUT, "DIR", argument=True, completion="folder")]
    overwrite: Annotated[bool, Option("Replace files of these names that have other content.", OUTPUT)] = False
