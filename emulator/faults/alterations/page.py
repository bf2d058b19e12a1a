"""Alterations of a page at the scan head. `apply` is given the parameters and gives a deed (page_deeds.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Literal

from pydantic import Field

from emulator.faults import page_images
from emulator.faults.alteration import DEVICE, Alteration, At, Parameters
from emulator.faults.page_deeds import (
    AlterImage,
    EmptyFeeder,
    FailPage,
    FeedTwo,
    PageDeed,
    RaiseCondition,
    WaitBefore,
)
from emulator.wsscan.values.status import Component, ConditionName, Severity

MAX_SECONDS: Final = 86_400.0
"""Longest time that a fault of a page may last: a day."""
_Seconds = Annotated[float, Field(gt=0, le=MAX_SECONDS, strict=False)]


class ForAWhile(Parameters):
    """Of what ends by itself or by somebody's hand."""

    seconds: Annotated[
        _Seconds | None,
        Field(
            alias="for",
            description="Seconds until it clears by itself; without it the scanner waits for somebody to clear it.",
        ),
    ] = None


class OfACondition(ForAWhile):
    """Of a condition of the scanner."""

    component: Annotated[
        Literal["ADF", "Film", "MediaPath", "Platen"] | None,
        Field(description="The Component of the scanner that has it; without it the one that it usually is at."),
    ] = None
    severity: Annotated[
        Literal["Informational", "Warning", "Critical"] | None,
        Field(description="The Severity that is told; without it the usual one."),
    ] = None


class Warming(ForAWhile):
    """Of a lamp, which nobody can clear."""

    seconds: Annotated[_Seconds, Field(alias="for", description="Seconds until the lamp is warm.")] = 5.0


class OfTheDetector(ForAWhile):
    """Of a double feed that is noticed."""


class Turned(Parameters):
    """Of a quarter turn."""

    degrees: Annotated[Literal[90, 270], Field(description="How far the page is turned, clockwise.")] = 90


class Skewed(Parameters):
    """Of a page that was drawn in at an angle."""

    degrees: Annotated[
        float, Field(ge=-45, le=45, strict=False, description="How far the page is turned, clockwise.")
    ] = 3.0


class Shaded(Parameters):
    """Of a page that is too dark or too light."""

    percent: Annotated[
        int, Field(ge=1, le=100, description="How much of its light, or of its ink, the page loses.")
    ] = 50


class Kept(Parameters):
    """Of a page that is not there as a whole."""

    percent: Annotated[int, Field(ge=1, le=99, description="How much of its height is kept, from the top.")] = 60


class Because(Parameters):
    """Of a page that cannot be read."""

    reason: Annotated[str, Field(min_length=1, max_length=200, description="Why, as the job's error tells it.")] = (
        "the page cannot be read"
    )


class Late(Parameters):
    """Of a page that comes late."""

    seconds: Annotated[
        _Seconds, Field(alias="for", description="Seconds that pass before the page, beside its usual time.")
    ] = 5.0


def _condition(name: ConditionName) -> Callable[[OfACondition], PageDeed]:
    def make(parameters: OfACondition) -> PageDeed:
        component, severity = parameters.component, parameters.severity
        return RaiseCondition(
            name,
            parameters.seconds,
            None if component is None else Component(component),
            None if severity is None else Severity(severity),
        )

    return make


def _warming(parameters: Warming) -> PageDeed:
    return RaiseCondition(ConditionName.LAMP_WARMING, parameters.seconds)


def _double_feed(parameters: OfTheDetector) -> PageDeed:
    return FeedTwo(RaiseCondition(ConditionName.MULTIPLE_FEED_ERROR, parameters.seconds))


_CONDITIONS: Final = {
    # What each means: the Name page of DeviceCondition.
    ConditionName.CALIBRATING: (
        "The scanner calibrates itself before the page: it is told as a condition and as a reason, and jobs wait.",
        "[wscn/condition/calibrating]",
    ),
    ConditionName.COVER_OPEN: (
        "A cover is open before the page: the scanner is Stopped until it is closed.",
        "[wscn/condition/cover-open]",
    ),
    ConditionName.INPUT_TRAY_EMPTY: (
        "The feeder says that it is empty though it is not: a condition is told until the next sheet is taken, "
        "which is no reason and stops nothing.",
        "[wscn/condition/input-tray-empty]",
    ),
    ConditionName.INTERLOCK_OPEN: (
        "An interlock is open before the page: the scanner is Stopped until it is closed.",
        "[wscn/condition/interlock-open]",
    ),
    ConditionName.INTERNAL_STORAGE_FULL: (
        "The scanner's own storage is full before the page: it is Stopped until there is room.",
        "[wscn/condition/internal-storage-full]",
    ),
    ConditionName.LAMP_ERROR: (
        "The lamp fails before the page: the scanner is Stopped until it is mended.",
        "[wscn/condition/lamp-error]",
    ),
    ConditionName.MEDIA_JAM: (
        "The paper jams before the page: the scanner is Stopped until the jam is cleared, and then scans it.",
        "[wscn/condition/media-jam]",
    ),
    ConditionName.MULTIPLE_FEED_ERROR: (
        "Two sheets are noticed before the page, and parted again: the scanner is Stopped until it is cleared, and "
        "no sheet is lost.",
        "[wscn/condition/multiple-feed-error]",
    ),
}


def _image(
    name: str,
    says: str,
    make: Callable[..., PageDeed],
    parameters: type[Parameters],
    clause: str = "",
    *,
    source: str,
) -> Alteration:
    return Alteration(name, At.PAGE, DEVICE, says, make, clause=clause, source=source, parameters=parameters)


ALTERATIONS: Final[tuple[Alteration, ...]] = (
    *(
        Alteration(
            str(name),
            At.PAGE,
            DEVICE,
            says,
            _condition(name),
            source=f"WS-Scan, page Name of DeviceCondition {clause}",
            parameters=OfACondition,
        )
        for name, (says, clause) in _CONDITIONS.items()
    ),
    Alteration(
        str(ConditionName.LAMP_WARMING),
        At.PAGE,
        DEVICE,
        "The lamp warms up before the page: it is told as a condition and as a reason, and jobs wait.",
        _warming,
        source="WS-Scan, page Name of DeviceCondition [wscn/condition/lamp-warming]",
        parameters=Warming,
    ),
    Alteration(
        "double-feed",
        At.PAGE,
        DEVICE,
        "Two sheets are taken and scanned as one, which the scanner notices: the second is lost, and it is "
        "Stopped with MultipleFeedError until it is cleared.",
        _double_feed,
        source="github.com/votingworks/vxsuite/pull/3279 [wscn/condition/multiple-feed-error]",
        parameters=OfTheDetector,
    ),
    Alteration(
        "double-feed-unnoticed",
        At.PAGE,
        DEVICE,
        "Two sheets are taken and scanned as one, which nobody notices: the job has an image less, and no "
        "condition.",
        lambda parameters: FeedTwo(None),
        clause="wscn/condition/detectable-ones",
        source="github.com/python-pillow/Sane/issues/73 (HP OfficeJet Pro 9020)",
    ),
    Alteration(
        "empty",
        At.PAGE,
        DEVICE,
        "After the sheet of this page the feeder is empty before its time: the job ends with fewer images than "
        "sheets were laid in, and InputTrayEmpty is told.",
        lambda parameters: EmptyFeeder(),
        source="github.com/alexpevzner/sane-airscan/issues/39 (Brother MFC-L2710DW) "
        "[wscn/validation/zero-images-of-feeder]",
    ),
    Alteration(
        "page-failed",
        At.PAGE,
        DEVICE,
        "The page cannot be read: the scan job is Aborted, and the post-scan job fails.",
        lambda parameters: FailPage(parameters.reason),
        source="WS-Scan, page JobState [wscn/job-state/aborted]",
        parameters=Because,
    ),
    Alteration(
        "slow",
        At.PAGE,
        DEVICE,
        "The page comes later than the pace of the scanner says.",
        lambda parameters: WaitBefore(parameters.seconds),
        source="github.com/jonaswinkler/paperless-ng/pull/1572 (Canon GX7050: up to 4 s between two pages)",
        parameters=Late,
    ),
    _image(
        "blank",
        "The image of the page is white.",
        lambda parameters: AlterImage(page_images.blank),
        Parameters,
        source="github.com/fritz-hh/OCRmyPDF/issues/98 (backs that nothing is printed on)",
    ),
    _image(
        "upside-down",
        "The image of the page stands on its head.",
        lambda parameters: AlterImage(lambda image: page_images.rotated(image, 180)),
        Parameters,
        clause="wscn/ticket/rotation",
        source="github.com/alexpevzner/sane-airscan/issues/354 (Epson WorkForce WF-3520: the backs)",
    ),
    _image(
        "rotated",
        "The image of the page lies on its side, with width and height exchanged.",
        lambda parameters: AlterImage(lambda image: page_images.rotated(image, parameters.degrees)),
        Turned,
        clause="wscn/image-information/after-all-adjustment",
        source="github.com/simon-knuth/scanner/issues/106 (HP LaserJet M437)",
    ),
    _image(
        "skewed",
        "The page was drawn in at an angle.",
        lambda parameters: AlterImage(lambda image: page_images.skewed(image, parameters.degrees)),
        Skewed,
        source="github.com/openpaperwork/paperwork/issues/557",
    ),
    _image(
        "dark",
        "The image of the page is too dark.",
        lambda parameters: AlterImage(lambda image: page_images.darker(image, parameters.percent)),
        Shaded,
        source="github.com/rocketraman/sane-scan-pdf/issues/37 (Fujitsu ScanSnap iX500)",
    ),
    _image(
        "light",
        "The image of the page is too light.",
        lambda parameters: AlterImage(lambda image: page_images.lighter(image, parameters.percent)),
        Shaded,
        source="github.com/alexpevzner/sane-airscan/issues/114 (HP OfficeJet Pro 9010)",
    ),
    _image(
        "inverted",
        "Black and white of the image are exchanged.",
        lambda parameters: AlterImage(page_images.inverted),
        Parameters,
        clause="wscn/color/black-is-0",
        source="github.com/openpaperwork/pyinsane/pull/7 (Epson WorkForce 545)",
    ),
    _image(
        "cut-off",
        "The lower part of the page is missing: the image is as large as it should be, and white there.",
        lambda parameters: AlterImage(lambda image: page_images.cut_off(image, parameters.percent)),
        Kept,
        source="github.com/rocketraman/sane-scan-pdf/issues/55 (Brother DCP-L3550CDW)",
    ),
    _image(
        "short",
        "The image has fewer lines than were promised: the scan ended before the page.",
        lambda parameters: AlterImage(lambda image: page_images.shortened(image, parameters.percent)),
        Kept,
        clause="wscn/image-information/after-all-adjustment",
        source="github.com/alexpevzner/sane-airscan/issues/221 (Kyocera ECOSYS M3550idn: 21 cm of A4)",
    ),
)
