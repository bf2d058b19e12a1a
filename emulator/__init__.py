"""A virtual network scanner for Distributed Scan Management (DSM).

What stands in `__all__` is the public Python API (docs/public-api.md); all else may change with any version.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from emulator._version import VERSION

if TYPE_CHECKING:
    from emulator.device.points import PAGE as PAGE
    from emulator.device.points import PAGE_EVENT as PAGE_EVENT
    from emulator.device.points import SCANNER_EVENT as SCANNER_EVENT
    from emulator.device.points import PageAtHead as PageAtHead
    from emulator.device.points import PageBegun as PageBegun
    from emulator.device.points import PageFailed as PageFailed
    from emulator.device.points import PageScanned as PageScanned
    from emulator.device.points import SheetTaken as SheetTaken
    from emulator.directory.secret import Secret as Secret
    from emulator.documents.truth import PageTruth as PageTruth
    from emulator.dpws.points import DATAGRAM as DATAGRAM
    from emulator.dpws.points import DEVIATION_MET as DEVIATION_MET
    from emulator.dpws.points import EVENT as EVENT
    from emulator.dpws.points import OPERATION as OPERATION
    from emulator.dpws.points import Bringing as Bringing
    from emulator.dpws.points import DeviationMet as DeviationMet
    from emulator.dpws.points import LaterDatagram as LaterDatagram
    from emulator.dpws.points import OperationCall as OperationCall
    from emulator.dpws.points import OutgoingDatagram as OutgoingDatagram
    from emulator.dpws.points import OutgoingEvent as OutgoingEvent
    from emulator.dsm.job_status import FilterStatus as FilterStatus
    from emulator.dsm.states import FilterState as FilterState
    from emulator.dsm.states import FilterStateReason as FilterStateReason
    from emulator.dsm.states import JobState as JobState
    from emulator.dsm.states import JobStateReason as JobStateReason
    from emulator.environment.exit_codes import ExitCode as ExitCode
    from emulator.environment.exit_codes import LabError as LabError
    from emulator.environment.options import LdapOptions as LdapOptions
    from emulator.environment.options import TrustOptions as TrustOptions
    from emulator.faults.fired import Fired as Fired
    from emulator.imaging.scanned import Scanned as Scanned
    from emulator.jobs.manifest import ImageRecord as ImageRecord
    from emulator.jobs.outcome import ScanOutcome as ScanOutcome
    from emulator.jobs.started_jobs import StartedJob as StartedJob
    from emulator.jobs.verify import Judged as Judged
    from emulator.jobs.verify import Proof as Proof
    from emulator.jobs.verify import Verification as Verification
    from emulator.jobs.waiting import Waited as Waited
    from emulator.lab.blocking import BlockingLab as BlockingLab
    from emulator.lab.blocking import BlockingNetworkDevice as BlockingNetworkDevice
    from emulator.lab.blocking import BlockingScanner as BlockingScanner
    from emulator.lab.blocking import BlockingServer as BlockingServer
    from emulator.lab.lab import Lab as Lab
    from emulator.lab.lab_scanner import LabScanner as LabScanner
    from emulator.lab.network_device import NetworkDevice as NetworkDevice
    from emulator.lab.proving import verify as verify
    from emulator.lab.server import LabServer as LabServer
    from emulator.lab.server_job import ServerImage as ServerImage
    from emulator.lab.server_job import ServerJob as ServerJob
    from emulator.layers import EVERYWHERE as EVERYWHERE
    from emulator.layers import InterventionFailed as InterventionFailed
    from emulator.layers import Layers as Layers
    from emulator.options.keywords import ScanKeywords as ScanKeywords
    from emulator.options.scan import ScanOptions as ScanOptions
    from emulator.options.until import Until as Until
    from emulator.scan_server.delivery.outcome import Delivery as Delivery
    from emulator.soap.deviations import Deviation as Deviation
    from emulator.soap.fault import FaultError as FaultError
    from emulator.soap.points import ENVELOPE as ENVELOPE
    from emulator.soap.points import ENVELOPE_WRITTEN as ENVELOPE_WRITTEN
    from emulator.soap.points import PART as PART
    from emulator.soap.points import OutgoingEnvelope as OutgoingEnvelope
    from emulator.soap.points import OutgoingPackage as OutgoingPackage
    from emulator.trace.journal import Journal as Journal
    from emulator.trace.points import HAPPENED as HAPPENED
    from emulator.trace.points import Happened as Happened
    from emulator.trace.recording import record as record
    from emulator.transport.observe import Exchange as Exchange
    from emulator.transport.points import BODY as BODY
    from emulator.transport.points import DATAGRAM_PASSED as DATAGRAM_PASSED
    from emulator.transport.points import EXCHANGE as EXCHANGE
    from emulator.transport.points import HANDSHAKE as HANDSHAKE
    from emulator.transport.points import OCTETS as OCTETS
    from emulator.transport.points import BodyOctets as BodyOctets
    from emulator.transport.points import CloseConnection as CloseConnection
    from emulator.transport.points import DatagramPassed as DatagramPassed
    from emulator.transport.points import Handshake as Handshake
    from emulator.transport.points import HandshakeConduct as HandshakeConduct
    from emulator.transport.points import OctetsOut as OctetsOut
    from emulator.transport.points import ResetConnection as ResetConnection
    from emulator.wsscan.values.status import Component as Component
    from emulator.wsscan.values.status import ConditionName as ConditionName
    from emulator.wsscan.values.status import DeviceCondition as DeviceCondition
    from emulator.wsscan.values.status import ScannerState as ScannerState
    from emulator.wsscan.values.status import Severity as Severity

__version__ = VERSION

_PUBLIC = {
    "BODY": "emulator.transport.points",
    "BlockingLab": "emulator.lab.blocking",
    "BlockingNetworkDevice": "emulator.lab.blocking",
    "BlockingScanner": "emulator.lab.blocking",
    "BlockingServer": "emulator.lab.blocking",
    "BodyOctets": "emulator.transport.points",
    "Bringing": "emulator.dpws.points",
    "CloseConnection": "emulator.transport.points",
    "Component": "emulator.wsscan.values.status",
    "ConditionName": "emulator.wsscan.values.status",
    "DATAGRAM": "emulator.dpws.points",
    "DATAGRAM_PASSED": "emulator.transport.points",
    "DEVIATION_MET": "emulator.dpws.points",
    "DatagramPassed": "emulator.transport.points",
    "Delivery": "emulator.scan_server.delivery.outcome",
    "Deviation": "emulator.soap.deviations",
    "DeviationMet": "emulator.dpws.points",
    "DeviceCondition": "emulator.wsscan.values.status",
    "ENVELOPE": "emulator.soap.points",
    "ENVELOPE_WRITTEN": "emulator.soap.points",
    "EVENT": "emulator.dpws.points",
    "EVERYWHERE": "emulator.layers",
    "EXCHANGE": "emulator.transport.points",
    "Exchange": "emulator.transport.observe",
    "ExitCode": "emulator.environment.exit_codes",
    "FaultError": "emulator.soap.fault",
    "FilterState": "emulator.dsm.states",
    "FilterStateReason": "emulator.dsm.states",
    "FilterStatus": "emulator.dsm.job_status",
    "Fired": "emulator.faults.fired",
    "HANDSHAKE": "emulator.transport.points",
    "HAPPENED": "emulator.trace.points",
    "Handshake": "emulator.transport.points",
    "HandshakeConduct": "emulator.transport.points",
    "Happened": "emulator.trace.points",
    "ImageRecord": "emulator.jobs.manifest",
    "InterventionFailed": "emulator.layers",
    "JobState": "emulator.dsm.states",
    "JobStateReason": "emulator.dsm.states",
    "Journal": "emulator.trace.journal",
    "Judged": "emulator.jobs.verify",
    "Lab": "emulator.lab.lab",
    "LabError": "emulator.environment.exit_codes",
    "LabScanner": "emulator.lab.lab_scanner",
    "LabServer": "emulator.lab.server",
    "LaterDatagram": "emulator.dpws.points",
    "Layers": "emulator.layers",
    "LdapOptions": "emulator.environment.options",
    "NetworkDevice": "emulator.lab.network_device",
    "OCTETS": "emulator.transport.points",
    "OPERATION": "emulator.dpws.points",
    "OctetsOut": "emulator.transport.points",
    "OperationCall": "emulator.dpws.points",
    "OutgoingDatagram": "emulator.dpws.points",
    "OutgoingEnvelope": "emulator.soap.points",
    "OutgoingEvent": "emulator.dpws.points",
    "OutgoingPackage": "emulator.soap.points",
    "PAGE": "emulator.device.points",
    "PAGE_EVENT": "emulator.device.points",
    "PART": "emulator.soap.points",
    "PageAtHead": "emulator.device.points",
    "PageBegun": "emulator.device.points",
    "PageFailed": "emulator.device.points",
    "PageScanned": "emulator.device.points",
    "PageTruth": "emulator.documents.truth",
    "Proof": "emulator.jobs.verify",
    "ResetConnection": "emulator.transport.points",
    "SCANNER_EVENT": "emulator.device.points",
    "ScanKeywords": "emulator.options.keywords",
    "ScanOptions": "emulator.options.scan",
    "ScanOutcome": "emulator.jobs.outcome",
    "Scanned": "emulator.imaging.scanned",
    "ScannerState": "emulator.wsscan.values.status",
    "Secret": "emulator.directory.secret",
    "ServerImage": "emulator.lab.server_job",
    "ServerJob": "emulator.lab.server_job",
    "Severity": "emulator.wsscan.values.status",
    "SheetTaken": "emulator.device.points",
    "StartedJob": "emulator.jobs.started_jobs",
    "TrustOptions": "emulator.environment.options",
    "Until": "emulator.options.until",
    "Verification": "emulator.jobs.verify",
    "Waited": "emulator.jobs.waiting",
    "record": "emulator.trace.recording",
    "verify": "emulator.lab.proving",
}
__all__ = [
    "BODY",
    "DATAGRAM",
    "DATAGRAM_PASSED",
    "DEVIATION_MET",
    "ENVELOPE",
    "ENVELOPE_WRITTEN",
    "EVENT",
    "EVERYWHERE",
    "EXCHANGE",
    "HANDSHAKE",
    "HAPPENED",
    "OCTETS",
    "OPERATION",
    "PAGE",
    "PAGE_EVENT",
    "PART",
    "SCANNER_EVENT",
    "BlockingLab",
    "BlockingNetworkDevice",
    "BlockingScanner",
    "BlockingServer",
    "BodyOctets",
    "Bringing",
    "CloseConnection",
    "Component",
    "ConditionName",
    "DatagramPassed",
    "Delivery",
    "Deviation",
    "DeviationMet",
    "DeviceCondition",
    "Exchange",
    "ExitCode",
    "FaultError",
    "FilterState",
    "FilterStateReason",
    "FilterStatus",
    "Fired",
    "Handshake",
    "HandshakeConduct",
    "Happened",
    "ImageRecord",
    "InterventionFailed",
    "JobState",
    "JobStateReason",
    "Journal",
    "Judged",
    "Lab",
    "LabError",
    "LabScanner",
    "LabServer",
    "LaterDatagram",
    "Layers",
    "LdapOptions",
    "NetworkDevice",
    "OctetsOut",
    "OperationCall",
    "OutgoingDatagram",
    "OutgoingEnvelope",
    "OutgoingEvent",
    "OutgoingPackage",
    "PageAtHead",
    "PageBegun",
    "PageFailed",
    "PageScanned",
    "PageTruth",
    "Proof",
    "ResetConnection",
    "ScanKeywords",
    "ScanOptions",
    "ScanOutcome",
    "Scanned",
    "ScannerState",
    "Secret",
    "ServerImage",
    "ServerJob",
    "Severity",
    "SheetTaken",
    "StartedJob",
    "TrustOptions",
    "Until",
    "Verification",
    "Waited",
    "__version__",
    "record",
    "verify",
]

# Who uses the package and wants no log gets none; otherwise Python would print warnings to stderr.
logging.getLogger(__name__).addHandler(logging.NullHandler())


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: `dsm-emulator --help` needs none of them."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'emulator' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC})
