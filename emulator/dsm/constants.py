"""Namespaces, actions, addresses and limits of DSM, each once, by its standard name, with its source."""

from __future__ import annotations

from typing import Final

from emulator.soap.xml import QName

_MS: Final = "http://schemas.microsoft.com/windows"

DSP: Final = f"{_MS}/2008/12/wdp/distributedscan/processing"  # WS-DSP pages
DSC: Final = f"{_MS}/2008/12/wdp/distributedscan/configuration"  # MS-BDSRR 6.2.1, WS-DSC
PSP: Final = f"{_MS}/2008/02/imaging/postscan/psp"  # MS-BDSRR 6.2.2
EMLF: Final = f"{_MS}/2007/10/imaging/postscan/filter/email"  # MS-BDSRR 6.2; also the filter's Dialect
FSF: Final = f"{_MS}/2007/10/imaging/postscan/filter/fileshare"  # MS-BDSRR 6.2; also the filter's Dialect
SPF: Final = f"{_MS}/2007/10/imaging/postscan/filter/sharepoint"  # MS-BDSRR 6.2; also the filter's Dialect
FILTER: Final = f"{_MS}/2007/10/imaging/postscan/filter"  # MS-BDSRR 4.1: of the names in dsc:Filter/Dialect
SPX: Final = f"{_MS}/2010/09/imaging/postscan/scanprocess/extensions"  # MS-BDSRR 6.2

PREFIXES: Final = {"dsp": DSP, "dsc": DSC, "psp": PSP, "emlf": EMLF, "fsf": FSF, "spf": SPF, "spx": SPX}
"""The prefixes of the documents."""

SERVICES: Final = {DSP: "dsp", DSC: "dsc"}
"""Namespaces of the two services of a scan server, which share the structures of a job, and their prefixes."""

CREATE_POST_SCAN_JOB: Final = f"{DSP}/CreatePostScanJob"  # WS-DSP pages, as all actions below
SEND_IMAGE: Final = f"{DSP}/SendImage"
END_POST_SCAN_JOB: Final = f"{DSP}/EndPostScanJob"
CANCEL_POST_SCAN_JOB: Final = f"{DSP}/CancelPostScanJob"
# The law: [notes/c-28/get-post-scan-job-elements-plural]
GET_POST_SCAN_JOB_ELEMENTS: Final = f"{DSP}/GetPostScanJobElements"

POST_SCAN_JOB_STATUS_EVENT: Final = f"{DSP}/PostScanJobStatusEvent"  # name: WS-DSP pages; namespace by analogy
POST_SCAN_JOB_END_STATE_EVENT: Final = f"{DSP}/PostScanJobEndStateEvent"  # the same
# The law: [notes/silent/dsp-event-actions]
PROCESSING_EVENTS: Final = (POST_SCAN_JOB_STATUS_EVENT, POST_SCAN_JOB_END_STATE_EVENT)

GET_REPOSITORY_ELEMENTS: Final = f"{DSC}/GetRepositoryElements"  # MS-BDSRR 6.1, as all actions below
DSC_GET_POST_SCAN_JOB_ELEMENTS: Final = f"{DSC}/GetPostScanJobElements"
DSC_CANCEL_POST_SCAN_JOB: Final = f"{DSC}/CancelPostScanJob"
GET_ACTIVE_JOBS: Final = f"{DSC}/GetActiveJobs"
GET_JOB_HISTORY: Final = f"{DSC}/GetJobHistory"  # [notes/c-28/get-job-history-singular]
REPOSITORY_ELEMENTS_CHANGE_EVENT: Final = f"{DSC}/RepositoryElementsChangeEvent"
REPOSITORY_STATUS_SUMMARY_EVENT: Final = f"{DSC}/RepositoryStatusSummaryEvent"
DSC_POST_SCAN_JOB_STATUS_EVENT: Final = f"{DSC}/PostScanJobStatusEvent"
DSC_POST_SCAN_JOB_END_STATE_EVENT: Final = f"{DSC}/PostScanJobEndStateEvent"
CONFIGURATION_EVENTS: Final = (
    REPOSITORY_ELEMENTS_CHANGE_EVENT,
    REPOSITORY_STATUS_SUMMARY_EVENT,
    DSC_POST_SCAN_JOB_STATUS_EVENT,
    DSC_POST_SCAN_JOB_END_STATE_EVENT,
)

REPOSITORY_CONFIGURATION: Final = QName(DSC, "RepositoryConfiguration")  # MS-BDSRR 3.1.4.1: what may be asked for
REPOSITORY_STATUS: Final = QName(DSC, "RepositoryStatus")
JOB_STATUS: Final = QName(DSP, "JobStatus")  # GetPostScanJobElements pages: what may be asked for
JOB_DESCRIPTION: Final = QName(DSP, "JobDescription")
DOCUMENTS: Final = QName(DSP, "Documents")  # MS-BDSRR 3.2.4.3; for dsp by analogy

PROCESSING_SERVICE_TYPE: Final = QName(DSP, "RepositoryProcessingServiceType")
"""Types of the hosted WS-DSP service. Documented nowhere; named by analogy with MS-BDSRR 6.1
(RepositoryConfigurationServiceType). A client takes any type in this namespace.
[notes/silent/dsp-service-type] [notes/silent/dsp-service-by-namespace]"""

# The law: [notes/c-37/services-have-addresses-of-their-own]
CONFIGURATION_SERVICE_TYPE: Final = QName(DSC, "RepositoryConfigurationServiceType")  # MS-BDSRR 6.1

SCAN_SERVER_PORT: Final = 5362  # MS-BDSRR 1.9; IANA, TCP and UDP
SCAN_SERVER_PATH: Final = "/ScanServer"  # DSM pages, sequence of messages

JOB_TIME_LIMIT: Final = 600.0
"""Seconds without SendImage or EndPostScanJob after which a job is ended (MS-BDSRR 2.2.5.11)."""

MAX_STRING: Final = 255  # String255ExtType of MS-BDSRR 6.2
MAX_SITE_URL: Final = 2048  # String2048ExtType of the SharePoint filter schema
MAX_PSP_STRING: Final = 524288  # rangeUpper of msImaging-PSPString (MS-ADA2)
