"""Scan tickets read and written: what real peers send is read, with each departure told."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from wsscan_tickets import TICKET, element

from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError
from emulator.soap.xml import QName
from emulator.wsscan.constants import WSCN, WSCN_2006_01
from emulator.wsscan.values.geometry import Dimensions, Resolution
from emulator.wsscan.values.ticket import (
    Exposure,
    ExposureSettings,
    InputSize,
    JobDescription,
    ScanTicket,
    Setting,
)
from emulator.wsscan.xml.ticket import read_ticket, write_ticket

FULL = """
<Format w:MustHonor="true">png</Format><CompressionQualityFactor>100</CompressionQualityFactor>
<ImagesToTransfer>3</ImagesToTransfer><InputSource>ADFDuplex</InputSource>
<FilmScanMode>ColorSlideFilm</FilmScanMode><ContentType>Text</ContentType>
<InputSize><InputMediaSize><Width>8500</Width><Height>11000</Height></InputMediaSize></InputSize>
<Exposure><ExposureSettings><Contrast>1</Contrast><Brightness>-2</Brightness><Sharpness>3</Sharpness>
</ExposureSettings></Exposure>
<Scaling><ScalingWidth>50</ScalingWidth><ScalingHeight>200</ScalingHeight></Scaling><Rotation>90</Rotation>
<MediaSides><MediaFront><ScanRegion><ScanRegionXOffset>1</ScanRegionXOffset>
<ScanRegionYOffset>2</ScanRegionYOffset><ScanRegionWidth w:MustHonor="1">3</ScanRegionWidth>
<ScanRegionHeight>4</ScanRegionHeight></ScanRegion><ColorProcessing>Grayscale8</ColorProcessing>
<Resolution w:MustHonor="true"><Width>300</Width><Height>600</Height></Resolution></MediaFront>
<MediaBack><Resolution><Width>75</Width></Resolution></MediaBack></MediaSides>
"""


def read(parameters: str, namespace: str = WSCN) -> tuple[ScanTicket, list[str]]:
    deviations = Deviations()
    return read_ticket(element(parameters, namespace), deviations), [each.id for each in deviations]


def test_every_setting_arrives_where_it_belongs() -> None:
    # The law: [wscn/ticket/children]
    ticket, deviations = read(FULL)
    given = ticket.document_parameters
    assert deviations == []
    assert ticket.job_description == JobDescription("Job", "joe", None)
    assert given.format == Setting("png", True)
    assert given.compression_quality_factor == Setting(100)
    assert given.images_to_transfer == Setting(3)
    assert given.input_source == Setting("ADFDuplex")
    assert given.film_scan_mode == Setting("ColorSlideFilm")
    assert given.content_type == Setting("Text")
    assert given.input_size == Setting(InputSize(None, Dimensions(8500, 11000)))
    assert given.exposure == Setting(Exposure(None, ExposureSettings(1, -2, 3)))
    assert given.scaling == Setting((50, 200))
    assert given.rotation == Setting(90)
    front, back = given.media_front, given.media_back
    assert front is not None and back is not None and front.scan_region is not None
    region = front.scan_region
    assert (region.x_offset, region.y_offset) == (Setting(1), Setting(2))
    assert (region.width, region.height) == (Setting(3, True), Setting(4))
    assert front.color_processing == Setting("Grayscale8")
    assert front.resolution == Setting(Resolution(300, 600), True)
    assert back.resolution == Setting(Resolution(75, 75))  # without Height: square


def test_a_ticket_without_document_parameters_is_silent() -> None:
    deviations = Deviations()
    root = etree.fromstring(
        f'<t:ScanTicket xmlns:t="{WSCN}"><t:JobDescription><t:JobName/><t:JobOriginatingUserName/>'
        "</t:JobDescription></t:ScanTicket>"
    )
    assert read_ticket(root, deviations) == ScanTicket()
    assert not list(deviations)


def test_the_psp_element_holds_wscn_children() -> None:
    # The law: [psp/wire/scan-ticket-namespace] [psp/scan-process/scan-ticket-children]
    # The law: [psp/scan-process/scan-ticket-may-be-partial]
    psp = QName("http://schemas.microsoft.com/windows/2008/02/imaging/postscan/psp", "ScanTicket")
    written = write_ticket(read(FULL)[0], psp)
    assert written.tag == psp.clark
    assert {str(each.tag).partition("}")[0][1:] for each in written.iterdescendants()} == {WSCN}
    assert read_ticket(etree.fromstring(etree.tostring(written)), Deviations()) == read(FULL)[0]


SANE_AIRSCAN = """
<Format>jfif</Format><ImagesToTransfer>0</ImagesToTransfer><ContentType>Auto</ContentType>
<InputSize><InputMediaSize><Width>8500</Width><Height>11700</Height></InputMediaSize></InputSize>
<InputSource>ADF</InputSource><MediaSides><MediaFront><ColorProcessing>RGB24</ColorProcessing>
<Resolution><Width>300</Width><Height>300</Height></Resolution><ScanRegion>
<ScanRegionXOffset>0</ScanRegionXOffset><ScanRegionYOffset>0</ScanRegionYOffset>
<ScanRegionWidth>8500</ScanRegionWidth><ScanRegionHeight>11700</ScanRegionHeight></ScanRegion>
</MediaFront></MediaSides>"""


def test_sane_airscans_order_is_read_and_told() -> None:
    """Its order: [clients/sane-airscan/ticket-out-of-order]. [wscn/ticket/any-order-accepted]"""
    ticket, deviations = read(SANE_AIRSCAN)
    assert ticket.document_parameters.input_source == Setting("ADF")
    assert ticket.document_parameters.media_front is not None
    assert ticket.document_parameters.media_front.resolution == Setting(Resolution(300, 300))
    assert deviations == ["element-order", "element-order"]  # InputSource, ScanRegion


WSD_PYTHON = """
<Format>jfif</Format><InputSize><DocumentSizeAutoDetect>false</DocumentSizeAutoDetect><InputMediaSize>
<Width>100</Width><Height>200</Height></InputMediaSize></InputSize><Exposure><AutoExposure>false</AutoExposure>
<ExposureSettings><Contrast>5</Contrast></ExposureSettings></Exposure>"""


def test_wsd_pythons_namespace_and_double_choices_are_read_and_told() -> None:
    # The law: [clients/wsd-python/ticket-in-2006-01] [clients/wsd-python/both-children-of-the-choices]
    # The law: [wscn/wire/namespace-of-2006-01-accepted]
    ticket, deviations = read(WSD_PYTHON, WSCN_2006_01)
    assert ticket.job_description.job_name == "Job"
    assert ticket.document_parameters.input_size == Setting(InputSize(False, Dimensions(100, 200)))
    assert ticket.document_parameters.exposure == Setting(Exposure(False, ExposureSettings(5)))
    assert set(deviations) == {"namespace", "choice"}
    assert deviations.count("choice") == 2


@pytest.mark.parametrize(
    ("parameters", "deviation"),
    [
        ('<Format MustHonor="true">png</Format>', "attribute-form"),
        ("<Format> png\n</Format>", "white-space"),
        ("<Format>png</Format><Format>jfif</Format>", "element-doubled"),
        ("<Format>png</Format><Colour>red</Colour>", "element-unknown"),
        ("<Format>PNG</Format>", "spelling"),
        ("<Format></Format>", "empty"),
        ("<InputSource>Drum</InputSource>", "value"),
        ("<InputSource>v:</InputSource>", "value"),
        ("<Format>image/png</Format>", "value"),
        ("<CompressionQualityFactor>101</CompressionQualityFactor>", "range"),
        ("<Rotation>45</Rotation>", "value"),
        ("<Scaling><ScalingWidth>1250</ScalingWidth><ScalingHeight>1</ScalingHeight></Scaling>", "range"),
        ('<MediaSides w:MustHonor="true"><MediaFront/></MediaSides>', "schema"),
        ("<MediaSides><MediaBack/></MediaSides>", "element-missing"),
        ("<InputSize/>", "element-missing"),
        (
            '<MediaSides><MediaFront><ScanRegion w:MustHonor="true"><ScanRegionWidth>1</ScanRegionWidth>'
            "<ScanRegionHeight>1</ScanRegionHeight></ScanRegion></MediaFront></MediaSides>",
            "schema",
        ),
    ],
)
def test_a_departure_is_told(parameters: str, deviation: str) -> None:
    # The law: [bdsrr/6.2/one-of-a-choice] [notes/c-10/gray-scale-4-read]
    # The law: [notes/c-16/must-honor-of-media-sides-read] [notes/schema/order-of-children-not-demanded]
    assert read(parameters)[1] == [deviation]


@pytest.mark.parametrize(
    ("parameters", "argument"),
    [
        ("<CompressionQualityFactor>best</CompressionQualityFactor>", "CompressionQualityFactor"),
        ("<ImagesToTransfer>99999999999</ImagesToTransfer>", "ImagesToTransfer"),
        ("<Rotation>left</Rotation>", "Rotation"),
        ('<Format w:MustHonor="yes">png</Format>', "Format/@MustHonor"),
        ("<InputSize><DocumentSizeAutoDetect>maybe</DocumentSizeAutoDetect></InputSize>", "DocumentSizeAutoDetect"),
        ("<InputSize><InputMediaSize><Width>1</Width></InputMediaSize></InputSize>", "Height"),
        ("<Scaling><ScalingHeight>100</ScalingHeight></Scaling>", "ScalingWidth"),
        ("<MediaSides><MediaFront><Resolution/></MediaFront></MediaSides>", "Width"),
        (
            "<MediaSides><MediaFront><ScanRegion><ScanRegionWidth>1</ScanRegionWidth></ScanRegion></MediaFront>"
            "</MediaSides>",
            "ScanRegionHeight",
        ),
    ],
)
def test_the_incomprehensible_names_its_element(parameters: str, argument: str) -> None:
    with pytest.raises(ContentError) as caught:
        read(parameters)
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ("<v:Staple>true</v:Staple>", ()),
        ('<v:Staple w:MustHonor="true">true</v:Staple>', ("Staple",)),
        ('<v:Staple MustHonor="1">true</v:Staple>', ("Staple",)),
        ('<Colour w:MustHonor="true">red</Colour>', ("Colour",)),
        ('<Rotation w:MustHonor="true">v:Upright</Rotation>', ("Rotation",)),
        ("<Rotation>v:Upright</Rotation>", ()),
        (
            '<MediaSides><MediaFront><v:Punch w:MustHonor="true"/></MediaFront></MediaSides>'
            '<Exposure><ExposureSettings><v:Gamma w:MustHonor="true"/></ExposureSettings></Exposure>',
            ("Punch", "Gamma"),
        ),
    ],
)
def test_unknown_elements_that_must_be_honoured_are_named(parameters: str, names: tuple[str, ...]) -> None:
    # The law: [wscn/validation/unknown-element-ignored] [wscn/validation/must-honor-or-reject]
    assert read(parameters)[0].document_parameters.unknown_must_honor == names


def test_what_was_told_is_not_sent_on() -> None:
    """A ticket read with deviations is written without them."""
    parameters = WSD_PYTHON + (
        '<MediaSides w:MustHonor="true"><MediaFront><ColorProcessing>GrayScale4</ColorProcessing></MediaFront>'
        "</MediaSides>"
    )
    written = write_ticket(read(parameters)[0], TICKET)
    deviations = Deviations()
    again = read_ticket(written, deviations).document_parameters
    assert not list(deviations)
    assert again.input_size == Setting(InputSize(None, Dimensions(100, 200)))
    assert again.media_front is not None
    assert again.media_front.color_processing == Setting("Grayscale4", True)


def test_strings_are_cut_to_their_length_when_written() -> None:
    # The law: [wscn/job/texts-of-255-characters]
    written = write_ticket(ScanTicket(JobDescription("x" * 300, "joe\0")), TICKET)
    assert [len(each.text or "") for each in written[0]] == [255, 4]


def test_must_honor_is_written_qualified_and_only_when_true() -> None:
    # The law: [notes/c-16/must-honor-of-format] [wscn/must-honor/qualified] [wscn/must-honor/false-when-absent]
    written = etree.tostring(write_ticket(read(FULL)[0], TICKET)).decode()
    assert written.count("MustHonor") == written.count('wscn:MustHonor="true"') == 3


@pytest.mark.parametrize(
    ("name", "deviations"),
    [
        ("createscanjobrequest.xml", []),
        ("createscanjobrequest-2.xml", ["element-unknown"]),  # DocumentDescription in the ticket
        ("validatescanticketrequest.xml", ["spelling"]),  # GrayScale4
        ("validatescanticketrequest-2.xml", ["range", "range"]),  # scaling of 1250
        ("defaultscanticket.xml", []),
    ],
)
def test_the_printed_examples_are_read(reference: Path, name: str, deviations: list[str]) -> None:
    root = etree.parse(reference / "examples/wscn" / name).getroot()
    found = root if root.tag.endswith("DefaultScanTicket") else next(root.iter(TICKET.clark))
    told = Deviations()
    ticket = read_ticket(found, told)
    assert [each.id for each in told] == deviations
    assert ticket.document_parameters.format is not None
    assert ticket.document_parameters.media_front is not None
