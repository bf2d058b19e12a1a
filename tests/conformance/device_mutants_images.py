"""Mutants of images: a device that scans otherwise than its ticket says."""

from __future__ import annotations

from typing import Any

from device_plugs import WSCN, another_fault, does, refuses, says, says_once, spoilt, wrong
from lxml import etree
from mutant import Change, Plug, text, without

from emulator.wsscan import faults

CREATE, RETRIEVE, ELEMENTS = "CreateScanJob", "RetrieveImage", "GetJobElements"
FRONT = "//wscn:CreateScanJobResponse//wscn:MediaFrontImageInfo"
UNCOMPRESSED = "tiff-single-uncompressed"


def times(name: str, factor: float) -> Change:
    """The number in each element of that name is another."""

    def change(root: Any) -> None:
        for each in root.iter(f"{WSCN}{name}"):
            for number in [each, *each]:
                if (number.text or "").strip().isdigit():
                    number.text = str(round(int(number.text) * factor))

    return change


def value(name: str, said: str, only: str = "") -> Change:
    """Each element of that name holds another text. `only`: where it holds this."""

    def change(root: Any) -> None:
        for each in root.iter(f"{WSCN}{name}"):
            if only in ("", each.text):
                each.text = said

    return change


def left_out(name: str) -> Change:
    """The element is not there."""

    def change(root: Any) -> None:
        for each in list(root.iter(f"{WSCN}{name}")):
            each.getparent().remove(each)

    return change


def no_height(root: Any) -> None:
    """Without Height of Resolution 150 is taken for it."""
    for each in root.iter(f"{WSCN}Resolution"):
        if each.find(f"{WSCN}Height") is None:
            etree.SubElement(each, f"{WSCN}Height").text = "150"


def a_back(root: Any) -> None:
    """There is information on a back."""
    for each in root.iter(f"{WSCN}MediaFrontImageInfo"):
        back = etree.fromstring(etree.tostring(each, with_tail=False))
        back.tag = f"{WSCN}MediaBackImageInfo"
        each.addnext(back)


def tiff_for_others(root: Any) -> None:
    """Whatever is asked for, an uncompressed TIFF comes."""
    for each in root.iter(f"{WSCN}Format"):
        each.text = UNCOMPRESSED


SHEETS = says(text("//wscn:ScansCompleted[.='2']", "1"), ELEMENTS)
NO_REASON = says(text("//wscn:JobStateReason", "None"), ELEMENTS)


def images(said: str, only: str = "") -> Plug:
    """Another number of images is scanned."""
    return does(CREATE, value("ImagesToTransfer", said, only))


def information(name: str, said: str) -> Plug:
    """The front's information says otherwise."""
    return says(text(f"{FRONT}/wscn:{name}", said), CREATE)


def grey(only: str) -> Plug:
    """Grey is scanned for that colour."""
    return does(CREATE, value("ColorProcessing", "Grayscale8", only))


def told_as(state: str, said: str) -> Plug:
    """JobState is told otherwise."""
    return says(text(f"//wscn:JobState[.='{state}']", said), ELEMENTS)


MUTANTS = (
    wrong("wscn/job-state/processing-to-aborted-by-transfer", "Canceled", told_as("Aborted", "Canceled")),
    wrong("wscn/job-state/aborted", "Canceled", told_as("Aborted", "Canceled")),
    wrong("wscn/retrieve-image/supported", "refused", refuses(RETRIEVE, later=1)),
    wrong("wscn/retrieve-image/response", "no ScanData", says(without("//wscn:ScanData"), RETRIEVE)),
    wrong("wscn/retrieve-image/one-include", "none", spoilt("include-missing")),
    wrong("wscn/retrieve-image/one-include", "a URL", spoilt("include-other")),
    wrong("wscn/retrieve-image/mtom", "another multipart type", spoilt("multipart-other")),
    wrong("wscn/retrieve-image/mtom", "base64", spoilt("base64")),
    wrong("wscn/retrieve-image/image-is-the-second-part", "a third part", spoilt("part-too-many")),
    wrong("clients/sane-airscan/second-part", "a third part", spoilt("part-too-many")),
    wrong("wscn/format/attachment-types", "another type", spoilt("attachment-type")),
    wrong(
        "wscn/retrieve-image/after-the-last-image",
        "another fault",
        another_fault(RETRIEVE),
    ),
    wrong(
        "wscn/retrieve-image/platen-completed-after-one",
        "Aborted",
        says_once(text("//wscn:JobState[.='Completed']", "Aborted"), ELEMENTS, later=2),
    ),
    wrong("wscn/validation/zero-images-of-platen", "another fault behind", refuses(RETRIEVE, later=2)),
    wrong("wscn/validation/zero-images-of-feeder", "one", images("1", "0")),
    wrong(
        "wscn/retrieve-image/feeder-completed-when-empty",
        "Aborted",
        says_once(text("//wscn:JobState[.='Completed']", "Aborted"), "GetJobElements", later=2),
    ),
    wrong("wscn/format/one-image-a-file", "one", images("1")),
    wrong("wscn/format/all-images-in-one-file", "one of them", images("1")),
    wrong("wscn/job/scans-completed-counts-sides", "one", images("1")),
    wrong(
        "wscn/validation/duplex-counts-sides",
        "sheets",
        says(text("//wscn:ScansCompleted[.='2']", "1"), ELEMENTS),
    ),
    wrong("wscn/validation/duplex-odd-number", "two", images("2", "3")),
    wrong("wscn/validation/duplex-without-media-back", "one", images("1", "2")),
    wrong(
        "wscn/image-information/children", "no BytesPerLine", says(without(f"{FRONT}/wscn:BytesPerLine"), CREATE)
    ),
    wrong(
        "wscn/image-information/after-all-adjustment",
        "a line more",
        information("NumberOfLines", "226"),
    ),
    wrong("wscn/image-information/back-only-for-duplex", "there", says(a_back, CREATE)),
    wrong(
        "wscn/image-information/bytes-of-a-compressed-format",
        "113",
        information("BytesPerLine", "113"),
    ),
    wrong(
        "notes/c-19/bytes-per-line-of-compressed-formats",
        "113",
        information("BytesPerLine", "113"),
    ),
    wrong("wscn/image-information/bytes-with-padding", "0", information("BytesPerLine", "0")),
    wrong("wscn/wire/resolutions-in-pixels-per-inch", "per centimetre", does(CREATE, times("Resolution", 2))),
    wrong("wscn/wire/lengths-in-thousandths-of-an-inch", "half", does(CREATE, times("ScanRegionWidth", 0.5))),
    wrong("wscn/ticket/resolution", "150 down", does(CREATE, no_height)),
    wrong("wscn/ticket/scaling", "none", does(CREATE, left_out("Scaling"))),
    wrong("wscn/wire/scaling-in-percent", "half", does(CREATE, times("ScalingWidth", 0.5))),
    wrong("wscn/ticket/rotation", "none", does(CREATE, left_out("Rotation"))),
    wrong("wscn/ticket/rotation", "the other way", does(CREATE, value("Rotation", "270", "90"))),
    wrong("wscn/ticket/rotation", "of 180 none", does(CREATE, value("Rotation", "0", "180"))),
    wrong(
        "wscn/validation/region-trimmed-and-reported",
        "refused",
        refuses(CREATE, fault=faults.invalid_args("ScanRegion"), later=1),
    ),
    wrong("wscn/validation/region-absent", "the whole glass", does(CREATE, left_out("InputSize"))),
    wrong("wscn/color/keywords", "grey", grey("RGB24")),
    wrong(
        "wscn/color/keywords",
        "grey for black and white",
        grey("BlackAndWhite1"),
    ),
    wrong("wscn/format/keywords", "one for all", does(CREATE, tiff_for_others)),
    wrong(
        "wscn/retrieve-image/transfer-error-aborts",
        "Canceled",
        told_as("Aborted", "Canceled"),
    ),
    wrong(
        "wscn/job-reason/image-transfer-error",
        "None",
        says(text("//wscn:JobStateReason", "None"), ELEMENTS),
    ),
    wrong(
        "wscn/wire/lengths-in-thousandths-of-an-inch", "from the top", does(CREATE, times("ScanRegionYOffset", 0))
    ),
)
