"""WS-Scan values for tests: some by hand, and what hypothesis makes up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

from hypothesis import strategies as st
from wsscan_tickets import COUNTS, LENGTHS, PARAMETERS, TEXT, VENDOR

from emulator.soap.element_data import ElementData
from emulator.soap.xml import QName
from emulator.wsscan.constants import (
    DEFAULT_SCAN_TICKET,
    DOCUMENTS,
    JOB_STATUS,
    SCAN_TICKET,
    SCANNER_CONFIGURATION,
    SCANNER_DESCRIPTION,
    SCANNER_STATUS,
)
from emulator.wsscan.messages.cancel import CancelJobRequest, CancelJobResponse
from emulator.wsscan.messages.create import CreateScanJobRequest, CreateScanJobResponse
from emulator.wsscan.messages.elements import (
    GetJobElementsRequest,
    GetJobElementsResponse,
    GetScannerElementsRequest,
    GetScannerElementsResponse,
)
from emulator.wsscan.messages.jobs import (
    GetActiveJobsRequest,
    GetActiveJobsResponse,
    GetJobHistoryRequest,
    GetJobHistoryResponse,
)
from emulator.wsscan.messages.retrieve import RetrieveImageRequest, RetrieveImageResponse
from emulator.wsscan.messages.validate import ValidateScanTicketRequest, ValidateScanTicketResponse
from emulator.wsscan.values.configuration import (
    DeviceSettings,
    Range,
    ScannerConfiguration,
    SourceCapabilities,
)
from emulator.wsscan.values.geometry import Dimensions, Resolution
from emulator.wsscan.values.image_information import NO_IMAGES, ImageInformation, MediaImageInfo
from emulator.wsscan.values.jobs import (
    FinalParameters,
    JobDocuments,
    JobSummary,
    ScanJobState,
    ScanJobStateReason,
    ScanJobStatus,
)
from emulator.wsscan.values.keywords import ColorEntry, ContentType, FilmScanMode, Format
from emulator.wsscan.values.status import (
    Component,
    ConditionHistoryEntry,
    ConditionName,
    DeviceCondition,
    LocalizedText,
    ScannerDescription,
    ScannerState,
    ScannerStateReason,
    ScannerStatus,
    Severity,
)
from emulator.wsscan.values.ticket import (
    DocumentParameters,
    Exposure,
    ExposureSettings,
    InputSize,
    JobDescription,
    MediaSide,
    ScanRegionRequest,
    ScanTicket,
    Setting,
)

NOON = datetime(2026, 3, 4, 12, 0, 0, 250_000, UTC)
PLATEN = SourceCapabilities(
    Resolution(1200, 600),
    (75, 300),
    (75, 600),
    ("RGB24", "v:CMYK32"),
    Dimensions(250, 300),
    Dimensions(8500, 11700),
)
FEEDER = SourceCapabilities(
    Resolution(600, 600), (300,), (300,), ("BlackAndWhite1",), Dimensions(4000, 6000), Dimensions(8500, 14000)
)
CONFIGURATION = ScannerConfiguration(
    DeviceSettings(
        ("jfif", "tiff-multi-g4", "vnd.raw"),
        Range(15, 100),
        ("Auto", "v:Map"),
        True,
        False,
        True,
        False,
        Range(50, 500),
        Range(60, 400),
        (0, 90),
    ),
    platen=PLATEN,
    adf_front=FEEDER,
    adf_back=PLATEN,
    film=FEEDER,
    film_scan_modes=("ColorSlideFilm",),
)
STATUS = ScannerStatus(
    NOON,
    ScannerState.STOPPED,
    (ScannerStateReason.MEDIA_JAM, "v:Sleepy"),
    (
        DeviceCondition(7, NOON, ConditionName.MEDIA_JAM, Component.MEDIA_PATH, Severity.CRITICAL),
        DeviceCondition(8, NOON, "v:Sleepy", "v:Lid", "v:Mild"),
    ),
    (ConditionHistoryEntry(7, NOON, ConditionName.COVER_OPEN, Component.ADF, Severity.WARNING, NOON),),
)
DESCRIPTION = ScannerDescription(
    (LocalizedText("Copy room", "en"), LocalizedText("Kopierraum", "de-AT")),
    (LocalizedText("for all"),),
    (LocalizedText("2nd floor"),),
)
TICKET = ScanTicket(
    JobDescription("Job", "joe", "info"),
    DocumentParameters(
        format=Setting("jfif", True),
        input_size=Setting(InputSize(auto_detect=True)),
        media_front=MediaSide(resolution=Setting(Resolution(300, 300), True)),
    ),
)
FINAL = FinalParameters(
    ScanTicket(
        document_parameters=DocumentParameters(
            format=Setting("jfif"),
            input_size=Setting(InputSize(media_size=Dimensions(8500, 11000))),
            exposure=Setting(Exposure(settings=ExposureSettings(0, -3, 7))),
            scaling=Setting((100, 50)),
            media_front=MediaSide(
                ScanRegionRequest(Setting(8500), Setting(11000), Setting(0), Setting(0)),
                Setting("RGB24"),
                Setting(Resolution(300, 600)),
            ),
        )
    ),
    frozenset({"InputSize", "Exposure/Brightness", "MediaFront/ScanRegion/ScanRegionWidth"}),
    frozenset({"Format", "Scaling", "MediaFront/Resolution", "MediaFront/ColorProcessing"}),
)
IMAGES = ImageInformation(MediaImageInfo(2550, 3300, 7650), MediaImageInfo(1, 2, 0))
JOBS = (
    JobSummary(1, "Job 1", "joe", ScanJobState.PROCESSING, (ScanJobStateReason.JOB_SCANNING,), 2),
    JobSummary(2**31 - 1, "", "jane", "v:Asleep", (), 0),
)
JOB = ScanJobStatus(5, ScanJobState.COMPLETED, (ScanJobStateReason.NONE, "v:Odd"), 3, NOON, NOON)
OWN = QName("urn:vendor", "Own")

IN_BOTH = [
    GetScannerElementsRequest((SCANNER_STATUS, OWN, QName("urn:other", "Own"), SCANNER_DESCRIPTION)),
    GetScannerElementsResponse(
        (
            ElementData(SCANNER_DESCRIPTION, DESCRIPTION),
            ElementData(OWN, None),
            ElementData(SCANNER_CONFIGURATION, CONFIGURATION),
            ElementData(SCANNER_STATUS, STATUS),
            ElementData(DEFAULT_SCAN_TICKET, TICKET),
        )
    ),
    GetJobElementsRequest(5, (JOB_STATUS, OWN)),
    GetJobElementsResponse(
        (
            ElementData(JOB_STATUS, JOB),
            ElementData(SCAN_TICKET, TICKET),
            ElementData(DOCUMENTS, JobDocuments(FINAL, ("Scan001.jpg", ""))),
        )
    ),
    GetActiveJobsRequest(),
    GetActiveJobsResponse(()),
    GetActiveJobsResponse(JOBS),
    GetJobHistoryRequest(),
    GetJobHistoryResponse(JOBS),
    ValidateScanTicketRequest(TICKET),
    ValidateScanTicketResponse(True, IMAGES),
    ValidateScanTicketResponse(False, NO_IMAGES, TICKET),
]
"""The messages of the operations that WS-Scan and WS-DSD share."""

MESSAGES = [
    *IN_BOTH,
    CreateScanJobRequest(TICKET),
    CreateScanJobRequest(TICKET, "urn:uuid:1", "Dest 1"),
    CreateScanJobResponse(1, "secret", IMAGES, FINAL),
    RetrieveImageRequest(1, "secret", "Scan001.jpg"),
    RetrieveImageResponse("image.1@device.example"),
    CancelJobRequest(2**31 - 1),
    CancelJobResponse(),
]


def name_of(message: object) -> str:
    """For test ids."""
    return type(message).__name__


# Of hypothesis


def _known(keywords: type[StrEnum]) -> st.SearchStrategy[str]:
    return st.sampled_from(list(keywords)) | VENDOR


def _lists(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(values, min_size=1, max_size=4).map(tuple)


def _ranges(minimum: int, maximum: int) -> st.SearchStrategy[Range]:
    pairs = st.tuples(st.integers(minimum, maximum), st.integers(minimum, maximum))
    return pairs.map(lambda pair: Range(min(pair), max(pair)))


TIMES = st.datetimes(
    datetime.fromisoformat("0001-01-02"),
    datetime.fromisoformat("9999-12-30"),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))) | st.none(),
).map(lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000))
SIZES = st.builds(Dimensions, LENGTHS, LENGTHS)
AREAS = st.builds(
    SourceCapabilities,
    st.builds(Resolution, LENGTHS, LENGTHS),
    _lists(LENGTHS),
    _lists(LENGTHS),
    _lists(_known(ColorEntry)),
    SIZES,
    SIZES,
)
SETTINGS = st.builds(
    DeviceSettings,
    _lists(st.sampled_from(list(Format)) | st.from_regex(r"[a-z]{1,8}[A-Za-z0-9_.:\-]{0,12}", fullmatch=True)),
    _ranges(1, 100),
    _lists(_known(ContentType)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    _ranges(1, 1000),
    _ranges(1, 1000),
    _lists(st.sampled_from([0, 90, 180, 270])),
)


@st.composite
def _configurations(draw: st.DrawFn) -> ScannerConfiguration:
    front = draw(st.none() | AREAS)
    film = draw(st.none() | AREAS)
    return ScannerConfiguration(
        draw(SETTINGS),
        draw(st.none() | AREAS),
        front,
        None if front is None else draw(st.none() | AREAS),
        film,
        () if film is None else draw(_lists(_known(FilmScanMode))),
    )


CONFIGURATIONS = _configurations()
CONDITION = (TIMES, _known(ConditionName), _known(Component), _known(Severity))
STATUSES = st.builds(
    ScannerStatus,
    TIMES,
    _known(ScannerState),
    _lists(_known(ScannerStateReason)),
    st.lists(st.builds(DeviceCondition, LENGTHS, *CONDITION), max_size=3).map(tuple),
    st.lists(st.builds(ConditionHistoryEntry, LENGTHS, *CONDITION, TIMES), max_size=3).map(tuple),
)
SUMMARIES = st.builds(
    JobSummary,
    LENGTHS,
    TEXT,
    TEXT,
    _known(ScanJobState),
    st.lists(_known(ScanJobStateReason), max_size=3).map(tuple),
    COUNTS,
)
JOB_STATUSES = st.builds(
    ScanJobStatus,
    LENGTHS,
    _known(ScanJobState),
    st.lists(_known(ScanJobStateReason), max_size=3).map(tuple),
    COUNTS,
    st.none() | TIMES,
    st.none() | TIMES,
)
FINAL_TICKETS = st.builds(ScanTicket, document_parameters=PARAMETERS)
