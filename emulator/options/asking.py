"""Options of commands that ask devices and scan servers of others: `inspect`, `discover`, `profiles capture`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emulator.environment.option_model import APath, Option, Options, Texts
from emulator.environment.options import TrustOptions
from emulator.options.groups import NETWORK, OUTPUT, EventCertificate, TraceOptions, WatchSeconds


class PeerOptions(TraceOptions):
    """How a peer is reached."""

    trust: TrustOptions = TrustOptions()
    timeout: Annotated[
        float,
        Field(ge=0.1, allow_inf_nan=False),
        Option("Longest time to connect, and longest silence until an answer.", NETWORK, "SECONDS"),
    ] = 10.0


class PeerEventOptions(PeerOptions, EventCertificate):
    """How a peer is reached, and by which certificate its events are taken."""


class InspectOptions(PeerEventOptions):
    """What `inspect` asks, and how long it watches."""

    url: Annotated[
        str,
        Option(
            "URL of the metadata or of a scan service, or HOST[:PORT] of a device or a scan server.",
            NETWORK,
            "URL|HOST[:PORT]",
            argument=True,
        ),
    ]
    watch: Annotated[bool, Option("Show states and events as they come, until interrupted.", OUTPUT)] = False
    seconds: WatchSeconds = None
    events: Annotated[
        str | None,
        Option(
            "Address of ours that events come to, or 'none'.",
            NETWORK,
            "HOST[:PORT]",
            default="loopback, for a peer here",
        ),
    ] = None


class CaptureOptions(PeerOptions):
    """Whose profile is made, and where it goes."""

    sources: Annotated[
        Texts,
        Option(
            "A device (as for inspect), or files with its answers to Get and GetScannerElements.",
            NETWORK,
            "[URL|FILE.xml]...",
            argument=True,
            completion="file",
        ),
    ] = ()
    recorded: Annotated[
        APath | None,
        Option(
            "A recording of somebody else in their place: HAR, pcap, pcapng, the log of sane-airscan's trace.",
            NETWORK,
            "FILE",
            flag="--from",
            completion="file",
        ),
    ] = None
    output: Annotated[
        APath | None,
        Option(
            "Where the profile goes.",
            OUTPUT,
            "FILE.toml",
            short="-o",
            default="<model>.toml, here",
            completion="file",
        ),
    ] = None
    overwrite: Annotated[
        bool, Option("Replace a profile or a trace that is there already.", OUTPUT, hidden=("--force",))
    ] = False


class DiscoverOptions(Options):
    """Options of `discover`; each says what its command line option of the same name says."""

    hosts: Annotated[
        Texts,
        Option(
            "Ask these directly instead of all on the network; ports 3702 and 5362 where none is given.",
            NETWORK,
            "[HOST[:PORT]]...",
            argument=True,
        ),
    ] = ()
    timeout: Annotated[
        float,
        Field(ge=0.1, le=600, allow_inf_nan=False),
        Option("So long answers are collected.", NETWORK, "SECONDS"),
    ] = 3.0
    interfaces: Annotated[
        Texts,
        Option(
            "Name or IP address of an interface to ask on. Repeatable.",
            NETWORK,
            "NAME|ADDRESS",
            flag="--interface",
            default="all",
        ),
    ] = ()
    types: Annotated[
        Texts,
        Option(
            "Only what is of this type: wscn:ScanDeviceType, wsdp:Device, {namespace}Name. Repeatable.",
            NETWORK,
            "TYPE",
            flag="--type",
        ),
    ] = ()
    metadata: Annotated[
        bool,
        Option(
            "Do not ask what is found for its name and services.", NETWORK, negated=True, hidden=("--metadata",)
        ),
    ] = True
    witness: Annotated[
        bool,
        Option(
            "Say too what WSDiscovery, an independent client, sees of it; it reads in a process of its own.", OUTPUT
        ),
    ] = False
    trust: TrustOptions = TrustOptions()
