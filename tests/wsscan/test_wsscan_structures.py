"""ScannerDescription, ScannerConfiguration, ScannerStatus, JobStatus and destinations: each leaf in its place,
and what devices leave out or say otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree
from wsscan_values import CONFIGURATION, DESCRIPTION, FEEDER, JOB, PLATEN, STATUS

from emulator.device.profile import DeviceProfile, list_profiles
from emulator.soap.constants import XML
from emulator.soap.deviations import Deviations
from emulator.soap.element_data import ElementData
from emulator.soap.reading import ContentError
from emulator.soap.schema import violations
from emulator.soap.xml import parse_xml
from emulator.wsscan.constants import DEFAULT_SCAN_TICKET, SCANNER_CONFIGURATION, WSCN, WSCN_2006_01
from emulator.wsscan.messages.elements import GetScannerElementsResponse
from emulator.wsscan.values.configuration import Range
from emulator.wsscan.values.destinations import DestinationResponse, ScanDestination
from emulator.wsscan.values.geometry import Dimensions, Resolution
from emulator.wsscan.values.status import LocalizedText, ScannerDescription, ScannerStatus
from emulator.wsscan.xml.configuration import read_scanner_configuration, write_scanner_configuration
from emulator.wsscan.xml.description import read_scanner_description, write_scanner_description
from emulator.wsscan.xml.destinations import (
    read_destination_responses,
    read_scan_destinations,
    write_destination_responses,
    write_scan_destinations,
)
from emulator.wsscan.xml.device_settings import NOTHING_TOLD
from emulator.wsscan.xml.jobs import read_scan_job_status, write_scan_job_status
from emulator.wsscan.xml.status import (
    read_device_condition,
    read_scanner_status,
    write_device_condition,
    write_scanner_status,
)
from emulator.wsscan.xml.structure import CLOCK_NOT_SET


def told(read: Callable[[etree._Element, Deviations], Any], root: etree._Element) -> tuple[Any, list[str]]:
    deviations = Deviations()
    return read(root, deviations), [each.id for each in deviations]


def without(root: etree._Element, *paths: str) -> etree._Element:
    for path in paths:
        found = root.find("/".join(f"{{*}}{name}" for name in path.split("/")))
        parent = None if found is None else found.getparent()
        assert found is not None and parent is not None, path
        parent.remove(found)
    return root


def with_text(root: etree._Element, path: str, text: str) -> etree._Element:
    found = root.find("/".join(f"{{*}}{name}" for name in path.split("/")))
    assert found is not None
    found.text = text
    return root


# Description


def test_the_texts_of_a_description_carry_their_language() -> None:
    # The law: [notes/c-25/one-language-an-element] [wscn/scanner-description/scanner-name]
    # The law: [wscn/scanner-description/scanner-info] [wscn/scanner-description/scanner-location]
    # The law: [wscn/scanner-description/one-language-an-element]
    root = write_scanner_description(DESCRIPTION)
    assert [(each.tag.rpartition("}")[2], each.get(f"{{{XML}}}lang"), each.text) for each in root] == [
        ("ScannerName", "en", "Copy room"),
        ("ScannerName", "de-AT", "Kopierraum"),
        ("ScannerInfo", None, "for all"),
        ("ScannerLocation", None, "2nd floor"),
    ]


def test_a_description_is_read_whatever_its_texts() -> None:
    # The law: [notes/c-25/list-of-languages-read] [wscn/scanner-description/one-language-an-element]
    root = parse_xml(
        f'<s:D xmlns:s="{WSCN}" xmlns:o="{WSCN_2006_01}">'
        '<s:ScannerInfo xml:lang="en, de">\n a  b \n</s:ScannerInfo>'
        f"<o:ScannerLocation>{'x' * 256}</o:ScannerLocation></s:D>".encode()
    )
    found, ids = told(read_scanner_description, root)
    assert found == ScannerDescription((), (LocalizedText("a  b", "en, de"),), (LocalizedText("x" * 256),))
    assert ids == ["value", "namespace", "too-long", "element-missing"]


def test_what_we_cannot_say_in_a_description_is_not_said() -> None:
    root = write_scanner_description(ScannerDescription((LocalizedText("\x00" + "n" * 300, "en, de"),)))
    assert (root[0].text, dict(root[0].attrib)) == ("?" + "n" * 254, {})


# Configuration


def test_every_part_of_a_configuration_stands_in_its_place() -> None:
    # The law: [clients/wsd-python/configuration-complete] [notes/c-27/adf-resolutions-in-lists]
    # The law: [wscn/device-settings/content-types-supported]
    # The law: [wscn/device-settings/document-size-auto-detect-supported]
    # The law: [wscn/device-settings/auto-exposure-supported] [wscn/device-settings/brightness-supported]
    # The law: [wscn/device-settings/contrast-supported] [clients/go-mfp/configuration-complete]
    # The law: [clients/go-mfp/optical-resolution-both] [clients/wsd-python/optical-resolution-height]
    # The law: [wscn/scanner-configuration/children] [wscn/device-settings/all-nine] [wscn/platen/all-five]
    # The law: [wscn/adf/supports-duplex] [wscn/adf/front] [wscn/adf/all-five-of-a-side] [wscn/film/all-six]
    # The law: [wscn/source/color] [wscn/source/sizes]
    root = write_scanner_configuration(CONFIGURATION)

    def texts(path: str) -> list[str]:
        return [each.text or "" for each in root.findall("/".join(f"{{*}}{name}" for name in path.split("/")))]

    assert [each.tag.rpartition("}")[2] for each in root] == ["DeviceSettings", "Platen", "ADF", "Film"]
    assert texts("DeviceSettings/FormatsSupported/FormatValue") == ["jfif", "tiff-multi-g4", "vnd.raw"]
    assert texts("DeviceSettings/CompressionQualityFactorSupported/MinValue") == ["15"]
    assert texts("DeviceSettings/DocumentSizeAutoDetectSupported") == ["true"]
    assert texts("DeviceSettings/AutoExposureSupported") == ["false"]
    assert texts("DeviceSettings/BrightnessSupported") == ["true"]
    assert texts("DeviceSettings/ContrastSupported") == ["false"]
    assert texts("DeviceSettings/ScalingRangeSupported/ScalingWidth/MaxValue") == ["500"]
    assert texts("DeviceSettings/ScalingRangeSupported/ScalingHeight/MaxValue") == ["400"]
    assert texts("DeviceSettings/RotationsSupported/RotationValue") == ["0", "90"]
    assert texts("Platen/PlatenOpticalResolution/Width") == ["1200"]
    assert texts("Platen/PlatenOpticalResolution/Height") == ["600"]
    assert texts("Platen/PlatenResolutions/Widths/Width") == ["75", "300"]
    assert texts("Platen/PlatenResolutions/Heights/Height") == ["75", "600"]
    assert texts("Platen/PlatenMinimumSize/Height") == ["300"]
    assert texts("ADF/ADFSupportsDuplex") == ["true"]
    assert texts("ADF/ADFFront/ADFMaximumSize/Width") == ["8500"]
    assert texts("ADF/ADFBack/ADFColor/ColorEntry") == ["RGB24", "v:CMYK32"]
    assert texts("Film/FilmScanModesSupported/FilmScanModeValue") == ["ColorSlideFilm"]
    assert texts("Film/FilmOpticalResolution/Width") == ["600"]


@pytest.mark.parametrize("profile", list_profiles(), ids=lambda each: each.name)
def test_the_configuration_of_every_device_profile_is_valid_and_comes_back(profile: DeviceProfile) -> None:
    # The law: [wscn/device-settings/formats-supported] [wscn/device-settings/rotations-supported]
    data = (
        ElementData(SCANNER_CONFIGURATION, profile.configuration()),
        ElementData(DEFAULT_SCAN_TICKET, profile.default_ticket()),
    )
    message = GetScannerElementsResponse(data)
    root = parse_xml(etree.tostring(message.to_xml()))
    assert violations(root) == []
    assert told(GetScannerElementsResponse.from_xml, root) == (message, [])


def test_a_configuration_without_device_settings_is_that_of_the_simplest_device() -> None:
    # The law: [wscn/device-settings/rotation-of-0-supported] [wscn/device-settings/scaling-of-100-supported]
    root = without(write_scanner_configuration(CONFIGURATION), "DeviceSettings")
    found, ids = told(read_scanner_configuration, root)
    assert found == replace(CONFIGURATION, device_settings=NOTHING_TOLD)
    assert ids == ["element-missing"]


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("FormatsSupported", "formats", ()),
        ("CompressionQualityFactorSupported", "compression_quality_factor", Range(1, 100)),
        ("CompressionQualityFactorSupported/MaxValue", "compression_quality_factor", Range(15, 100)),
        ("ContentTypesSupported", "content_types", ("Auto",)),
        ("DocumentSizeAutoDetectSupported", "size_auto_detect", False),
        ("AutoExposureSupported", "auto_exposure", False),
        ("BrightnessSupported", "brightness", False),
        ("ContrastSupported", "contrast", False),
        ("ScalingRangeSupported/ScalingWidth", "scaling_width", Range(100, 100)),
        ("ScalingRangeSupported/ScalingHeight/MinValue", "scaling_height", Range(100, 400)),
        ("RotationsSupported", "rotations", (0,)),
    ],
)
def test_a_setting_that_a_device_leaves_out_is_told(path: str, field: str, value: object) -> None:
    # The law: [wscn/device-settings/all-nine]
    root = without(write_scanner_configuration(CONFIGURATION), f"DeviceSettings/{path}")
    found, ids = told(read_scanner_configuration, root)
    assert getattr(found.device_settings, field) == value
    assert ids == ["element-missing"]


@pytest.mark.parametrize(
    ("path", "text", "field", "value", "id"),
    [
        ("FormatsSupported/FormatValue", "JFIF", "formats", ("jfif", "tiff-multi-g4", "vnd.raw"), "spelling"),
        ("FormatsSupported/FormatValue", "", "formats", ("tiff-multi-g4", "vnd.raw"), "empty"),
        ("CompressionQualityFactorSupported/MinValue", "0", "compression_quality_factor", Range(0, 100), "range"),
        ("ScalingRangeSupported/ScalingWidth/MinValue", "501", "scaling_width", Range(500, 501), "value"),
        ("ContentTypesSupported/ContentTypeValue", "Comic", "content_types", ("Comic", "v:Map"), "value"),
        ("RotationsSupported/RotationValue", "45", "rotations", (45, 90), "value"),
        ("RotationsSupported/RotationValue", " 0 ", "rotations", (0, 90), "white-space"),
    ],
)
def test_a_setting_out_of_its_range_is_kept_and_told(
    path: str, text: str, field: str, value: object, id: str
) -> None:
    # The law: [wscn/device-settings/compression-quality-factor-supported]
    # The law: [wscn/device-settings/scaling-range-supported]
    root = with_text(write_scanner_configuration(CONFIGURATION), f"DeviceSettings/{path}", text)
    found, ids = told(read_scanner_configuration, root)
    assert getattr(found.device_settings, field) == value
    assert ids == [id]


def test_rotations_of_a_vendor_are_none_of_ours() -> None:
    # The law: [wscn/device-settings/rotations-supported]
    root = write_scanner_configuration(CONFIGURATION)
    for rotation in root.iter(f"{{{WSCN}}}RotationValue"):
        rotation.text = "v:Mirror"
    found, ids = told(read_scanner_configuration, root)
    assert (found.device_settings.rotations, ids) == ((0,), ["element-missing"])


def test_a_feeder_that_denies_duplex_and_lists_its_back_has_one() -> None:
    """A Brother MFC-9340CDW does [habits/device/brother-back-without-duplex]. [wscn/adf/back-only-when-duplex]"""
    root = with_text(write_scanner_configuration(CONFIGURATION), "ADF/ADFSupportsDuplex", "false")
    assert told(read_scanner_configuration, root) == (CONFIGURATION, ["value"])


def test_a_feeder_with_duplex_and_without_a_back_has_a_back_like_its_front() -> None:
    root = without(write_scanner_configuration(CONFIGURATION), "ADF/ADFBack")
    assert told(read_scanner_configuration, root) == (replace(CONFIGURATION, adf_back=FEEDER), [])


def test_a_feeder_without_front_is_none() -> None:
    # The law: [wscn/adf/front]
    root = without(
        write_scanner_configuration(CONFIGURATION), "ADF/ADFBack", "ADF/ADFFront", "ADF/ADFSupportsDuplex"
    )
    found, ids = told(read_scanner_configuration, root)
    assert (found.adf_front, found.adf_back, ids) == (None, None, ["element-missing", "element-missing"])


def test_a_square_optical_resolution_may_be_one_number() -> None:
    # The law: [wscn/source/optical-resolution]
    root = without(write_scanner_configuration(CONFIGURATION), "Platen/PlatenOpticalResolution/Height")
    found, ids = told(read_scanner_configuration, root)
    assert (found.platen.optical_resolution, ids) == (Resolution(1200, 1200), [])


@pytest.mark.parametrize(
    ("path", "platen", "count"),
    [
        ("PlatenOpticalResolution", replace(PLATEN, optical_resolution=Resolution(300, 600)), 1),
        ("PlatenResolutions", replace(PLATEN, widths=(1200,), heights=(600,)), 1),
        ("PlatenResolutions/Widths", replace(PLATEN, widths=(1200,)), 2),
        ("PlatenColor", replace(PLATEN, colors=()), 1),
        ("PlatenMinimumSize", replace(PLATEN, minimum_size=Dimensions(1, 1)), 1),
    ],
)
def test_an_area_that_lacks_something_is_read_and_told(path: str, platen: object, count: int) -> None:
    root = without(write_scanner_configuration(CONFIGURATION), f"Platen/{path}")
    found, ids = told(read_scanner_configuration, root)
    assert (found.platen, ids) == (platen, ["element-missing"] * count)


def test_resolutions_listed_without_widths_and_heights_are_read() -> None:
    """The ADFResolutions page lists them so [wscn/source/resolutions]. [notes/c-27/adf-resolutions-bare-read]"""
    root = write_scanner_configuration(CONFIGURATION)
    for name in ("Widths", "Heights"):
        container = root.find(f"{{*}}ADF/{{*}}ADFFront/{{*}}ADFResolutions/{{*}}{name}")
        assert container is not None
        for number in list(container):
            container.addnext(number)
        parent = container.getparent()
        assert parent is not None
        parent.remove(container)
    found, ids = told(read_scanner_configuration, root)
    assert found == CONFIGURATION
    assert set(ids) == {"element-missing", "element-unknown"}


@pytest.mark.parametrize("paths", [("MaximumSize",), ("OpticalResolution", "Resolutions"), ("MaximumSize/Width",)])
def test_an_area_nothing_can_be_done_with_is_refused(paths: tuple[str, ...]) -> None:
    root = without(write_scanner_configuration(CONFIGURATION), *(f"Platen/Platen{path}" for path in paths))
    with pytest.raises(ContentError):
        told(read_scanner_configuration, root)
    empty = without(write_scanner_configuration(CONFIGURATION), "Platen/PlatenOpticalResolution")
    for widths in list(empty.iter(f"{{{WSCN}}}Widths")):
        widths[:] = []
    with pytest.raises(ContentError, match="PlatenResolutions: is empty"):
        told(read_scanner_configuration, empty)


def test_film_without_its_modes_is_read() -> None:
    # The law: [wscn/film/scan-modes-supported]
    root = without(write_scanner_configuration(CONFIGURATION), "Film/FilmScanModesSupported/FilmScanModeValue")
    found, ids = told(read_scanner_configuration, root)
    assert (found, ids) == (replace(CONFIGURATION, film_scan_modes=()), ["element-missing"])


# Status


def test_a_status_keeps_id_without_a_prefix() -> None:
    # The law: [notes/c-09/wscn-attributes-bare] [notes/c-28/condition-id-required]
    # The law: [clients/wsd-python/unqualified-condition-id] [wscn/condition/children]
    root = write_scanner_status(STATUS)
    conditions = root.findall(".//{*}DeviceCondition")
    assert [dict(each.attrib) for each in conditions] == [{"Id": "7"}, {"Id": "8"}]
    assert root[0].text == "2026-03-04T12:00:00.250Z"


def test_a_status_without_reason_says_none_and_without_history_nothing_of_it() -> None:
    # The law: [clients/go-mfp/status-complete] [wscn/scanner-status/state-reasons]
    # The law: [wscn/scanner-status/condition-history] [wscn/job-reason/none]
    root = write_scanner_status(ScannerStatus(CLOCK_NOT_SET, "Idle", ()))
    assert [each.tag.rpartition("}")[2] for each in root] == [
        "ScannerCurrentTime",
        "ScannerState",
        "ScannerStateReasons",
        "ActiveConditions",
    ]
    assert (root[0].text, root[2][0].text, len(root[3])) == ("0001-01-01T00:00:00.000Z", "None", 0)


def test_a_status_that_says_little_is_read() -> None:
    root = parse_xml(f'<s:S xmlns:s="{WSCN}"><s:ScannerState> IDLE</s:ScannerState></s:S>'.encode())
    found, ids = told(read_scanner_status, root)
    assert found == ScannerStatus(CLOCK_NOT_SET, "Idle", ())
    assert ids == ["element-missing", "white-space", "spelling", "element-missing", "element-missing"]


def test_a_status_with_wrong_times_and_ids_is_read() -> None:
    # The law: [wscn/scanner-status/clock-from-zero]
    root = with_text(write_scanner_status(STATUS), "ScannerCurrentTime", "noon")
    condition = root.find(".//{*}DeviceCondition")
    assert condition is not None
    condition.set(f"{{{WSCN}}}Id", condition.attrib.pop("Id"))
    del root.findall(".//{*}DeviceCondition")[1].attrib["Id"]
    found, ids = told(read_scanner_status, root)
    assert found.current_time == CLOCK_NOT_SET
    assert [each.id for each in found.active_conditions] == [7, 0]
    assert sorted(ids) == ["attribute-form", "element-missing", "value"]


def test_a_condition_in_the_history_keeps_its_id() -> None:
    """ConditionHistoryEntry page: Id is required, and tells with Time whether a condition is another.
    [wscn/condition/id] [wscn/condition/clear-time]"""
    root = write_scanner_status(STATUS)
    (entry,) = root.iter(f"{{{WSCN}}}ConditionHistoryEntry")
    assert entry.attrib == {"Id": "7"}
    del entry.attrib["Id"]
    found, ids = told(read_scanner_status, root)
    assert ([each.id for each in found.condition_history], ids) == ([0], ["element-missing"])
    entry.set("Id", "seven")
    with pytest.raises(ContentError, match="ConditionHistoryEntry/@Id"):
        told(read_scanner_status, root)


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "9" * 21, "²"])
def test_a_condition_with_an_id_that_is_no_number_is_refused(text: str) -> None:
    root = write_device_condition(STATUS.active_conditions[0])
    root.set("Id", text)
    with pytest.raises(ContentError, match="DeviceCondition/@Id"):
        told(read_device_condition, root)


@pytest.mark.parametrize("text", ["0", "2147483648"])
def test_a_condition_with_an_id_out_of_range_is_told(text: str) -> None:
    # The law: [wscn/condition/id]
    root = write_device_condition(STATUS.active_conditions[0])
    root.set("Id", text)
    found, ids = told(read_device_condition, root)
    assert (found.id, ids) == (int(text), ["value"])


@pytest.mark.parametrize(
    "path",
    [
        "ScannerState",
        "ActiveConditions/DeviceCondition/Name",
        "ActiveConditions/DeviceCondition/Component",
        "ConditionHistory/ConditionHistoryEntry/Severity",
    ],
)
def test_a_status_without_its_keywords_is_refused(path: str) -> None:
    with pytest.raises(ContentError):
        told(read_scanner_status, without(write_scanner_status(STATUS), path))
    with pytest.raises(ContentError):
        told(read_scanner_status, with_text(write_scanner_status(STATUS), path, "  "))


# Jobs


def test_a_job_status_with_times_is_written_in_utc() -> None:
    # The law: [wscn/job/times] [wscn/job/job-status]
    root = write_scan_job_status(JOB)
    assert [each.text for each in root][-2:] == ["2026-03-04T12:00:00.250Z"] * 2
    assert told(read_scan_job_status, root) == (JOB, [])


def test_a_job_status_that_says_little_is_read() -> None:
    root = parse_xml(
        f'<s:J xmlns:s="{WSCN}"><s:JobId>1</s:JobId><s:JobState>Held</s:JobState>'
        "<s:JobCreatedTime>now</s:JobCreatedTime></s:J>".encode()
    )
    found, ids = told(read_scan_job_status, root)
    assert (found.state, found.reasons, found.scans_completed, found.created) == ("Held", (), 0, None)
    assert ids == ["element-missing", "element-missing", "value"]


# Destinations of a scan that begins at the device

HERE = (ScanDestination("Den", "c1"), ScanDestination("Büro", " c 2 "))
TOKENS = (DestinationResponse("c1", "t1"), DestinationResponse(" c 2 ", "t 2"))


def test_destinations_and_their_tokens_come_back() -> None:
    # The law: [wscn/scan-available/scan-destinations] [wscn/scan-available/destination-responses]
    # The law: [wscn/scan-available/context-copied]
    for value, write, read in (
        (HERE, write_scan_destinations, read_scan_destinations),
        (TOKENS, write_destination_responses, read_destination_responses),
    ):
        root = parse_xml(etree.tostring(write(value)))  # type: ignore[operator]
        assert violations(root) == []
        assert told(read, root) == (value, [])  # type: ignore[arg-type]


def test_a_destination_as_the_example_prints_it_is_read() -> None:
    # The law: [wscn/scan-available/client-display-string-accepted]
    root = parse_xml(etree.tostring(write_scan_destinations(HERE[:1])).replace(b"DisplayName", b"DisplayString"))
    assert told(read_scan_destinations, root) == (HERE[:1], ["spelling"])


def test_no_destination_is_told_and_a_nameless_one_refused() -> None:
    assert told(read_scan_destinations, write_scan_destinations(())) == ((), ["element-missing"])
    assert told(read_destination_responses, write_destination_responses(())) == ((), ["element-missing"])
    for path in ("ClientDisplayName", "ClientContext"):
        with pytest.raises(ContentError):
            told(read_scan_destinations, without(write_scan_destinations(HERE), f"ScanDestination/{path}"))
    with pytest.raises(ContentError):
        root = without(write_destination_responses(TOKENS), "DestinationResponse/DestinationToken")
        told(read_destination_responses, root)
