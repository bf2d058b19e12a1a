"""The WS-DSD service of a virtual scanner: what a control point reads of a DSM device (docs/protocol/dsm.md
section 11)."""

from __future__ import annotations

from emulator.device.read_service import ReadService
from emulator.wsscan.constants import DSD, WSCN


class DeviceService(ReadService):
    """GetScannerElements, GetJobElements, GetActiveJobs, GetJobHistory and ValidateScanTicket. The pages print no
    action of theirs: one in the namespace of WS-Scan is taken as well. [notes/silent/dsd-operation-actions]
    [dsd/operations/all-five] [dsd/action/either-namespace] [dsd/localization/control-point-translates]"""

    namespaces = frozenset((DSD, WSCN))
