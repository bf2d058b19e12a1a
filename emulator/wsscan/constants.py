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

DEVICE_SERVICE_TYPE: Final = QName(DSD, "DeviceServiceType")
"""Types of the hosted WS-DSD service. Documented nowhere; named by analogy with ScannerServiceType and
MS-BDSRR 6.1. Choose by the namespace, whatever the local name (dsm.md section 11)."""

# Events: their WS-Scan and WS-DSD pages. Either service has them under actions in the namespace of WS-Scan (NOTES
# C-02), with bodies in its own.
SCANNER_ELEMENTS_CHANGE_EVENT: Final = "ScannerElementsChangeEvent"  # ...ChangedEvent on one page (NOTES C-28)
SCANNER_STATUS_SUMMARY_EVENT: Final = "ScannerStatusSummaryEvent"
SCANNER_STATUS_CONDITION_EVENT: Final = "ScannerStatusConditionEvent"
SCANNER_STATUS_CONDITION_CLEARED_EVENT: Final = "ScannerStatusConditionClearedEvent"
JOB_STATUS_EVENT: Final = "JobStatusEvent"
JOB_END_STATE_EVENT: Final = "JobEndStateEvent"
SCAN_AVAILABLE_EVENT: Final = "ScanAvailableEvent"

DSD_EVENTS: Final = (
    SCANNER_ELEMENTS_CHANGE_EVENT,
    SCANNER_STATUS_SUMMARY_EVENT,
    SCANNER_STATUS_CONDITION_EVENT,
    SCANNER_STATUS_CONDITION_CLEARED_EVENT,
    JOB_STATUS_EVENT,
    JOB_END_STATE_EVENT,
)
"""The events of WS-DSD (dsm.md section 11)."""
WSCN_EVENTS: Final = (*DSD_EVENTS, SCAN_AVAILABLE_EVENT)
"""The events of WS-Scan (ws-scan.md section 8)."""

RETRIEVE_IMAGE_LIMIT: Final = 60.0
"""Seconds from CreateScanJobResponse, or from the previous RetrieveImage, within which the next RetrieveImage
must come, or the job is aborted with JobTimedOut (RetrieveImage page; ws-scan.md 2.4)."""

MAX_JOB_ID: Final = 2**31 - 1  # JobId page prints one more, which is no xs:int (NOTES C-18)
