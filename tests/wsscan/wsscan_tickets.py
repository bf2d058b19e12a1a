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
