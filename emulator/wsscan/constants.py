"""Namespaces, actions, names and limits of WS-Scan, each once, with its source."""

from __future__ import annotations

from typing import Final

from emulator.soap.xml import QName

WSCN: Final = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"  # MS-BDSRR 6.2; devices
WSCN_2006_01: Final = "http://schemas.microsoft.com/windows/2006/01/wdp/scan"
"""Printed on the WS-Scan pages and sent by WSD-python; read, never written (NOTES C-01)."""

WSCN_ACCEPTED: Final = (WSCN, WSCN_2006_01)

DSD: Final = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/device"  # WS-DSD pages
"""WS-DSD has five of the operations with root and direct children in its own namespace (dsm.md section 11)."""

# Actions: the pages of the operations. A response's action is that of the request + Response (NOTES C-14).
GET_SCANNER_ELEMENTS: Final = f"{WSCN}/GetScannerElements"
GET_JOB_ELEMENTS: Final = f"{WSCN}/GetJobElements"
GET_ACTIVE_JOBS: Final = f"{WSCN}/GetActiveJobs"
GET_JOB_HISTORY: Final = f"{WSCN}/GetJobHistory"
VALIDATE_SCAN_TICKET: Final = f"{WSCN}/ValidateScanTicket"
CREATE_SCAN_JOB: Final = f"{WSCN}/CreateScanJob"
RETRIEVE_IMAGE: Final = f"{WSCN}/RetrieveImage"
CANCEL_JOB: Final = f"{WSCN}/CancelJob"

# What GetScannerElements may ask for (its page; NOTES C-28 for DefaultScanTicket).
SCANNER_DESCRIPTION: Final = QName(WSCN, "ScannerDescription")
SCANNER_CONFIGURATION: Final = QName(WSCN, "ScannerConfiguration")
SCANNER_STATUS: Final = QName(WSCN, "ScannerStatus")
DEFAULT_SCAN_TICKET: Final = QName(WSCN, "DefaultScanTicket")

# What GetJobElements may ask for (its page).
JOB_STATUS: Final = QName(WSCN, "JobStatus")
SCAN_TICKET: Final = QName(WSCN, "ScanTicket")
DOCUMENTS: Final = QName(WSCN, "Documents")

SCAN_DEVICE_TYPE: Final = QName(WSCN, "ScanDeviceType")  # type of the device in discovery; airscan needs it
SCANNER_SERVICE_TYPE: Final = QName(WSCN, "ScannerServiceType")  # type of the hosted service; airscan needs it

RETRIEVE_IMAGE_LIMIT: Final = 60.0
"""Seconds from CreateScanJobResponse, or from the previous RetrieveImage, within which the next RetrieveImage
must come, or the job is aborted with JobTimedOut (RetrieveImage page; ws-scan.md 2.4)."""

MAX_JOB_ID: Final = 2**31 - 1  # JobId page prints one more, which is no xs:int (NOTES C-18)

MAX_REQUESTED_NAMES: Final = 1000
"""Most names of elements read in one request; documented are at most four. Each is answered with one
ElementData, so that a request of some megabytes would cost many times its own size."""
