"""Whatever configuration and default ticket a device tells: a valid profile, or a reason why there is none."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.inspector.capture import Source, make_profile
from emulator.inspector.captured import NoProfile
from emulator.inspector.scanner_elements import ScannerElements
from emulator.wsscan.values.configuration import DeviceSettings, Range, ScannerConfiguration, SourceCapabilities
from emulator.wsscan.values.geometry import Dimensions, Resolution
from emulator.wsscan.values.keywords import ColorEntry, ContentType, FilmScanMode, Format, InputSource
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

NUMBERS = st.one_of(
    st.integers(-2, 1200), st.sampled_from([-(2**31), 0, 9_600, 9_601, 100_000, 100_001, 2**31 - 1])
)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\t\n\r\x7f\x85\x9f"), max_size=300
)
RANGES = st.builds(lambda a, b: Range(min(a, b), max(a, b)), NUMBERS, NUMBERS)
SIZES = st.builds(Dimensions, NUMBERS, NUMBERS)
RESOLUTIONS = st.builds(Resolution, NUMBERS, NUMBERS)


def keywords(known: type) -> st.SearchStrategy[str]:
    return st.sampled_from([*map(str, known), "vendor:Odd"])


def some(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(values, max_size=4).map(tuple)


def given_or_not(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | st.builds(Setting, values, st.booleans())


PPI = some(NUMBERS).map(lambda found: (*found, 300))
AREAS = st.builds(
    SourceCapabilities,
    RESOLUTIONS,
    PPI,
    PPI,
    some(keywords(ColorEntry)).map(lambda found: (*found, "RGB24")),
    SIZES,
    SIZES,
)
CONFIGURATIONS = st.builds(
    ScannerConfiguration,
    st.builds(
        DeviceSettings,
        some(keywords(Format)).map(lambda found: (*found, "png")),
        RANGES,
        some(keywords(ContentType)),
        *[st.booleans()] * 4,
        RANGES,
        RANGES,
        some(st.sampled_from([0, 90, 180, 270, 45])),
    ),
    *[st.none() | AREAS] * 4,
    some(keywords(FilmScanMode)),
)
SIDES = st.none() | st.builds(
    MediaSide,
    st.none() | st.builds(ScanRegionRequest, *[st.builds(Setting, NUMBERS)] * 2, *[given_or_not(NUMBERS)] * 2),
    given_or_not(keywords(ColorEntry)),
    given_or_not(RESOLUTIONS),
)
TICKETS = st.builds(
    ScanTicket,
    st.builds(JobDescription, TEXTS, TEXTS, st.none() | TEXTS),
    st.builds(
        DocumentParameters,
        given_or_not(keywords(Format)),
        given_or_not(NUMBERS),
        given_or_not(NUMBERS),
        given_or_not(keywords(InputSource)),
        given_or_not(keywords(FilmScanMode)),
        given_or_not(keywords(ContentType)),
        given_or_not(st.builds(InputSize, st.none() | st.booleans(), st.none() | SIZES)),
        given_or_not(
            st.builds(Exposure, st.none() | st.booleans(), st.none() | st.builds(ExposureSettings, *[NUMBERS] * 3))
        ),
        given_or_not(st.tuples(NUMBERS, NUMBERS)),
        given_or_not(NUMBERS),
        SIDES,
        SIDES,
    ),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(CONFIGURATIONS, st.none() | TICKETS)
def test_any_scanner_makes_a_valid_profile_or_none(configuration: ScannerConfiguration, ticket: ScanTicket) -> None:
    scanner = ScannerElements("", configuration=configuration, default_ticket=ticket)
    try:
        made = make_profile(Source(("test",), scanner, None))
    except NoProfile as error:
        assert "names no" in str(error), "a profile that is made is one that can be loaded"
    else:
        assert made.profile.configuration().input_sources
