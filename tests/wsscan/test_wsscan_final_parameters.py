"""DocumentFinalParameters: made of a resolved ticket, marked leaf by leaf, read with its misprints."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from lxml import etree
from wsscan_tickets import TICKETS, ticket
from wsscan_values import CONFIGURATION, FINAL

from emulator.device.profile import load_profile
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError
from emulator.soap.xml import parse_xml
from emulator.wsscan.constants import WSCN
from emulator.wsscan.final_parameters import final_parameters
from emulator.wsscan.messages.create import CreateScanJobResponse
from emulator.wsscan.resolution import Resolved, TicketRejected, resolve
from emulator.wsscan.values.image_information import image_information
from emulator.wsscan.values.jobs import FinalParameters
from emulator.wsscan.values.ticket import JobDescription, ScanTicket, Setting
from emulator.wsscan.xml.final_parameters import read_final_parameters, write_final_parameters

OFFICE = load_profile("office-mfp")
DEVICE, DEFAULT = OFFICE.configuration(), OFFICE.default_ticket()


def final(parameters: str) -> FinalParameters:
    return final_parameters(resolve(ticket(parameters), DEVICE, DEFAULT))


def marks(root: etree._Element, name: str) -> set[str]:
    key = f"{{{WSCN}}}{name}"
    return {
        "/".join(str(each.tag).rpartition("}")[2] for each in [*reversed(list(leaf.iterancestors())), leaf][1:])
        for leaf in root.iter()
        if leaf.get(key) == "true"
    }


def test_what_a_ticket_leaves_out_is_marked_used_default() -> None:
    # The law: [wscn/final-parameters/used-default]
    root = write_final_parameters(final("<Format>png</Format>"))
    side = "MediaSides/MediaFront/"
    region = {f"{side}ScanRegion/ScanRegion{name}" for name in ("XOffset", "YOffset", "Width", "Height")}
    assert marks(root, "UsedDefault") == {
        "CompressionQualityFactor",
        "ImagesToTransfer",
        "InputSource",
        "ContentType",
        "InputSize/InputMediaSize/Width",
        "InputSize/InputMediaSize/Height",
        *(f"Exposure/ExposureSettings/{name}" for name in ("Contrast", "Brightness", "Sharpness")),
        "Scaling/ScalingWidth",
        "Scaling/ScalingHeight",
        "Rotation",
        *region,
        f"{side}ColorProcessing",
        f"{side}Resolution/Width",
        f"{side}Resolution/Height",
    }
    assert marks(root, "Override") == set()


def test_what_the_device_gives_otherwise_is_marked_override() -> None:
    # The law: [wscn/final-parameters/override]
    found = final(
        "<Format>png</Format><CompressionQualityFactor>50</CompressionQualityFactor><InputSource>Platen</InputSource>"
        "<MediaSides><MediaFront><ScanRegion><ScanRegionWidth>99999</ScanRegionWidth><ScanRegionHeight>1000"
        "</ScanRegionHeight></ScanRegion><Resolution><Width>299</Width><Height>299</Height></Resolution></MediaFront>"
        "</MediaSides>"
    )
    root = write_final_parameters(found)
    side = "MediaSides/MediaFront/"
    assert marks(root, "Override") == {
        "CompressionQualityFactor",
        f"{side}ScanRegion/ScanRegionWidth",
        f"{side}Resolution/Width",
        f"{side}Resolution/Height",
    }
    assert f"{side}ScanRegion/ScanRegionXOffset" in marks(root, "UsedDefault")
    assert "InputSource" not in marks(root, "UsedDefault")
    assert root.findtext("{*}CompressionQualityFactor") == "100"
    assert root.findtext("{*}FilmScanMode") is None  # the printed response has none for the platen


DETECTING = replace(
    CONFIGURATION,
    device_settings=replace(
        CONFIGURATION.device_settings, size_auto_detect=True, auto_exposure=True, formats=("png",)
    ),
)


@pytest.mark.parametrize(
    ("parameters", "overridden", "used_default"),
    [
        # As the printed CreateScanJobResponse: asked for detection, told the size, marked Override.
        ("<InputSize><DocumentSizeAutoDetect>true</DocumentSizeAutoDetect></InputSize>", {"InputSize"}, set()),
        # Nothing was asked of Contrast and the others, so nothing is overridden.
        ("<Exposure><AutoExposure>true</AutoExposure></Exposure>", set(), {"Exposure/Contrast", "InputSize"}),
        ("", set(), {"Exposure/Contrast", "InputSize"}),
        (
            "<Exposure><ExposureSettings><Contrast>3</Contrast></ExposureSettings></Exposure>",
            set(),
            {"Exposure/Brightness"},
        ),
    ],
)
def test_a_size_and_exposure_settings_always_stand_there(
    parameters: str, overridden: set[str], used_default: set[str]
) -> None:
    """WSD-python needs both [clients/wsd-python/final-parameters-with-values]."""
    found = final_parameters(resolve(ticket(parameters), DETECTING, DEFAULT))
    root = write_final_parameters(found)
    assert root.find("{*}InputSize/{*}InputMediaSize/{*}Width") is not None
    assert root.find("{*}Exposure/{*}ExposureSettings/{*}Sharpness") is not None
    assert overridden <= found.overridden and used_default <= found.used_default
    assert not found.overridden & found.used_default


def test_film_tells_its_mode() -> None:
    # The law: [wscn/ticket/film-scan-mode-not-applicable]
    found = final_parameters(resolve(ticket("<InputSource>Film</InputSource>"), DETECTING, DEFAULT))
    assert found.ticket.document_parameters.film_scan_mode is not None


@settings(max_examples=150, deadline=None)
@given(TICKETS)
def test_any_resolved_ticket_is_told_and_read_back(asked: ScanTicket) -> None:
    # The law: [wscn/final-parameters/every-parameter] [wscn/final-parameters/marked-elements]
    for configuration in (DEVICE, DETECTING):
        try:
            resolved = resolve(asked, configuration, DEFAULT)
        except TicketRejected:
            continue
        _comes_back(resolved)


def _comes_back(resolved: Resolved) -> None:
    found = final_parameters(resolved)
    message = CreateScanJobResponse(1, "t", image_information(resolved.ticket), found)
    deviations = Deviations()
    assert CreateScanJobResponse.from_xml(parse_xml(etree.tostring(message.to_xml())), deviations) == message
    assert not list(deviations)
    assert not found.overridden & found.used_default
    assert found.ticket.job_description == JobDescription()


def test_must_honor_has_no_place_there() -> None:
    # The law: [wscn/must-honor/only-in-submitted-tickets]
    parameters = replace(FINAL.ticket.document_parameters, format=Setting("jfif", True))
    written = write_final_parameters(FinalParameters(ScanTicket(document_parameters=parameters)))
    assert b"MustHonor" not in etree.tostring(written)


def test_marks_are_read_without_prefix_and_from_what_holds_the_leaves() -> None:
    """MediaSides may be marked as a whole (Override page)."""
    root = parse_xml(
        f'<F xmlns="{WSCN}" xmlns:w="{WSCN}"><Format Override="1">png</Format>'
        '<MediaSides w:UsedDefault="true"><MediaFront><ColorProcessing>RGB24</ColorProcessing><Resolution>'
        '<Width w:UsedDefault="false">300</Width></Resolution></MediaFront></MediaSides></F>'.encode()
    )
    deviations = Deviations()
    found = read_final_parameters(root, deviations)
    assert found.overridden == {"Format"}
    assert found.used_default == {"MediaFront/ColorProcessing"}
    assert [each.id for each in deviations] == ["attribute-form"]


def test_a_mark_that_is_none_is_refused() -> None:
    root = write_final_parameters(FINAL)
    root[0].set(f"{{{WSCN}}}Override", "perhaps")
    with pytest.raises(ContentError, match="Format/@Override"):
        read_final_parameters(root, Deviations())


def test_settings_that_stand_in_for_automatic_exposure_are_marked_override() -> None:
    means = replace(DEVICE, device_settings=replace(DEVICE.device_settings, auto_exposure=False))
    asked = ticket("<Exposure><AutoExposure>true</AutoExposure></Exposure>")
    found = final_parameters(resolve(asked, means, DEFAULT))
    parts = {f"Exposure/{name}" for name in ("Contrast", "Brightness", "Sharpness")}
    assert parts <= found.overridden and not parts & found.used_default
