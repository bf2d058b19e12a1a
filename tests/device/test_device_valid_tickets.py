"""ValidateScanTicket against CreateScanJob: a ticket is valid if, and only if, its job would change nothing of it,
and a corrected one is valid. Over HTTP by a client that is not ours; for random tickets: tests/wsscan."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lxml import etree
from PIL import Image
from scan_service_bench import DSD, NAMESPACES, WSCN, Answer, Caller, device, envelope, ticket

from emulator.device.device import ScanDevice

DETECT = "<wscn:InputSize><wscn:DocumentSizeAutoDetect>true</wscn:DocumentSizeAutoDetect></wscn:InputSize>"


def size(width: int, height: int) -> str:
    return (
        f"<wscn:InputSize><wscn:InputMediaSize><wscn:Width>{width}</wscn:Width><wscn:Height>{height}</wscn:Height>"
        "</wscn:InputMediaSize></wscn:InputSize>"
    )


def scaling(width: int, height: int) -> str:
    return (
        f"<wscn:Scaling><wscn:ScalingWidth>{width}</wscn:ScalingWidth><wscn:ScalingHeight>{height}"
        "</wscn:ScalingHeight></wscn:Scaling>"
    )


def exposure(name: str, value: int) -> str:
    leaf = f"<wscn:{name}>{value}</wscn:{name}>"
    return f"<wscn:Exposure><wscn:ExposureSettings>{leaf}</wscn:ExposureSettings></wscn:Exposure>"


def region(x: int, y: int, width: int, height: int) -> str:
    names = ("XOffset", "YOffset", "Width", "Height")
    leaves = (
        f"<wscn:ScanRegion{name}>{value}</wscn:ScanRegion{name}>"
        for name, value in zip(names, (x, y, width, height), strict=True)
    )
    return f"<wscn:ScanRegion>{''.join(leaves)}</wscn:ScanRegion>"


def resolution(width: int, height: int) -> str:
    return f"<wscn:Resolution><wscn:Width>{width}</wscn:Width><wscn:Height>{height}</wscn:Height></wscn:Resolution>"


GREY = "<wscn:ColorProcessing>Grayscale8</wscn:ColorProcessing>"


def color(name: str) -> str:
    return f"<wscn:ColorProcessing>{name}</wscn:ColorProcessing>"


def quality(value: int) -> str:
    return f"<wscn:CompressionQualityFactor>{value}</wscn:CompressionQualityFactor>"


@pytest_asyncio.fixture
async def mfp(tmp_path: Path) -> AsyncIterator[ScanDevice]:
    async with device(tmp_path) as running:
        yield running


@pytest.fixture
def caller(mfp: ScanDevice) -> Caller:
    return Caller(mfp)


def valid(answer: Answer) -> bool:
    assert answer.status == 200, answer.data
    return answer.text("//wscn:ValidTicket") in ("true", "1")


def overrides(created: Answer) -> set[str]:
    """Names of what CreateScanJob marks, but for the detected size, which the printed response marks too."""
    found = created.root.xpath("//wscn:DocumentFinalParameters//*[@wscn:Override]", namespaces=NAMESPACES)
    marked = {etree.QName(each).localname for each in found}
    detected = created.root.xpath(
        "//wscn:DocumentFinalParameters/wscn:InputSize//*[@wscn:Override]", namespaces=NAMESPACES
    )
    return marked if not detected else marked | {"InputSize"}


def names(root: etree._Element) -> set[str]:
    """Local names of all elements."""
    return {etree.QName(each).localname for each in root.iter()}


async def created(caller: Caller, content: str) -> Answer:
    answer = await caller.create(content)
    if answer.status == 200:
        assert (
            await caller.call("CancelJob", f"<wscn:JobId>{answer.text('//wscn:JobId')}</wscn:JobId>")
        ).status == 200
    return answer


CHANGED = {
    "colour": (ticket(side=color("RGB48") + resolution(75, 75)), "//wscn:ColorProcessing", "RGB24"),
    "resolution": (ticket(side=GREY + resolution(77, 77)), "//wscn:Resolution/wscn:Width", "100"),
    "resolution of one axis": (ticket(side=GREY + resolution(75, 77)), "//wscn:Resolution/wscn:Height", "100"),
    "source": (ticket(source="Film"), "//wscn:InputSource", "Platen"),
    "vendor's source": (ticket(source="v:Drum"), "//wscn:InputSource", "Platen"),
    "rotation": (ticket("<wscn:Rotation>45</wscn:Rotation>"), "//wscn:Rotation", "0"),
    "size": (ticket(size(99999, 99999)), "//wscn:InputMediaSize/wscn:Width", "11700"),
    "width alone": (ticket(size(99999, 11000)), "//wscn:InputMediaSize/wscn:Height", "11000"),
    "region": (
        ticket(size(8500, 11000), side=region(0, 0, 8501, 11000) + GREY + resolution(75, 75)),
        "//wscn:ScanRegionWidth",
        "8500",
    ),
    "scaling": (ticket(scaling(500, 100)), "//wscn:ScalingWidth", "400"),
    "scaling as printed": (ticket(scaling(1250, 1250)), "//wscn:ScalingWidth", "400"),
    "no scaling at all": (ticket(scaling(0, 100)), "//wscn:ScalingHeight", "100"),
    "quality of a lossless format": (ticket(quality(50)), "//wscn:CompressionQualityFactor", "100"),
    "content": (ticket("<wscn:ContentType>v:Map</wscn:ContentType>"), "//wscn:ContentType", "Auto"),
    "images from the glass": (ticket(source="Platen", images=5), "//wscn:ImagesToTransfer", "1"),
    "colour that the format forces": (ticket(format="tiff-single-g4"), "//wscn:ColorProcessing", "BlackAndWhite1"),
    "format": (ticket(format="xps"), "//wscn:Format", "jfif"),
    "format that is none": (ticket(format="image/png"), "//wscn:Format", "jfif"),
    "back": (
        ticket(source="ADFDuplex").replace(
            "</wscn:MediaFront>",
            f"</wscn:MediaFront><wscn:MediaBack>{resolution(77, 77)}</wscn:MediaBack>",
        ),
        "//wscn:MediaBack/wscn:Resolution/wscn:Width",
        "100",
    ),
}


@pytest.mark.parametrize(("content", "path", "value"), CHANGED.values(), ids=CHANGED)
async def test_what_would_be_changed_is_not_valid_and_comes_back_corrected(
    caller: Caller, content: str, path: str, value: str
) -> None:
    # The law: [wscn/validate-scan-ticket/invalid]
    answer = await caller.call("ValidateScanTicket", content)
    assert not valid(answer)
    assert answer.texts("//wscn:ImageInformation//wscn:PixelsPerLine") == ["0"]
    (ticket_element,) = answer.root.xpath("//wscn:ValidScanTicket", namespaces=NAMESPACES)
    assert answer.text(f"//wscn:ValidScanTicket{path}") == value
    job = await created(caller, content)
    if job.status == 200:
        assert overrides(job)
    else:
        assert job.fault in ("InvalidArgs", "ClientErrorFormatNotSupported")
    inner = "".join(etree.tostring(child, encoding="unicode") for child in ticket_element)
    again = f"<wscn:ScanTicket>{inner}</wscn:ScanTicket>"
    assert valid(await caller.call("ValidateScanTicket", again))
    job = await created(caller, again)
    assert job.status == 200 and not overrides(job)
    # Only what is wrong is another: the page, and the printed response.
    asked = etree.fromstring(content.replace("<wscn:ScanTicket>", f'<wscn:ScanTicket xmlns:wscn="{WSCN}">', 1))
    added = names(ticket_element) - names(asked) - {"ValidScanTicket"}
    assert len(added) <= 1, added


UNCHANGED = {
    "plain": ticket(),
    "detected": ticket(DETECT),
    "automatic exposure": ticket("<wscn:Exposure><wscn:AutoExposure>true</wscn:AutoExposure></wscn:Exposure>"),
    "edges": ticket(scaling(25, 400) + exposure("Contrast", -1000)),
    "one from the glass": ticket(source="Platen", images=1),
    # The page: it will yield a single image; the printed DefaultScanTicket and CreateScanJobResponse have it so.
    "all from the glass": ticket(source="Platen", images=0),
    "film's mode without film": ticket("<wscn:FilmScanMode>ColorSlideFilm</wscn:FilmScanMode>"),
    "no DocumentParameters": (
        "<wscn:ScanTicket><wscn:JobDescription><wscn:JobName>n</wscn:JobName><wscn:JobOriginatingUserName>u"
        "</wscn:JobOriginatingUserName></wscn:JobDescription></wscn:ScanTicket>"
    ),
}


@pytest.mark.parametrize("content", UNCHANGED.values(), ids=UNCHANGED)
async def test_what_would_not_be_changed_is_valid(caller: Caller, content: str) -> None:
    # The law: [wscn/validate-scan-ticket/valid]
    answer = await caller.call("ValidateScanTicket", content)
    assert valid(answer)
    assert answer.texts("//wscn:ValidScanTicket") == []
    job = await created(caller, content)
    assert job.status == 200
    assert overrides(job) <= {"Width", "Height", "InputSize"}
    assert bool(overrides(job)) == (content == UNCHANGED["detected"])


async def test_the_device_that_is_asked_over_ws_dsd_says_the_same(caller: Caller, mfp: ScanDevice) -> None:
    # The law: [dsd/validate-scan-ticket/validation-info] [dsd/validate-scan-ticket/partial-ticket]
    for content, expected in ((CHANGED["colour"][0], False), (UNCHANGED["plain"], True)):
        inner = content.replace("<wscn:ScanTicket>", "<d:ScanTicket>").replace(
            "</wscn:ScanTicket>", "</d:ScanTicket>"
        )
        body = f'<d:ValidateScanTicketRequest xmlns:d="{DSD}">{inner}</d:ValidateScanTicketRequest>'
        url = mfp.device_service_url
        answer = await caller.raw(envelope(url, f"{DSD}/ValidateScanTicket", body), url=url)
        assert answer.status == 200, answer.data
        found = answer.root.xpath("//*[local-name()='ValidTicket']")[0].text
        assert (found in ("true", "1")) is expected
        assert len(answer.root.xpath("//*[local-name()='ValidScanTicket']")) == (not expected)


@pytest.mark.parametrize(
    "wanted", [(1000, 1000, 6000, 7000), (0, 0, 90000, 90000), (20000, 20000, 10, 10), (11000, 0, 4000, 100)]
)
async def test_a_region_beyond_what_lies_there_is_not_valid(
    caller: Caller, mfp: ScanDevice, tmp_path: Path, wanted: tuple[int, int, int, int]
) -> None:
    """With detection the medium itself decides, at both operations in the same way."""
    path = tmp_path / "small.png"
    Image.new("L", (600, 600), 180).save(path, dpi=(100, 100))
    await mfp.scanner.place_file(path)
    beyond = ticket(DETECT, source="Platen", side=region(*wanted) + GREY + resolution(75, 75))
    inside = ticket(DETECT, source="Platen", side=region(1000, 1000, 5000, 5000) + GREY + resolution(75, 75))
    assert valid(await caller.call("ValidateScanTicket", inside))
    answer = await caller.call("ValidateScanTicket", beyond)
    assert not valid(answer)
    assert answer.texts("//wscn:ValidScanTicket//wscn:DocumentSizeAutoDetect") == ["true"]
    assert answer.texts("//wscn:ValidScanTicket//wscn:ScanRegion") == []
    job = await created(caller, beyond)
    assert job.fault == "InvalidArgs" or "ScanRegionWidth" in overrides(job)
    (found,) = answer.root.xpath("//wscn:ValidScanTicket", namespaces=NAMESPACES)
    inner = "".join(etree.tostring(child, encoding="unicode") for child in found)
    assert valid(await caller.call("ValidateScanTicket", f"<wscn:ScanTicket>{inner}</wscn:ScanTicket>"))


async def test_what_is_demanded_and_can_be_stays_demanded(caller: Caller) -> None:
    demanded = color("Grayscale8").replace("ing>G", 'ing wscn:MustHonor="true">G') + resolution(77, 77).replace(
        "<wscn:Resolution>", '<wscn:Resolution wscn:MustHonor="true">'
    )
    answer = await caller.call("ValidateScanTicket", ticket(side=demanded))
    assert not valid(answer)
    assert answer.texts("//wscn:ValidScanTicket//wscn:ColorProcessing/@wscn:MustHonor") == ["true"]
    assert answer.texts("//wscn:ValidScanTicket//wscn:Resolution/@wscn:MustHonor") == []


NO_JOB = ticket().replace("<wscn:JobName>Letter</wscn:JobName>", "")
OUT_OF_TYPE = {
    "ImagesToTransfer": ticket(images=-1),
    "Width": ticket(size(0, 11000)),
    "Height": ticket(side=GREY + resolution(75, 0)),
    "Brightness": ticket(exposure("Brightness", 1001)),
    "Sharpness": ticket(exposure("Sharpness", 101)),
    "CompressionQualityFactor": ticket(quality(101)),
    "ScanRegionWidth": ticket(side=region(0, 0, 0, 100) + GREY),
    "JobName": NO_JOB,
    "JobDescription": "<wscn:ScanTicket/>",
}


@pytest.mark.parametrize(("argument", "content"), OUT_OF_TYPE.items(), ids=OUT_OF_TYPE)
async def test_a_value_outside_its_type_is_an_invalid_argument_everywhere(
    caller: Caller, mfp: ScanDevice, argument: str, content: str
) -> None:
    """All rows: tests/wsscan/test_wsscan_ticket_types.py. [wscn/fault/invalid-args-cases]"""
    answers = [await caller.call("ValidateScanTicket", content), await caller.create(content)]
    url = mfp.device_service_url
    body = f"<wscn:ValidateScanTicketRequest>{content}</wscn:ValidateScanTicketRequest>"
    answers.append(await caller.raw(envelope(url, f"{WSCN}/ValidateScanTicket", body), url=url))
    for answer in answers:
        assert (answer.status, answer.fault, answer.code) == (400, "InvalidArgs", "Sender")
        assert answer.detail.startswith(f"{argument}: ")
    assert mfp.scanner.jobs.active == ()


@pytest.mark.parametrize("word", ["Slide", "Purple"])
async def test_a_corrected_ticket_has_no_word_that_is_no_keyword(caller: Caller, word: str) -> None:
    """Not in a setting either that has no meaning for its InputSource, and that no ticket is refused for."""
    content = ticket("<wscn:FilmScanMode>Slide</wscn:FilmScanMode><wscn:Rotation>45</wscn:Rotation>").replace(
        "</wscn:MediaFront>", f"</wscn:MediaFront><wscn:MediaBack>{color('Purple')}</wscn:MediaBack>"
    )
    answer = await caller.call("ValidateScanTicket", content)
    assert not valid(answer)
    (corrected,) = answer.root.xpath("//wscn:ValidScanTicket", namespaces=NAMESPACES)
    assert word not in "".join(corrected.itertext())
