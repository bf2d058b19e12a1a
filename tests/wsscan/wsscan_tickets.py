"""Scan tickets for tests: written by hand as XML, and made up by hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st
from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.xml import QName
from emulator.wsscan.constants import WSCN
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
from emulator.wsscan.xml.ticket import read_ticket

TICKET = QName(WSCN, "ScanTicket")


def element(parameters: str, namespace: str = WSCN) -> etree._Element:
    """A wscn:ScanTicket whose DocumentParameters hold `parameters`. Default namespace wscn; `w:` the same."""
    return etree.fromstring(
        f'<ScanTicket xmlns="{namespace}" xmlns:w="{namespace}" xmlns:v="urn:vendor"><JobDescription>'
        "<JobName>Job</JobName><JobOriginatingUserName>joe</JobOriginatingUserName></JobDescription>"
        f"<DocumentParameters>{parameters}</DocumentParameters></ScanTicket>"
    )


def ticket(parameters: str) -> ScanTicket:
    """The same, read."""
    return read_ticket(element(parameters), Deviations())


def _setting(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | st.builds(Setting, values, st.booleans())


def _keywords(known: type, vendor: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    return _setting(st.sampled_from([str(each) for each in known]) | vendor)


VENDOR = st.from_regex(r"[a-z]{1,8}:[A-Za-z0-9_.\-]{1,12}", fullmatch=True)
TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\r", categories=("L", "N", "P", "Zs")), max_size=255
)
LENGTHS = st.integers(1, 2**31 - 1)
COUNTS = st.integers(0, 2**31 - 1)
SIDES = st.builds(
    MediaSide,
    st.none()
    | st.builds(
        ScanRegionRequest,
        st.builds(Setting, LENGTHS, st.booleans()),
        st.builds(Setting, LENGTHS, st.booleans()),
        _setting(COUNTS),
        _setting(COUNTS),
    ),
    _keywords(ColorEntry, VENDOR),
    _setting(st.builds(Resolution, LENGTHS, LENGTHS)),
)
PARAMETERS = st.builds(
    DocumentParameters,
    format=_keywords(Format, st.from_regex(r"[a-z]{1,8}[A-Za-z0-9_.:\-]{0,12}", fullmatch=True)),
    compression_quality_factor=_setting(st.integers(0, 100)),
    images_to_transfer=_setting(COUNTS),
    input_source=_keywords(InputSource, VENDOR),
    film_scan_mode=_keywords(FilmScanMode, VENDOR),
    content_type=_keywords(ContentType, VENDOR),
    input_size=_setting(
        st.builds(InputSize, auto_detect=st.booleans())
        | st.builds(InputSize, media_size=st.builds(Dimensions, LENGTHS, LENGTHS))
    ),
    exposure=_setting(
        st.builds(Exposure, auto=st.booleans())
        | st.builds(
            Exposure,
            settings=st.builds(
                ExposureSettings,
                st.none() | st.integers(-1000, 1000),
                st.none() | st.integers(-1000, 1000),
                st.none() | st.integers(-100, 100),
            ),
        )
    ),
    scaling=_setting(st.tuples(st.integers(1, 1000), st.integers(1, 1000))),
    rotation=_setting(st.sampled_from([0, 90, 180, 270])),
    # A back alone cannot be written: the schema wants MediaFront.
    media_front=SIDES,
    media_back=st.none() | SIDES,
)
TICKETS = st.builds(ScanTicket, st.builds(JobDescription, TEXT, TEXT, st.none() | TEXT), PARAMETERS)


def _likely(*values: object) -> st.SearchStrategy[object]:
    """Mostly absent, seldom demanded: a ticket of some settings, all of which a device may have."""
    return st.one_of(
        st.none(),
        st.none(),
        st.builds(Setting, st.sampled_from(values)),
        st.builds(Setting, st.sampled_from(values), st.booleans()),
    )


_LIKELY_SIDES = st.builds(
    MediaSide,
    st.none()
    | st.builds(
        ScanRegionRequest,
        st.builds(Setting, st.sampled_from([1, 500, 2000, 4000, 8000, 8501, 12000]), st.booleans()),
        st.builds(Setting, st.sampled_from([1, 500, 2000, 5000, 11000, 14001]), st.booleans()),
        _likely(0, 1, 500, 5000, 9000),
        _likely(0, 1, 500, 5000, 15000),
    ),
    _likely(*map(str, ColorEntry), "v:Sepia"),
    _likely(*(Resolution(x, y) for x in (75, 100, 200, 300, 600) for y in (100, 200, 300, 301))),
)
LIKELY_TICKETS = st.builds(
    ScanTicket,
    st.builds(JobDescription, TEXT, TEXT),
    st.builds(
        DocumentParameters,
        format=_likely(*map(str, Format), "v:raw"),
        compression_quality_factor=_likely(0, 1, 50, 99, 100),
        images_to_transfer=_likely(0, 1, 2, 5),
        input_source=_likely(*map(str, InputSource), "v:Drum"),
        film_scan_mode=_likely(*map(str, FilmScanMode)),
        content_type=_likely(*map(str, ContentType), "v:Map"),
        input_size=_likely(
            InputSize(auto_detect=True),
            InputSize(auto_detect=False),
            InputSize(media_size=Dimensions(8500, 11000)),
            InputSize(media_size=Dimensions(5000, 7000)),
            InputSize(media_size=Dimensions(99999, 1)),
            InputSize(auto_detect=True, media_size=Dimensions(8000, 9000)),
        ),
        exposure=_likely(
            Exposure(auto=True),
            Exposure(auto=False),
            Exposure(settings=ExposureSettings()),
            Exposure(settings=ExposureSettings(10, -10, 0)),
            Exposure(settings=ExposureSettings(sharpness=100)),
            Exposure(auto=False, settings=ExposureSettings(brightness=1000)),
        ),
        scaling=_likely((100, 100), (50, 200), (1, 1000), (1000, 1000)),
        rotation=_likely(0, 45, 90, 180, 270),
        media_front=st.none() | _LIKELY_SIDES,
        media_back=st.none() | _LIKELY_SIDES,
        media_sides_must_honor=st.sampled_from([False, False, False, True]),
        unknown_must_honor=st.sampled_from([(), (), (), ("Staple",)]),
    ),
)
"""Tickets that a device honours, changes and rejects about as often."""
