"""Habits of real devices: most are at the operations of WS-Scan and give an OwnWay (`faults/device_habits.py`).
Where they were met stands in docs/protocol/habits.md."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from emulator.faults import device_habits as habits
from emulator.faults.alteration import DEVICE, HOSTS, Alteration, At, Parameters
from emulator.faults.device_habits import OwnWay
from emulator.wsscan import faults

_ACTION: Final = re.compile(rb"(<[\w.-]+:Action[^>]*>[^<]*?)Response(?=</)")
_XADDRS: Final = re.compile(rb"(<[\w.-]+:XAddrs[^>]*>)([^<]*)(</)")
_AUTHORITY: Final = re.compile(rb"//[^/:]+(:\d+)?")
_TICKETS: Final = ("CreateScanJob", "ValidateScanTicket")


def _own_way(way: OwnWay) -> Callable[[Parameters], OwnWay]:
    return lambda parameters: way


def _habit(name: str, says: str, way: OwnWay, operations: tuple[str, ...], source: str) -> Alteration:
    return Alteration(
        name,
        At.EXCHANGE,
        DEVICE,
        says,
        _own_way(way),
        source=source,
        of=("answer",),
        operations=operations,
    )


def _action_without_response(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    """The action of an answer is that of its request."""
    return _ACTION.sub(rb"\1", data, count=1)


def _without_ipv4(data: bytes, parameters: Parameters, dice: random.Random) -> bytes:
    """The addresses of IPv6 alone; an address of IPv4 becomes the loopback address of IPv6 where there is
    no other."""

    def kept(found: re.Match[bytes]) -> bytes:
        addresses = found[2].split()
        six = [each for each in addresses if b"//[" in each]
        return found[1] + b" ".join(six or [_AUTHORITY.sub(rb"//[::1]\1", each) for each in addresses]) + found[3]

    return _XADDRS.sub(kept, data)


def _datagram_without_ipv4(
    data: bytes, parameters: Parameters, dice: random.Random
) -> tuple[tuple[float, bytes], ...]:
    return ((0.0, _without_ipv4(data, parameters, dice)),)


_NO_IPV4: Final = "Addresses of IPv4 are missing from XAddrs; those of IPv6 stand there."
_NO_IPV4_SOURCE: Final = "several devices: sane-airscan, airscan-wsdd.c 377 [habits/device/no-ipv4-address]"

ALTERATIONS: Final[tuple[Alteration, ...]] = (
    _habit(
        "images-to-transfer-0",
        "A ticket whose ImagesToTransfer is 0 is refused with InvalidArgs.",
        OwnWay(refuses=habits.images_to_transfer_0),
        _TICKETS,
        "Ricoh Aficio MP 201: sane-airscan, airscan-wsd.c 90 [habits/device/ricoh-images-to-transfer-0]",
    ),
    _habit(
        "empty-feeder-job-id-not-found",
        "An empty feeder is told as ClientErrorJobIdNotFound.",
        OwnWay(
            instead=MappingProxyType({faults.CLIENT_ERROR_NO_IMAGES_AVAILABLE.local: faults.job_id_not_found(0)})
        ),
        ("CreateScanJob", "RetrieveImage"),
        "Ricoh Aficio MP 201: sane-airscan, airscan-wsd.c 1187 [habits/device/ricoh-empty-feeder-job-id-not-found]",
    ),
    _habit(
        "empty-feeder-not-accepting",
        "With nothing in the feeder a job from it is refused with ServerErrorNotAcceptingJobs.",
        OwnWay(refuses=habits.empty_feeder),
        ("CreateScanJob",),
        "Canon MF410: sane-airscan, airscan-wsd.c 1270 [habits/device/canon-empty-feeder-not-accepting]",
    ),
    _habit(
        "sizes-swapped",
        "Widths are told as heights and heights as widths, of glass and feeder.",
        OwnWay(answers=habits.sizes_swapped),
        ("GetScannerElements",),
        "Kyocera ECOSYS M2040dn: sane-airscan, airscan-wsd.c 436 [habits/device/kyocera-sizes-swapped]",
    ),
    _habit(
        "region-ignored",
        "The region of a ticket is echoed, and the whole medium is scanned.",
        OwnWay(asks=habits.whole_medium, answers=habits.as_asked("ScanRegion", "InputSize")),
        ("CreateScanJob",),
        "Kyocera ECOSYS M2040dn: sane-airscan, airscan-wsd.c 597 [habits/device/kyocera-region-ignored]",
    ),
    _habit(
        "keep-alive-breaks",
        "Behind a connection that the client keeps open the device stays busy for 10 seconds after an image.",
        OwnWay(refuses=habits.busy_behind_kept_connection),
        ("CreateScanJob",),
        "Kyocera ECOSYS M2040dn: sane-airscan, airscan-http.c 2249 [habits/device/kyocera-keep-alive-breaks]",
    ),
    _habit(
        "panel-alone",
        "A job that was not begun at the panel is refused with ServerErrorNotAcceptingJobs.",
        OwnWay(refuses=habits.panel_alone),
        ("CreateScanJob",),
        "Kyocera ECOSYS M2040dn: sane-airscan, airscan-wsd.c 1263 [habits/device/kyocera-panel-alone]",
    ),
    _habit(
        "back-without-duplex",
        "Duplex is denied, and the back of the feeder is described all the same.",
        OwnWay(answers=habits.back_without_duplex),
        ("GetScannerElements",),
        "Brother MFC-9340CDW: sane-airscan, airscan-wsd.c 538 [habits/device/brother-back-without-duplex]",
    ),
    _habit(
        "job-information-wanted",
        "A job without JobInformation, which is optional, is refused with InvalidArgs.",
        OwnWay(refuses=habits.job_information_wanted),
        _TICKETS,
        "Canon TR7500: sane-airscan, airscan-wsd.c 882 [habits/device/canon-job-information-wanted]",
    ),
    _habit(
        "two-prefixes",
        "An envelope whose prefixes are not soap and wsa is refused as not well formed.",
        OwnWay(refuses=habits.two_prefixes_alone),
        (),
        "Brother ADS-2700W: sane-airscan issue 147 [habits/device/brother-two-prefixes]",
    ),
    _habit(
        "one-line-wanted",
        "An envelope with white space between its elements is refused as not well formed.",
        OwnWay(refuses=habits.one_line_alone),
        (),
        "Brother MFC-L2750DW: sane-airscan issue 22 [habits/device/brother-pretty-printed]",
    ),
    _habit(
        "other-resolution",
        "Twice the resolution of the ticket is scanned, and that of the ticket told.",
        OwnWay(asks=habits.twice_the_resolution, answers=habits.as_asked("Resolution")),
        ("CreateScanJob",),
        "Brother MFC-L8690CDW: ScanBridge issue 173 [habits/device/brother-other-resolution]",
    ),
    Alteration(
        "action-without-response",
        At.ENVELOPE,
        HOSTS,
        "The action of an answer is that of the request, without Response.",
        _action_without_response,
        clause="wscn/wire/response-action",
        of=("answer",),
    ),
    Alteration(
        "xaddrs-without-ipv4",
        At.ENVELOPE,
        DEVICE,
        _NO_IPV4,
        _without_ipv4,
        source=_NO_IPV4_SOURCE,
        of=("answer",),
        operations=("Probe",),
    ),
    Alteration(
        "xaddrs-without-ipv4",
        At.DATAGRAM,
        DEVICE,
        f"{_NO_IPV4[:-1]}, in what is said by UDP.",
        _datagram_without_ipv4,
        source=_NO_IPV4_SOURCE,
        operations=("Hello", "ProbeMatches", "ResolveMatches"),
    ),
)
