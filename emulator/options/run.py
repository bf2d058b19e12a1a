"""The options of `run`: devices on the network, and the jobs that are started at them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emulator.environment.option_model import APath, Option, Options, Texts
from emulator.environment.options import ServeTls, TrustOptions
from emulator.options.groups import (
    DEVICE,
    NETWORK,
    AskedDirectory,
    Habits,
    Interfaces,
    LastingFaultOptions,
    Multicast,
    PageLimitOptions,
    Speed,
    StoreOptions,
    TraceOptions,
    TruthFolders,
    state_folder,
)
from emulator.options.scan import JobTarget


class NetworkOptions(PageLimitOptions, LastingFaultOptions, TraceOptions, TruthFolders):
    """Options of `run`; each says what its command line option of the same name says."""

    profiles: Annotated[
        Texts,
        Option(
            "Device profiles: names or TOML files.",
            DEVICE,
            "[PROFILE]...",
            argument=True,
            default="office-mfp",
            completion="profile",
        ),
    ] = ("office-mfp",)
    count: Annotated[int, Field(ge=1, le=10_000), Option("So many devices of each profile.", DEVICE, "N")] = 1
    fleet: Annotated[
        APath | None,
        Option(
            "Devices by groups, in place of profiles: each with its names, places, habits, faults, IP addresses "
            "(docs/fleet.md).",
            DEVICE,
            "FILE.toml",
            completion="file",
        ),
    ] = None
    name: Annotated[
        str, Option("Name of the device; several are numbered.", DEVICE, "NAME", default="the profile's")
    ] = ""
    speed: Annotated[Speed, Option("real: the pages per minute of the profile.", DEVICE)] = "max"
    seed: Annotated[int, Field(ge=0), Option("Seed of synthetic pages.", DEVICE, "N")] = 0
    habits: Habits = ()
    state: Annotated[
        APath | None,
        state_folder("Folder that keeps the devices' identities.", DEVICE),
    ] = None
    interfaces: Interfaces = ()
    port: Annotated[
        int, Field(ge=0, le=65535), Option("HTTP port of all devices; 0: a free one.", NETWORK, "N")
    ] = 0
    multicast: Multicast = True
    advertise: Annotated[
        str,
        Option(
            "Name or address, and port, by which clients reach this machine from outside, where a port is mapped: "
            "that is what the devices tell (XAddrs).",
            NETWORK,
            "HOST[:PORT]",
        ),
    ] = ""
    strict: Annotated[bool, Option("Refuse every deviation from the documents.", NETWORK)] = False
    https: Annotated[bool, Option("Serve over HTTPS alone, as Windows wants secure devices.", NETWORK)] = False
    host: Annotated[
        str,
        Option(
            "DNS name or IP address of this machine in the one URL of an HTTPS device.",
            NETWORK,
            "NAME|ADDRESS",
            default="the first address of --interface, else 127.0.0.1",
        ),
    ] = ""
    tls: ServeTls = ServeTls()
    trust: TrustOptions = TrustOptions()
    """For subscribers that take events over HTTPS."""


class StartedJobs(JobTarget, AskedDirectory, StoreOptions):
    """What `run` says of the post-scan jobs that are started at its devices."""

    trust: TrustOptions = TrustOptions()


__all__ = ["NetworkOptions", "Options", "StartedJobs"]
