"""The rules of a ticket (docs/protocol/ws-scan.md, section 5), by ValidateScanTicket and CreateScanJob."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lxml import etree

from emulator.conformance.devices.asked_device import CONFIGURATION, DEFAULT_TICKET, ScanJob
from emulator.conformance.devices.checks import check
from emulator.conformance.devices.keywords import LOSSY, MARKED
from emulator.conformance.devices.peer import INFORMATION, DevicePeer
from emulator.conformance.devices.structure import local, require_children, text
from emulator.conformance.devices.ticket import Ticket
from emulator.conformance.exchange import Exchange
from emulator.conformance.expect import SENDER, expect, require
from emulator.conformance.names import WSCN, Name
from emulator.conformance.verdict import NotApplicable, NotRun

INVALID_ARGS = Name(WSCN, "InvalidArgs")
FORMAT = Name(WSCN, "ClientErrorFormatNotSupported")
CONFLICT = Name(WSCN, "ClientErrorConflictingRequiredParameters")
FINAL = "//wscn:CreateScanJobResponse/wscn:DocumentFinalParameters"
NOBODYS_ROTATION = "45"


async def validated(peer: DevicePeer, ticket: Ticket, *, wrong: bool = False) -> tuple[bool, Exchange]:
    """Whether ValidTicket is true. Raises Departure, Inconclusive."""
    answer = await peer.validate(ticket, wrong=wrong)
    told = (
        expect(answer).response("ValidateScanTicketResponse", WSCN).text("//wscn:ValidationInfo/wscn:ValidTicket")
    )
    require(told in ("0", "1", "false", "true"), f"ValidTicket {told!r}", "true or false", [answer])
    return told in ("1", "true"), answer


async def require_valid(peer: DevicePeer, ticket: Ticket, why: str, *, wrong: bool = False) -> Exchange:
    """ValidTicket is true."""
    valid, answer = await validated(peer, ticket, wrong=wrong)
    if not valid and ticket != await peer.ticket():
        await peer.require_ordinary_is_valid()
    require(valid, f"ValidTicket false of {why}", "true", [answer])
    return answer


async def require_invalid(peer: DevicePeer, ticket: Ticket, why: str, *, wrong: bool = False) -> Exchange:
    """ValidTicket is false."""
    valid, answer = await validated(peer, ticket, wrong=wrong)
    require(not valid, f"ValidTicket true of {why}", "false", [answer])
    return answer


def final(job: ScanJob, path: str) -> Any:
    """An element of DocumentFinalParameters; None where there is none."""
    found = job.created.envelope.all(f"{FINAL}{path}")
    return found[0] if found else None


def marked(element: Any, name: str) -> bool:
    """Override or UsedDefault is true on it, in either form."""
    told = element.get(f"{{{WSCN}}}{name}", element.get(name, "false"))
    return told in ("1", "true")


def require_final(job: ScanJob, path: str, value: str, mark: str = "") -> None:
    """An element of DocumentFinalParameters has that value, and is marked so."""
    found = final(job, path)
    require(found is not None, f"no {path.strip('/')}", value, [job.created], job.created.envelope.body)
    require(text(found) == value, f"{local(found)} {text(found)!r}", value, [job.created], found)
    if mark:
        require(marked(found, mark), f"{local(found)} without {mark}", f"{mark} true", [job.created], found)


# ValidateScanTicket


@check("wscn/validate-scan-ticket/answered")
async def answered(peer: DevicePeer) -> None:
    """A valid ticket and one that is not are both answered with ValidateScanTicketResponse."""
    plain = await peer.ticket()
    await validated(peer, plain)
    await validated(peer, replace(plain, rotation=NOBODYS_ROTATION, must_honor=frozenset({"Rotation"})), wrong=True)


@check("wscn/validate-scan-ticket/valid")
async def valid(peer: DevicePeer) -> str:
    """A ticket of what the device supports is valid, and its image has a size."""
    answer = await require_valid(peer, await peer.ticket(), "a ticket of what it supports")
    told = answer.envelope
    front = "//wscn:ValidationInfo/wscn:ImageInformation/wscn:MediaFrontImageInfo"
    size = [told.text(f"{front}/wscn:{each}") for each in ("PixelsPerLine", "NumberOfLines")]
    right = all(each.isdecimal() and int(each) > 0 for each in size)
    require(
        right, f"an image of {' x '.join(each or 'nothing' for each in size)}", "1 or more", [answer], told.body
    )
    return " x ".join(size)


@check("wscn/validate-scan-ticket/response")
async def validation_info(peer: DevicePeer) -> None:
    """ValidationInfo has ValidTicket and ImageInformation, and ValidScanTicket for an invalid ticket."""
    plain = await peer.ticket()
    wrong = replace(plain, rotation=NOBODYS_ROTATION, must_honor=frozenset({"Rotation"}))
    for ticket, optional in ((plain, ("ValidScanTicket",)), (wrong, ())):
        answer = await peer.validate(ticket, wrong=bool(ticket.rotation))
        told = expect(answer).response("ValidateScanTicketResponse", WSCN)
        found = told.all("//wscn:ValidationInfo")
        require(len(found) == 1, f"{len(found)} ValidationInfo", "one", [answer], told.body)
        require_children(found[0], ("ValidTicket", "ImageInformation", "ValidScanTicket"), answer, optional)


@check("wscn/validate-scan-ticket/invalid")
async def invalid(peer: DevicePeer) -> None:
    """ValidScanTicket of an invalid ticket is one that would pass."""
    plain = await peer.ticket()
    wrong = replace(plain, rotation=NOBODYS_ROTATION, must_honor=frozenset({"Rotation"}))
    answer = await require_invalid(peer, wrong, "a rotation of 45 degrees that must be honoured", wrong=True)
    found = answer.envelope.all("//wscn:ValidationInfo/wscn:ValidScanTicket")
    require(len(found) == 1, f"{len(found)} ValidScanTicket", "one", [answer], answer.envelope.body)
    found[0].tag = f"{{{WSCN}}}ScanTicket"
    octets = etree.tostring(found[0], with_tail=False).decode()
    body = f"<wscn:ValidateScanTicketRequest>{octets}</wscn:ValidateScanTicketRequest>"
    # It is the device's own ticket: what is wrong with it is no mistake of the judge's.
    again = await peer.ask("ValidateScanTicket", body, wrong=True)
    told = expect(again).response("ValidateScanTicketResponse", WSCN).text("//wscn:ValidTicket")
    require(told in ("1", "true"), f"ValidTicket {told} of its own ValidScanTicket", "true", [answer, again])


# The rules


@check("notes/c-18/sizes-of-no-image-are-0")
async def sizes_of_no_image(peer: DevicePeer) -> str:
    """PixelsPerLine and NumberOfLines are 0 where the ticket is invalid."""
    wrong = await peer.ticket(rotation=NOBODYS_ROTATION, must_honor=frozenset({"Rotation"}))
    answer = await require_invalid(peer, wrong, "a rotation of 45 degrees that must be honoured", wrong=True)
    front = "//wscn:ValidationInfo/wscn:ImageInformation/wscn:MediaFrontImageInfo"
    size = [answer.envelope.text(f"{front}/wscn:{each}") for each in ("PixelsPerLine", "NumberOfLines")]
    require(size == ["0", "0"], f"an image of {' x '.join(size)}", "0 x 0", [answer], answer.envelope.body)
    return "0 x 0"


@check("notes/c-26/region-width-within-the-width")
async def region_width(peer: DevicePeer) -> None:
    """A region may be wider than its medium is high, where that is wider than high."""
    source = await peer.source()
    width = min(source.largest[0], 6000)
    height = max(source.smallest[1], width // 2)
    wide = await peer.ticket(source, media_size=(width, height), region=(0, 0, width - 100, height - 100))
    await require_valid(
        peer, replace(wide, must_honor=frozenset({"ScanRegionWidth"})), "a region within the medium"
    )


@check("notes/c-26/offsets-within-the-input-size")
async def region_offsets(peer: DevicePeer) -> None:
    """A region that begins to the right of the InputSize in effect is not valid."""
    source = await peer.source()
    width, height = source.smallest[0] + 1000, source.smallest[1] + 1000
    beside = await peer.ticket(source, media_size=(width, height), region=(width + 100, 0, 500, 500))
    must_honor = frozenset({"ScanRegionXOffset", "ScanRegionWidth"})
    await require_invalid(peer, replace(beside, must_honor=must_honor), "a region beside the medium", wrong=True)


@check("wscn/validation/every-value-checked")
async def every_value(peer: DevicePeer) -> str:
    """What the configuration does not list is found, whichever setting has it."""
    plain, configuration = await peer.ticket(), await peer.configuration()
    looked = []
    for name, ticket in (
        ("Format", replace(plain, format="x-judge")),
        ("Rotation", replace(plain, rotation=NOBODYS_ROTATION)),
        ("ContentType", replace(plain, content_type="x:Judge")),
        ("ColorProcessing", replace(plain, color="x:Judge")),
        ("Resolution", replace(plain, resolution=(7, 7))),
        ("Scaling", replace(plain, scaling=(_beyond(configuration.scaling_width), 100))),
    ):
        if name == "Scaling" and ticket.scaling == (100, 100):
            continue
        marked_so = replace(ticket, must_honor=frozenset({name}))
        await require_invalid(peer, marked_so, f"a {name} that is not listed and must be honoured", wrong=True)
        looked.append(name)
    return ", ".join(looked)


def _beyond(limits: tuple[int, int]) -> int:
    """A scaling beyond the range of a device, and within that of the documents; 100 where there is none."""
    return limits[1] + 1 if limits[1] < 1000 else limits[0] - 1 if limits[0] > 1 else 100


@check("wscn/validation/unknown-element-ignored")
async def unknown_element(peer: DevicePeer) -> None:
    """An element that the device does not know makes no ticket invalid."""
    more = '<j:Staple xmlns:j="urn:example:judge">true</j:Staple>'
    await require_valid(peer, await peer.ticket(more=more), "an unknown element without MustHonor", wrong=True)


@check(
    "wscn/validation/unsupported-value-substituted",
    "wscn/final-parameters/override",
    "wscn/must-honor/false-when-absent",
)
async def substituted(peer: DevicePeer) -> str:
    """A ticket with an unsupported resolution makes a job all the same, whose resolution is one that is listed, and
    marked with Override."""
    source = await peer.source()
    job = await peer.created(await peer.ticket(source, resolution=(7, 7)))
    found = final(job, "//wscn:MediaFront/wscn:Resolution/wscn:Width")
    require(found is not None, "no Resolution", "a supported one", [job.created], job.created.envelope.body)
    listed = text(found) in map(str, source.widths)
    require(listed, f"Width {text(found)}", f"one of {', '.join(map(str, source.widths))}", [job.created], found)
    require(marked(found, "Override"), "Width without Override", "Override true", [job.created], found)
    return text(found)


@check("wscn/validation/must-honor-or-reject")
async def must_honor(peer: DevicePeer) -> None:
    """An unsupported rotation that must be honoured makes ValidTicket false, and rejects the job."""
    ticket = await peer.ticket(rotation=NOBODYS_ROTATION, must_honor=frozenset({"Rotation"}))
    await require_invalid(peer, ticket, "a rotation that must be honoured", wrong=True)
    expect(await peer.create(ticket, wrong=True)).any_fault()


@check("notes/c-16/must-honor-of-format")
async def must_honor_of_format(peer: DevicePeer) -> None:
    """A Format that is not supported and must be honoured rejects the job."""
    expect(await peer.create(await peer.ticket(format="x-judge", must_honor=frozenset({"Format"})))).any_fault()


@check("wscn/validation/fault-of-a-rejected-ticket")
async def fault_of_rejected(peer: DevicePeer) -> None:
    """It is rejected with InvalidArgs, and for its Format with ClientErrorFormatNotSupported."""
    ticket = await peer.ticket(resolution=(7, 7), must_honor=frozenset({"Resolution"}))
    expect(await peer.create(ticket)).fault(SENDER, INVALID_ARGS)
    ticket = await peer.ticket(format="x-judge", must_honor=frozenset({"Format"}))
    expect(await peer.create(ticket)).fault(SENDER, FORMAT)


@check("wscn/validation/conflict-rejected-by-create-scan-job")
async def conflict_rejected(peer: DevicePeer) -> None:
    """CreateScanJob with settings that exclude one another, a colour image as fax, is rejected."""
    expect(await peer.create(await _conflict(peer))).any_fault()


@check("wscn/validation/conflicting-must-honor", "wscn/fault/client-error-conflicting-required-parameters")
async def conflicting(peer: DevicePeer) -> None:
    """ValidateScanTicket for them gives ClientErrorConflictingRequiredParameters."""
    expect(await peer.validate(await _conflict(peer))).fault(SENDER, CONFLICT)


async def _conflict(peer: DevicePeer) -> Ticket:
    """Each setting alone is supported, both together are not. Raises NotApplicable."""
    configuration, source = await peer.configuration(), await peer.source()
    fax = next((each for each in configuration.formats if each.endswith(("g4", "g3mh"))), "")
    color = next((each for each in ("RGB24", "Grayscale8") if each in source.colors), "")
    if not fax or not color:
        shown = (await peer.section(CONFIGURATION))[1]
        raise NotApplicable("it has no fax format beside a colour, which exclude one another", [shown])
    return await peer.ticket(source, format=fax, color=color, must_honor=frozenset({"Format", "ColorProcessing"}))


@check(
    "wscn/validation/absent-element-by-default",
    "wscn/default-scan-ticket/source-of-defaults",
    "wscn/final-parameters/used-default",
)
async def absent_by_default(peer: DevicePeer) -> str:
    """What a ticket leaves out has the value of DefaultScanTicket, and is marked with UsedDefault."""
    default, _ = await peer.section(DEFAULT_TICKET)
    source = await peer.source()
    job = await peer.created(Ticket(source=source.keyword, images=1, information=INFORMATION))
    looked = []
    for name in ("Format", "ContentType", "Rotation"):
        wanted = default.find(f"{{{WSCN}}}DocumentParameters/{{{WSCN}}}{name}")
        if wanted is not None:
            require_final(job, f"/wscn:{name}", text(wanted), "UsedDefault")
            looked.append(name)
    if not looked:
        raise NotRun("its DefaultScanTicket has none of Format, ContentType and Rotation")
    return ", ".join(looked)


@check("wscn/final-parameters/marked-elements")
async def marked_elements(peer: DevicePeer) -> None:
    """Override and UsedDefault stand on elements with a value of their own alone, and MustHonor nowhere."""
    source = await peer.source()
    job = await peer.created(Ticket(source=source.keyword, images=1, resolution=(7, 7), information=INFORMATION))
    parameters = job.created.envelope.all(FINAL)
    require(bool(parameters), "no DocumentFinalParameters", "one", [job.created], job.created.envelope.body)
    for each in parameters[0].iter(etree.Element):
        for name in ("Override", "UsedDefault"):
            there = each.get(f"{{{WSCN}}}{name}") is not None or each.get(name) is not None
            known = not there or local(each) in MARKED or not each.tag.startswith(f"{{{WSCN}}}")
            require(known, f"{name} on {local(each)}", "on elements with a value alone", [job.created], each)


@check("wscn/final-parameters/every-parameter")
async def every_parameter(peer: DevicePeer) -> None:
    """DocumentFinalParameters has what was asked for, and what was not."""
    job = await peer.ended_job()
    parameters = job.created.envelope.all(FINAL)
    require(bool(parameters), "no DocumentFinalParameters", "one", [job.created], job.created.envelope.body)
    wanted = ("Format", "ImagesToTransfer", "InputSource", "ContentType", "Rotation", "MediaSides")
    there = {local(each) for each in parameters[0] if isinstance(each.tag, str)}
    missing = [each for each in wanted if each not in there]
    require(not missing, f"no {', '.join(missing)}", "every parameter", [job.created], parameters[0])


@check("wscn/create-scan-job/supported")
async def create_scan_job(peer: DevicePeer) -> None:
    """CreateScanJob makes a job."""
    await peer.created(await peer.ticket())


@check("wscn/create-scan-job/response")
async def create_response(peer: DevicePeer) -> None:
    """CreateScanJobResponse has JobId, JobToken, ImageInformation and DocumentFinalParameters."""
    job = await peer.created(await peer.ticket())
    wanted = ("JobId", "JobToken", "ImageInformation", "DocumentFinalParameters")
    require_children(job.created.envelope.body, wanted, job.created)


@check("wscn/validation/lossless-quality-100")
async def lossless_quality(peer: DevicePeer) -> None:
    """A quality of 50 with a lossless format is taken for 100."""
    job = await peer.created(replace(await _lossless(peer), quality=50))
    require_final(job, "/wscn:CompressionQualityFactor", "100")


@check("wscn/validation/lossless-quality-must-honor")
async def lossless_quality_must_honor(peer: DevicePeer) -> None:
    """A quality of 50 with a lossless format, which must be honoured, makes the ticket invalid."""
    ticket = replace(await _lossless(peer), quality=50, must_honor=frozenset({"CompressionQualityFactor"}))
    await require_invalid(peer, ticket, "a quality of 50 of a lossless format")


async def _lossless(peer: DevicePeer) -> Ticket:
    """Return a ticket with a lossless format and a colour that goes with it. Raises NotApplicable."""
    configuration, source = await peer.configuration(), await peer.source()
    formats = [
        each for each in configuration.formats if each not in LOSSY and each not in ("jpeg2k", "pdf-a", "xps")
    ]
    if not formats:
        shown = (await peer.section(CONFIGURATION))[1]
        raise NotApplicable("it has no lossless format", [shown])
    format = formats[0]
    color = "BlackAndWhite1" if format.endswith(("g4", "g3mh")) else source.color
    return await peer.ticket(source, format=format, color=color)


@check("notes/c-18/quality-from-0")
async def quality_from_0(peer: DevicePeer) -> None:
    """A quality of 0 is read."""
    configuration = await peer.configuration()
    format = next((each for each in LOSSY if each in configuration.formats), "")
    if not format:
        raise NotApplicable("it has no JPEG format", [(await peer.section(CONFIGURATION))[1]])
    expect(await peer.validate(await peer.ticket(format=format, quality=0))).response(
        "ValidateScanTicketResponse", WSCN
    )


@check("wscn/validation/film-scan-mode-without-film")
async def film_scan_mode(peer: DevicePeer) -> None:
    """FilmScanMode of another source makes no ticket invalid."""
    source = await peer.source()
    if source.keyword == "Film":
        raise NotApplicable("it has no other source than Film", [(await peer.section(CONFIGURATION))[1]])
    await require_valid(peer, await peer.ticket(source, film_mode="ColorSlideFilm"), "a FilmScanMode without film")


@check("wscn/validation/media-back-without-duplex")
async def back_without_duplex(peer: DevicePeer) -> None:
    """MediaBack of a job of one side makes no job impossible."""
    await peer.created(await peer.ticket(back=True))


@check("wscn/validation/region-wholly-outside")
async def region_outside(peer: DevicePeer) -> None:
    """A region that lies wholly outside what can be scanned rejects the job."""
    source = await peer.source()
    width, height = source.largest
    ticket = await peer.ticket(source, region=(width + 1000, height + 1000, 500, 500))
    expect(await peer.create(ticket)).any_fault()


@check("wscn/validation/scaling-out-of-range", "notes/c-10/scaling-1250-invalid")
async def scaling_out_of_range(peer: DevicePeer) -> None:
    """A scaling of 1250, as in the printed example, makes the ticket invalid."""
    await require_invalid(peer, await peer.ticket(scaling=(1250, 100)), "a scaling of 1250", wrong=True)


@check(
    "wscn/ticket/any-order-accepted",
    "clients/sane-airscan/ticket-out-of-order",
    "notes/schema/order-of-children-not-demanded",
)
async def any_order(peer: DevicePeer) -> None:
    """A ticket in the order of sane-airscan is valid."""
    ticket = await peer.ticket()
    octets = ticket.xml()
    root = etree.fromstring(f'<x xmlns:wscn="{WSCN}">{octets}</x>')
    parameters = root.find(f".//{{{WSCN}}}DocumentParameters")
    assert parameters is not None
    source = parameters.find(f"{{{WSCN}}}InputSource")
    if source is not None:
        sides = parameters.find(f"{{{WSCN}}}MediaSides")
        parameters.remove(source)
        if sides is None:
            parameters.append(source)
        else:
            sides.addprevious(source)
    for side in parameters.iter(f"{{{WSCN}}}MediaFront"):
        region = side.find(f"{{{WSCN}}}ScanRegion")
        if region is not None:
            side.append(region)
    turned = etree.tostring(root[0], with_tail=False).decode()
    body = f"<wscn:ValidateScanTicketRequest>{turned}</wscn:ValidateScanTicketRequest>"
    answer = await peer.ask("ValidateScanTicket", body, wrong=True)
    told = expect(answer).response("ValidateScanTicketResponse", WSCN).text("//wscn:ValidTicket")
    if told not in ("1", "true"):
        await peer.require_ordinary_is_valid()
    require(told in ("1", "true"), f"ValidTicket {told}", "true", [answer])


@check("wscn/validation/both-children-of-a-choice", "clients/wsd-python/both-children-of-the-choices")
async def both_children(peer: DevicePeer) -> None:
    """A ticket with both children of InputSize and of Exposure is read."""
    source = await peer.source()
    ticket = await peer.ticket(source, auto_detect=False, auto_exposure=False, exposure=(("Contrast", 0),))
    octets = ticket.xml()
    # What is said of the exposure twice comes as WSD-python sends it.
    settings = "<wscn:ExposureSettings><wscn:Contrast>0</wscn:Contrast></wscn:ExposureSettings>"
    octets = octets.replace("</wscn:AutoExposure>", f"</wscn:AutoExposure>{settings}", 1)
    body = f"<wscn:ValidateScanTicketRequest>{octets}</wscn:ValidateScanTicketRequest>"
    expect(await peer.ask("ValidateScanTicket", body, wrong=True)).response("ValidateScanTicketResponse", WSCN)


@check("notes/c-16/must-honor-of-media-sides-read")
async def must_honor_of_media_sides(peer: DevicePeer) -> None:
    """MustHonor on MediaSides is read."""
    ticket = await peer.ticket(must_honor=frozenset({"MediaSides"}))
    await require_valid(peer, ticket, "MustHonor on MediaSides", wrong=True)


@check("notes/c-10/document-description-in-scan-ticket")
async def document_description(peer: DevicePeer) -> None:
    """DocumentDescription within ScanTicket is passed over."""
    octets = (await peer.ticket()).xml()
    more = "<wscn:DocumentDescription><wscn:DocumentName>x</wscn:DocumentName></wscn:DocumentDescription>"
    octets = octets.replace("</wscn:JobDescription>", f"</wscn:JobDescription>{more}", 1)
    body = f"<wscn:ValidateScanTicketRequest>{octets}</wscn:ValidateScanTicketRequest>"
    expect(await peer.ask("ValidateScanTicket", body, wrong=True)).response("ValidateScanTicketResponse", WSCN)
