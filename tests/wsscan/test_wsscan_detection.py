"""What a region is worth once the size of the medium is known
[wscn/validation/region-outside-detected-size]."""

from __future__ import annotations

import pytest
from test_wsscan_resolution import DEFAULT, DETECT, DEVICE
from wsscan_tickets import ticket

from emulator.wsscan.detection import with_detected_medium
from emulator.wsscan.final_parameters import final_parameters
from emulator.wsscan.resolution import Resolved, TicketRejected, resolve
from emulator.wsscan.values.detected import on_medium
from emulator.wsscan.values.geometry import Dimensions, ScanRegion
from emulator.wsscan.values.image_information import image_information
from emulator.wsscan.values.ticket import ScanTicket

SMALL = Dimensions(4000, 6000)
LARGE = Dimensions(8000, 10000)


def region(x: int, y: int, width: int, height: int, mark: str = "") -> str:
    return (
        f"<ScanRegion><ScanRegionXOffset{mark}>{x}</ScanRegionXOffset><ScanRegionYOffset{mark}>{y}"
        f"</ScanRegionYOffset><ScanRegionWidth{mark}>{width}</ScanRegionWidth>"
        f"<ScanRegionHeight{mark}>{height}</ScanRegionHeight></ScanRegion>"
    )


def asked(front: str = "", back: str = "", source: str = "ADF", size: str = DETECT, sides: str = "") -> ScanTicket:
    back = f"<MediaBack>{back}</MediaBack>" if back else ""
    media = f"<MediaSides{sides}><MediaFront>{front}</MediaFront>{back}</MediaSides>" if front or back else ""
    return ticket(f"<InputSource>{source}</InputSource><InputSize>{size}</InputSize>{media}")


def after(given: ScanTicket, size: Dimensions) -> Resolved:
    return with_detected_medium(resolve(given, DEVICE, DEFAULT), given, size)


def test_without_a_region_the_whole_medium_is_scanned() -> None:
    resolved = after(asked(), SMALL)
    assert resolved.ticket.input_size == SMALL
    assert resolved.ticket.front.scan_region == ScanRegion(0, 0, 4000, 6000)
    assert not {path for path in resolved.overridden if "ScanRegion" in path}
    information = image_information(resolved.ticket).front
    assert (information.pixels_per_line, information.number_of_lines) == (1200, 1800)


def test_a_region_inside_the_medium_counts() -> None:
    resolved = after(asked(region(500, 500, 3500, 5500)), SMALL)
    assert resolved.ticket.front.scan_region == ScanRegion(500, 500, 3500, 5500)
    assert resolved.changes == ()


@pytest.mark.parametrize("place", [(500, 500, 3501, 100), (500, 500, 100, 5501), (4000, 0, 1, 1)])
def test_a_region_beyond_the_medium_is_ignored_and_told(place: tuple[int, int, int, int]) -> None:
    resolved = after(asked(region(*place)), SMALL)
    assert resolved.ticket.front.scan_region == ScanRegion(0, 0, 4000, 6000)
    (change,) = resolved.changes
    assert (change.path, change.rule) == ("MediaFront/ScanRegion", 18)
    marked = final_parameters(resolved).overridden
    assert {path for path in marked if "ScanRegion" in path} == {
        f"MediaFront/ScanRegion/ScanRegion{leaf}" for leaf in ("XOffset", "YOffset", "Width", "Height")
    }


def test_a_region_that_is_demanded_is_not_ignored() -> None:
    for given in (
        asked(region(0, 0, 4001, 100, ' w:MustHonor="true"')),
        asked(region(0, 0, 4001, 100), sides=' w:MustHonor="true"'),
    ):
        with pytest.raises(TicketRejected, match="4000x6000") as rejected:
            after(given, SMALL)
        assert [problem.rule for problem in rejected.value.problems] == [18]


def test_sides_are_judged_apart_and_a_back_without_region_has_the_fronts() -> None:
    resolved = after(asked(region(0, 0, 3000, 3000), region(0, 0, 4500, 3000), "ADFDuplex"), SMALL)
    assert resolved.ticket.back is not None
    assert resolved.ticket.front.scan_region == ScanRegion(0, 0, 3000, 3000)
    assert resolved.ticket.back.scan_region == ScanRegion(0, 0, 4000, 6000)
    assert [change.path for change in resolved.changes] == ["MediaBack/ScanRegion"]
    color = "<ColorProcessing>Grayscale8</ColorProcessing>"
    resolved = after(asked(region(0, 0, 4500, 3000), color, "ADFDuplex"), SMALL)
    assert [change.path for change in resolved.changes] == ["MediaFront/ScanRegion", "MediaBack/ScanRegion"]


def test_the_sheets_that_follow_are_judged_anew() -> None:
    resolved = after(asked(region(0, 0, 7000, 7000)), SMALL)
    later = on_medium(resolved.to_scan, LARGE)
    assert later.front.scan_region == ScanRegion(0, 0, 7000, 7000)
    assert on_medium(resolved.to_scan, SMALL) == on_medium(resolved.ticket, SMALL)


def test_nothing_is_detected_where_the_ticket_says_a_size() -> None:
    size = "<InputMediaSize><Width>8000</Width><Height>9000</Height></InputMediaSize>"
    resolved = resolve(asked(size=size), DEVICE, DEFAULT)
    assert with_detected_medium(resolved, asked(size=size), SMALL) is resolved
    assert on_medium(resolved.ticket, SMALL) is resolved.ticket


def test_a_default_ticket_with_detection_has_regions_of_any_size() -> None:
    default = ticket(
        f"<InputSource>ADF</InputSource><InputSize>{DETECT}</InputSize><MediaSides><MediaFront>"
        + region(0, 0, 8268, 11693)
        + "</MediaFront></MediaSides>"
    )
    given = ticket("<InputSource>ADF</InputSource>")
    resolved = resolve(given, DEVICE, default)
    assert resolved.ticket.front.scan_region == ScanRegion(0, 0, 8268, 11693)
    assert with_detected_medium(resolved, given, SMALL).ticket.front.scan_region == ScanRegion(0, 0, 4000, 6000)
    platen = ticket("<InputSource>Platen</InputSource>")
    whole = resolve(platen, DEVICE, ticket(f"<InputSize>{DETECT}</InputSize><MediaSides><MediaFront>"
                                           + region(0, 0, 9000, 13000) + "</MediaFront></MediaSides>"))  # fmt: skip
    assert whole.ticket.front.scan_region == ScanRegion(0, 0, 8500, 11700)
