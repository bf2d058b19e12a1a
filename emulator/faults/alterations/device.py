"""Habits of real devices at the operations of WS-Scan: each gives an OwnWay (`faults/device_habits.py`). Where they
were met stands in docs/protocol/habits.md."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from emulator.faults import device_habits as habits
from emulator.faults.alteration import Alteration, At, Parameters, Role
from emulator.faults.device_habits import OwnWay
from emulator.wsscan import faults

_DEVICE: Final = frozenset({Role.DEVICE})
_TICKETS: Final = ("CreateScanJob", "ValidateScanTicket")


def _own_way(way: OwnWay) -> Callable[[Parameters], OwnWay]:
    return lambda parameters: way


def _habit(name: str, says: str, way: OwnWay, operations: tuple[str, ...], source: str) -> Alteration:
    return Alteration(
        name,
        At.EXCHANGE,
        _DEVICE,
        says,
        _own_way(way),
        source=source,
        of=("answer",),
        operations=operations,
    )


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
)
