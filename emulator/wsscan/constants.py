"""Namespaces, actions, names and limits of WS-Scan, each once, with its source."""

from __future__ import annotations

from typing import Final

from emulator.soap.xml import QName

# The law: [notes/c-01/wscn-2006-08-sent] [clients/go-mfp/exact-namespaces]
WSCN: Final = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"  # [wscn/wire/namespace]
WSCN_2006_01: Final = "http://schemas.microsoft.com/windows/2006/01/wdp/scan"
"""Printed on the WS-Scan pages and sent by WSD-python; read, never written
[wscn/wire/namespace-of-2006-01-accepted]. [notes/c-01/wscn-2006-01-read]"""

WSCN_ACCEPTED: Final = (WSCN, WSCN_2006_01)

DSD: Final = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/device"  # WS-DSD pages
"""WS-DSD has five of the operations with root and direct children in its own namespace
(docs/protocol/dsm.md section 11). [dsd/wire/namespace]"""

# Actions: the pages of the operations [wscn/wire/request-action]. A response's action is that of the request +
# Response [wscn/wire/response-action].
GET_SCANNER_ELEMENTS: Final = f"{WSCN}/GetScannerElements"  # [wscn/get-scanner-elements/supported]
GET_JOB_ELEMENTS: Final = f"{WSCN}/GetJobElements"  # [wscn/get-job-elements/supported]
GET_ACTIVE_JOBS: Final = f"{WSCN}/GetActiveJobs"  # [wscn/get-active-jobs/supported]
GET_JOB_HISTORY: Final = f"{WSCN}/GetJobHistory"  # [wscn/get-job-history/supported]
VALIDATE_SCAN_TICKET: Final = f"{WSCN}/ValidateScanTicket"  # [wscn/validate-scan-ticket/answered]
CREATE_SCAN_JOB: Final = f"{WSCN}/CreateScanJob"  # [wscn/create-scan-job/supported]
RETRIEVE_IMAGE: Final = f"{WSCN}/RetrieveImage"  # [wscn/retrieve-image/supported]
CANCEL_JOB: Final = f"{WSCN}/CancelJob"

# What GetScannerElements may ask for [wscn/get-scanner-elements/sections].
SCANNER_DESCRIPTION: Final = QName(WSCN, "ScannerDescription")
SCANNER_CONFIGURATION: Final = QName(WSCN, "ScannerConfiguration")
SCANNER_STATUS: Final = QName(WSCN, "ScannerStatus")
DEFAULT_SCAN_TICKET: Final = QName(WSCN, "DefaultScanTicket")  # [notes/c-28/default-scan-ticket-asked-for]

# What GetJobElements may ask for [wscn/get-job-elements/sections].
JOB_STATUS: Final = QName(WSCN, "JobStatus")
SCAN_TICKET: Final = QName(WSCN, "ScanTicket")
DOCUMENTS: Final = QName(WSCN, "Documents")

SCAN_DEVICE_TYPE: Final = QName(WSCN, "ScanDeviceType")
"""Type of the device in discovery [clients/sane-airscan/scan-device-type]."""
SCANNER_SERVICE_TYPE: Final = QName(WSCN, "ScannerServiceType")
"""Type of the hosted service [clients/sane-airscan/hosted-service]."""

DEVICE_SERVICE_TYPE: Final = QName(DSD, "DeviceServiceType")
"""Types of the hosted WS-DSD service. Documented nowhere; named by analogy with ScannerServiceType and
MS-BDSRR 6.1. Choose by the namespace, whatever the local name (docs/protocol/dsm.md section 11).
[notes/silent/dsd-service-type] [dsd/types/of-device-and-service]"""

# Events: their WS-Scan and WS-DSD pages. Either service has them under actions in the namespace of WS-Scan, with
# bodies in its own.
SCANNER_ELEMENTS_CHANGE_EVENT: Final = "ScannerElementsChangeEvent"
"""ScannerElementsChangedEvent on one page [wscn/event/names]. [notes/c-28/scanner-elements-change-event]"""
SCANNER_STATUS_SUMMARY_EVENT: Final = "ScannerStatusSummaryEvent"
SCANNER_STATUS_CONDITION_EVENT: Final = "ScannerStatusConditionEvent"
# The law: [notes/c-28/condition-cleared-event]
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
"""The events of WS-DSD (docs/protocol/dsm.md section 11). [dsd/event/all-six]"""
WSCN_EVENTS: Final = (*DSD_EVENTS, SCAN_AVAILABLE_EVENT)
"""The events of WS-Scan (docs/protocol/ws-scan.md section 8)."""

RETRIEVE_IMAGE_LIMIT: Final = 60.0
"""Seconds from CreateScanJobResponse, or from the previous RetrieveImage, within which the next RetrieveImage
must come, or the job is aborted with JobTimedOut [wscn/retrieve-image/sixty-seconds]."""

# The law: [notes/c-18/job-id-within-xs-int] [dsd/get-job-elements/job-id-range]
MAX_JOB_ID: Final = 2**31 - 1  # JobId page prints one more, which is no xs:int [wscn/wire/integers-of-32-bits]
