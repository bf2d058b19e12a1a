"""Namespaces, actions, addresses and limits of DSM, each once, by its standard name, with its source."""

from __future__ import annotations

from typing import Final

from emulator.soap.xml import QName

_MS: Final = "http://schemas.microsoft.com/windows"

# The law: [dsp/wire/namespace]
DSP: Final = f"{_MS}/2008/12/wdp/distributedscan/processing"  # WS-DSP pages
# The law: [dsc/wire/namespace]
DSC: Final = f"{_MS}/2008/12/wdp/distributedscan/configuration"  # MS-BDSRR 6.2.1, WS-DSC
# The law: [psp/wire/namespace]
PSP: Final = f"{_MS}/2008/02/imaging/postscan/psp"  # MS-BDSRR 6.2.2
# The law: [psp/wire/email-namespace]
EMLF: Final = f"{_MS}/2007/10/imaging/postscan/filter/email"  # MS-BDSRR 6.2; also the filter's Dialect
# The law: [psp/wire/file-share-namespace]
FSF: Final = f"{_MS}/2007/10/imaging/postscan/filter/fileshare"  # MS-BDSRR 6.2; also the filter's Dialect
# The law: [psp/wire/share-point-namespace]
SPF: Final = f"{_MS}/2007/10/imaging/postscan/filter/sharepoint"  # MS-BDSRR 6.2; also the filter's Dialect
# The law: [dsc/wire/filter-names-namespace]
FILTER: Final = f"{_MS}/2007/10/imaging/postscan/filter"  # MS-BDSRR 4.1: of the names in dsc:Filter/Dialect
# The law: [psp/wire/extension-namespace]
SPX: Final = f"{_MS}/2010/09/imaging/postscan/scanprocess/extensions"  # MS-BDSRR 6.2

PREFIXES: Final = {"dsp": DSP, "dsc": DSC, "psp": PSP, "emlf": EMLF, "fsf": FSF, "spf": SPF, "spx": SPX}
"""The prefixes of the documents. [dsc/wire/prefixes-mean-nothing]"""

SERVICES: Final = {DSP: "dsp", DSC: "dsc"}
"""Namespaces of the two services of a scan server, which share the structures of a job, and their prefixes."""

# The law: [dsp/operations/all-five] [dsp/header/request-action]
CREATE_POST_SCAN_JOB: Final = f"{DSP}/CreatePostScanJob"  # WS-DSP pages, as all actions below
SEND_IMAGE: Final = f"{DSP}/SendImage"
END_POST_SCAN_JOB: Final = f"{DSP}/EndPostScanJob"
CANCEL_POST_SCAN_JOB: Final = f"{DSP}/CancelPostScanJob"
# The law: [notes/c-28/get-post-scan-job-elements-plural]
GET_POST_SCAN_JOB_ELEMENTS: Final = f"{DSP}/GetPostScanJobElements"

# The law: [dsp/event/action]
POST_SCAN_JOB_STATUS_EVENT: Final = f"{DSP}/PostScanJobStatusEvent"  # name: WS-DSP pages; namespace by analogy
POST_SCAN_JOB_END_STATE_EVENT: Final = f"{DSP}/PostScanJobEndStateEvent"  # the same
# The law: [notes/silent/dsp-event-actions]
PROCESSING_EVENTS: Final = (POST_SCAN_JOB_STATUS_EVENT, POST_SCAN_JOB_END_STATE_EVENT)

# The law: [dsc/wire/actions]
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

# The law: [dsc/get-repository-elements/names]
REPOSITORY_CONFIGURATION: Final = QName(DSC, "RepositoryConfiguration")  # MS-BDSRR 3.2.4.1: what may be asked for
REPOSITORY_STATUS: Final = QName(DSC, "RepositoryStatus")
# The law: [dsp/get-post-scan-job-elements/names] [dsc/get-post-scan-job-elements/names]
JOB_STATUS: Final = QName(DSP, "JobStatus")  # GetPostScanJobElements pages: what may be asked for
JOB_DESCRIPTION: Final = QName(DSP, "JobDescription")
# The law: [dsp/get-post-scan-job-elements/documents]
DOCUMENTS: Final = QName(DSP, "Documents")  # MS-BDSRR 3.2.4.3; for dsp by analogy

PROCESSING_SERVICE_TYPE: Final = QName(DSP, "RepositoryProcessingServiceType")
"""Types of the hosted WS-DSP service. Documented nowhere; named by analogy with MS-BDSRR 6.1
(RepositoryConfigurationServiceType). A client takes any type in this namespace.
[notes/silent/dsp-service-type] [notes/silent/dsp-service-by-namespace]
[dsp/address/type-of-an-emulated-server] [dsp/address/types-in-the-namespace]"""

# The law: [notes/c-37/services-have-addresses-of-their-own] [dsc/wire/port-type]
CONFIGURATION_SERVICE_TYPE: Final = QName(DSC, "RepositoryConfigurationServiceType")  # MS-BDSRR 6.1

# The law: [dsp/address/port-and-path] [bdsrr/1.9/port-5362]
SCAN_SERVER_PORT: Final = 5362  # MS-BDSRR 1.9; IANA, TCP and UDP
# The law: [dsp/address/port-and-path]
SCAN_SERVER_PATH: Final = "/ScanServer"  # DSM pages, sequence of messages

JOB_TIME_LIMIT: Final = 600.0
"""Seconds without SendImage or EndPostScanJob after which a job is ended (MS-BDSRR 2.2.5.11).
[dsp/job-transition/timed-out]"""

# The law: [dsp/job-token/length]
MAX_STRING: Final = 255  # String255ExtType of MS-BDSRR 6.2
# The law: [psp/share-point/url-length]
MAX_SITE_URL: Final = 2048  # String2048ExtType of the SharePoint filter schema
# The law: [adds/schema/psp-string]
MAX_PSP_STRING: Final = 524288  # rangeUpper of msImaging-PSPString (MS-ADA2)
