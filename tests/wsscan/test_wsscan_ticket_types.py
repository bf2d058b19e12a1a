"""Every typed element of a scan ticket with values just in and just out of its type, and every element that its
structure requires left out: by the schema's facets, in both operations that judge a ticket or carry it out."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources

import pytest
from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError
from emulator.wsscan.constants import WSCN
from emulator.wsscan.messages.create import CreateScanJobRequest
from emulator.wsscan.messages.validate import ValidateScanTicketRequest

XS = "{http://www.w3.org/2001/XMLSchema}"
SCHEMA = etree.fromstring((resources.files("emulator.soap") / "xsd" / "wscn-ticket.xsd").read_bytes())
NAMED = {each.get("name"): each for each in SCHEMA if each.get("name") and each.tag != f"{XS}element"}

SIDE = (
    "<ScanRegion><ScanRegionXOffset>1</ScanRegionXOffset><ScanRegionYOffset>2</ScanRegionYOffset>"
    "<ScanRegionWidth>3</ScanRegionWidth><ScanRegionHeight>4</ScanRegionHeight></ScanRegion>"
    "<ColorProcessing>RGB24</ColorProcessing><Resolution><Width>300</Width><Height>300</Height></Resolution>"
)


def ticket(size: str, exposure: str) -> etree._Element:
    """A ticket with every setting; `size` and `exposure`: the child of each choice."""
    return etree.fromstring(
        f'<ScanTicket xmlns="{WSCN}"><JobDescription><JobName>n</JobName><JobOriginatingUserName>u'
        "</JobOriginatingUserName><JobInformation>i</JobInformation></JobDescription><DocumentParameters>"
        "<Format>png</Format><CompressionQualityFactor>1</CompressionQualityFactor><ImagesToTransfer>1"
        "</ImagesToTransfer><InputSource>ADF</InputSource><FilmScanMode>ColorSlideFilm</FilmScanMode>"
        f"<ContentType>Auto</ContentType><InputSize>{size}</InputSize><Exposure>{exposure}</Exposure><Scaling>"
        "<ScalingWidth>100</ScalingWidth><ScalingHeight>100</ScalingHeight></Scaling><Rotation>0</Rotation>"
        f"<MediaSides><MediaFront>{SIDE}</MediaFront><MediaBack>{SIDE}</MediaBack></MediaSides></DocumentParameters>"
        "</ScanTicket>"
    )


TICKETS = (
    ticket(
        "<InputMediaSize><Width>1</Width><Height>1</Height></InputMediaSize>",
        "<ExposureSettings><Contrast>0</Contrast><Brightness>0</Brightness><Sharpness>0</Sharpness></ExposureSettings>",
    ),
    ticket("<DocumentSizeAutoDetect>true</DocumentSizeAutoDetect>", "<AutoExposure>true</AutoExposure>"),
)


@dataclass
class Facets:
    """What a simple type allows."""

    base: str = ""
    values: dict[str, str] = field(default_factory=dict)
    keywords: list[str] = field(default_factory=list)


def facets_of(name: str) -> Facets:
    """Of a named type, simple or with simple content."""
    if name.startswith("xs:"):
        return Facets(name)
    found = NAMED[name.removeprefix("t:")]
    union = found.find(f"{XS}union")
    if union is not None:
        members = [facets_of(each) for each in (union.get("memberTypes") or "").split()]
        return Facets(members[0].base, {}, [word for each in members for word in each.keywords])
    rule = found.find(f".//{XS}extension")
    if rule is None:
        rule = found.find(f".//{XS}restriction")
        assert rule is not None
        outer = Facets(rule.get("base") or "")
        for each in rule:
            kind, value = str(each.tag).removeprefix(XS), each.get("value") or ""
            if kind == "enumeration":
                outer.keywords.append(value)
            else:
                outer.values[kind] = value
        return outer
    return facets_of(rule.get("base") or "")


def leaves(parent: etree._Element, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Facets, bool]]:
    """Path, type and whether it is required, of every element with text; structures have empty facets."""
    for element in (*parent.iterfind(f"{XS}sequence/{XS}element"), *parent.iterfind(f"{XS}choice/{XS}element")):
        name, type_name = element.get("name"), element.get("type")
        assert name is not None
        here = (*path, name)
        required = element.get("minOccurs") != "0"
        complex_type = element.find(f"{XS}complexType")
        if complex_type is None and type_name is not None:
            named = NAMED.get(type_name.removeprefix("t:"))
            if named is None or named.find(f".//{XS}element") is None:
                yield here, facets_of(type_name), required
                continue
            complex_type = named
        assert complex_type is not None
        yield here, Facets(), required
        yield from leaves(complex_type, here)


PATHS = list(leaves(NAMED["ScanTicketType"]))
ROWS = {"/".join(path): (path, facets, required) for path, facets, required in PATHS}


def test_the_schema_has_been_read() -> None:
    """Its leaves, counted by hand: 3 of the job, 6 plain settings and Rotation, 3 of the size, 4 of exposure, 2 of
    scaling, 7 of each side."""
    typed = [path for path, facets, _ in PATHS if facets.base]
    assert len(typed) == len(set(typed)) == 3 + 7 + 3 + 4 + 2 + 2 * 7
    for path in typed:
        assert any(each.find("/".join(f"{{{WSCN}}}{name}" for name in path)) is not None for each in TICKETS), path


def with_text(path: tuple[str, ...], text: str | None) -> etree._Element:
    """A ticket in which that element has another text, or is not there."""
    for each in TICKETS:
        root = copy.deepcopy(each)
        found = root.find("/".join(f"{{{WSCN}}}{name}" for name in path))
        if found is not None:
            if text is None:
                parent = found.getparent()
                assert parent is not None
                parent.remove(found)
            else:
                found.text = text
            return root
    raise AssertionError(path)


def refusals(root: etree._Element) -> list[str]:
    """The argument that each of both operations names."""
    found = []
    for message in (CreateScanJobRequest, ValidateScanTicketRequest):
        request = etree.Element(f"{{{WSCN}}}{message.__name__}")
        request.append(copy.deepcopy(root))
        try:
            message.from_xml(request, Deviations())
        except ContentError as error:
            assert "\n" not in str(error)
            found.append(error.argument)
    return found


def values(facets: Facets) -> tuple[list[str], list[str]]:
    """Texts just in, and just out of a type."""
    if facets.base == "xs:boolean":
        return ["true", "false", "1", "0"], ["maybe", "", "2"]
    if facets.base == "xs:string":
        length = int(facets.values["maxLength"])
        return ["", "x" * length], ["x" * (length + 1)]
    if facets.base == "xs:NMTOKEN":
        # The lists are open: a keyword that no list has is a value that is not supported.
        return [*facets.keywords], [""]
    assert facets.base == "xs:int"
    least = int(facets.values.get("minInclusive", -(2**31)))
    most = int(facets.values.get("maxInclusive", 2**31 - 1))
    return [str(least), str(most)], [str(least - 1), str(most + 1), "", "1.5", "one", "9" * 30]


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row[1].base])
def test_a_value_in_its_type_is_read_and_one_out_of_it_refused(name: str) -> None:
    # The law: [wscn/extension/keywords] [wscn/extension/formats] [wscn/extension/not-extensible]
    # The law: [wscn/format/keywords] [notes/c-18/quality-from-0] [wscn/ticket/job-name]
    # The law: [wscn/ticket/job-originating-user-name] [wscn/ticket/job-information] [wscn/ticket/format]
    # The law: [wscn/ticket/compression-quality-factor] [wscn/ticket/images-to-transfer]
    # The law: [wscn/ticket/input-source] [wscn/ticket/film-scan-mode] [wscn/ticket/content-type]
    # The law: [wscn/ticket/input-size] [wscn/ticket/contrast] [wscn/ticket/brightness] [wscn/ticket/sharpness]
    # The law: [wscn/ticket/scaling] [wscn/ticket/rotation] [wscn/ticket/scan-region]
    # The law: [wscn/ticket/color-processing] [wscn/ticket/resolution] [wscn/fault/invalid-args-cases]
    # The law: [wscn/wire/integers-of-32-bits] [wscn/wire/booleans] [wscn/job/texts-of-255-characters]
    path, facets, _ = ROWS[name]
    inside, outside = values(facets)
    for text in inside:
        assert refusals(with_text(path, text)) == [], text
    if path[-1].startswith("Scaling"):
        # The printed ValidateScanTicketResponse corrects a scaling of 1250; CreateScanJob has its rule (20).
        outside = [text for text in outside if not text.lstrip("-").isdigit() or len(text) > 10]
    if path[-1] == "Rotation":
        outside = [*outside, "left", "90.0"]
    for text in outside:
        assert refusals(with_text(path, text)) == [path[-1]] * 2, text


@pytest.mark.parametrize("name", list(ROWS))
def test_what_is_required_is_missed(name: str) -> None:
    # The law: [wscn/fault/invalid-args-cases] [wscn/ticket/children] [wscn/ticket/exposure]
    # The law: [wscn/ticket/media-sides]
    path, _, required = ROWS[name]
    found = refusals(with_text(path, None))
    if path[-2:-1] in (("InputSize",), ("Exposure",)):
        # One child of the choice, whichever; the first is named.
        assert len(found) == 2 and set(found) <= {"DocumentSizeAutoDetect", "AutoExposure"}
    else:
        assert found == ([path[-1]] * 2 if required else [])


def test_the_whole_job_description_missing_is_one_argument() -> None:
    root = with_text(("JobDescription",), None)
    assert refusals(root) == ["JobDescription"] * 2


def test_what_departs_in_form_alone_is_tolerated() -> None:
    """Order, white space, spelling, both children of a choice: real clients do that
    [clients/sane-airscan/ticket-out-of-order] [clients/wsd-python/both-children-of-the-choices].
    [notes/schema/order-of-children-not-demanded]"""
    root = copy.deepcopy(TICKETS[0])
    parameters = root[1]
    parameters[:] = list(reversed(parameters))
    size = root.find(f".//{{{WSCN}}}InputSize")
    assert size is not None
    size.append(etree.fromstring(f'<DocumentSizeAutoDetect xmlns="{WSCN}">false</DocumentSizeAutoDetect>'))
    color = root.find(f".//{{{WSCN}}}ColorProcessing")
    assert color is not None
    color.text = " GrayScale8\n"
    request = etree.Element(f"{{{WSCN}}}ValidateScanTicketRequest")
    request.append(root)
    deviations = Deviations()
    read = ValidateScanTicketRequest.from_xml(request, deviations)
    front = read.ticket.document_parameters.media_front
    assert front is not None and front.color_processing is not None
    assert front.color_processing.value == "Grayscale8"
    assert {each.id for each in deviations} == {"element-order", "choice", "white-space", "spelling"}
