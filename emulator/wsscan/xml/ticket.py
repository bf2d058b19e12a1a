"""The scan ticket (ScanTicketType): wscn:ScanTicket, psp:ScanTicket, wscn:DefaultScanTicket (MS-BDSRR 6.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.fault import xml_text
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.xml import QName, local_name, namespace_of, place
from emulator.wsscan.constants import WSCN, WSCN_ACCEPTED
from emulator.wsscan.values.keywords import ContentType, FilmScanMode, Format, InputSource
from emulator.wsscan.values.ticket import DOCUMENT_SETTINGS, DocumentParameters, JobDescription, ScanTicket
from emulator.wsscan.xml.choices import (
    EXPOSURE_ORDER,
    read_exposure,
    read_input_size,
    read_scaling,
    write_exposure,
    write_input_size,
    write_scaling,
)
from emulator.wsscan.xml.media_sides import (
    REGION_ORDER,
    SIDE_ORDER,
    SIDES,
    read_media_sides,
    write_media_sides,
)
from emulator.wsscan.xml.settings import (
    MAX_STRING,
    VENDOR_FORMAT,
    add,
    add_setting,
    keyword,
    setting,
    string,
    whole_number,
)

_TICKET_ORDER: Final = ("JobDescription", "DocumentParameters")
_JOB_ORDER: Final = ("JobName", "JobOriginatingUserName", "JobInformation")
# The law: [wscn/ticket/compression-quality-factor] [wscn/ticket/images-to-transfer] [notes/c-18/quality-from-0]
_PARAMETER_ORDER: Final = (*DOCUMENT_SETTINGS, "MediaSides")
_CHILDREN: Final[dict[str, tuple[str, ...]]] = {
    "JobDescription": _JOB_ORDER,
    "DocumentParameters": _PARAMETER_ORDER,
    "InputSize": ("DocumentSizeAutoDetect", "InputMediaSize"),
    "InputMediaSize": ("Width", "Height"),
    "Exposure": ("AutoExposure", "ExposureSettings"),
    "ExposureSettings": EXPOSURE_ORDER,
    "Scaling": ("ScalingWidth", "ScalingHeight"),
    "MediaSides": SIDES,
    **dict.fromkeys(SIDES, SIDE_ORDER),
    "ScanRegion": REGION_ORDER,
    "Resolution": ("Width", "Height"),
}
"""Every structure of a ticket and what it may hold: the elements that the reader knows."""

_ROTATIONS: Final = ("0", "90", "180", "270")
_WRONG_TYPE: Final = frozenset({"element-missing", "empty", "range", "too-long"})
"""Deviations that make an argument one of the wrong type, or one too few (WS-Scan error page, InvalidArgs). Not
among them: a keyword or a Rotation that no list has, for those lists are open, and a scaling beyond its range,
which the printed ValidateScanTicketResponse corrects."""
_SCALING: Final = ("ScalingWidth", "ScalingHeight")


def read_ticket(element: etree._Element, deviations: Deviations) -> ScanTicket:
    """Read an element of ScanTicketType, whatever its own name.

    Tolerated and told: children in any order (sane-airscan sends another than the schema's), the namespace of
    2006/01 and unqualified MustHonor (WSD-python), both children of a choice, white space, doubled and unknown
    elements, a missing JobDescription, numbers out of range. Raises ContentError for a value of the wrong type
    and for half a pair (a ScanRegion without width).
    [wscn/ticket/any-order-accepted] [clients/sane-airscan/ticket-out-of-order]
    [clients/wsd-python/ticket-in-2006-01]
    [notes/schema/order-of-children-not-demanded] [notes/c-10/document-description-in-scan-ticket]
    [psp/wire/scan-ticket-namespace] [psp/scan-process/scan-ticket-children]"""
    ticket = Cursor(element, WSCN_ACCEPTED, deviations)
    ticket.check_order(_TICKET_ORDER)
    return ScanTicket(
        _read_job_description(ticket, deviations),
        read_parameters(ticket.child("DocumentParameters"), tuple(_unknown_must_honor(ticket.element))),
    )


def read_requested_ticket(element: etree._Element, deviations: Deviations) -> ScanTicket:
    """Read the ticket of a request that is to be carried out. As `read_ticket`, but for values: raises ContentError
    also for a number outside the range of its type, too long a string, an empty keyword, and where an element is
    missing that its structure requires (JobDescription and its two names, one child of a choice, MediaFront).
    [wscn/fault/invalid-args-cases]"""
    own = Deviations()
    ticket = read_ticket(element, own)
    for each in own:
        name = each.place.rpartition("/")[2]
        if each.id in _WRONG_TYPE and name not in _SCALING:
            raise ContentError(name, each.detail or ("missing" if each.id == "element-missing" else "is empty"))
        deviations.note(each.id, each.place, each.detail)
    return ticket


def _read_job_description(ticket: Cursor, deviations: Deviations) -> JobDescription:
    # The law: [wscn/ticket/job-name] [wscn/ticket/job-originating-user-name] [wscn/ticket/job-information]
    job = ticket.child("JobDescription")
    if job is None:
        deviations.note("element-missing", f"{place(ticket.element)}/JobDescription")
        return JobDescription()
    job.check_order(_JOB_ORDER)
    name, user, information = (string(job.child(each)) for each in _JOB_ORDER)
    for found, required in ((name, _JOB_ORDER[0]), (user, _JOB_ORDER[1])):
        if found is None:
            deviations.note("element-missing", f"{place(job.element)}/{required}")
    return JobDescription(name or "", user or "", information)


def read_parameters(parameters: Cursor | None, unknown: tuple[str, ...] = ()) -> DocumentParameters:
    """Read an element of the content of DocumentParameters; None is an empty one. Raises ContentError."""
    if parameters is None:
        return DocumentParameters(unknown_must_honor=unknown)
    parameters.check_order(_PARAMETER_ORDER)
    sides = parameters.child("MediaSides")
    front, back, whole = (None, None, False) if sides is None else read_media_sides(sides)
    return DocumentParameters(
        format=setting(parameters.child("Format"), keyword(Format, VENDOR_FORMAT)),
        compression_quality_factor=setting(parameters.child("CompressionQualityFactor"), whole_number(0, 100)),
        images_to_transfer=setting(parameters.child("ImagesToTransfer"), whole_number(0)),
        input_source=setting(parameters.child("InputSource"), keyword(InputSource)),
        film_scan_mode=setting(parameters.child("FilmScanMode"), keyword(FilmScanMode)),
        content_type=setting(parameters.child("ContentType"), keyword(ContentType)),
        input_size=setting(parameters.child("InputSize"), read_input_size),
        exposure=setting(parameters.child("Exposure"), read_exposure),
        scaling=setting(parameters.child("Scaling"), read_scaling),
        rotation=setting(parameters.child("Rotation"), _read_rotation),
        media_front=front,
        media_back=back,
        media_sides_must_honor=whole,
        unknown_must_honor=unknown,
    )


def _read_rotation(cursor: Cursor) -> int | None:
    """0, 90, 180 or 270; a vendor's keyword is an element that this device does not know
    [wscn/validation/unknown-element-ignored]."""
    if _is_vendor_keyword(cursor.element):
        return None
    value = cursor.integer()
    if str(value) not in _ROTATIONS:
        cursor.deviations.note("value", place(cursor.element), str(value))
    return value


def _is_vendor_keyword(element: etree._Element) -> bool:
    return ":" in (element.text or "")


def _unknown_must_honor(element: etree._Element) -> Iterator[str]:
    """Names of the elements below `element` that we do not know and that say MustHonor
    [wscn/validation/must-honor-or-reject]."""
    known = _CHILDREN.get(local_name(element), _TICKET_ORDER)
    for child in element:
        name = local_name(child)
        foreign = namespace_of(child) not in WSCN_ACCEPTED
        if foreign or name not in known or (name == "Rotation" and _is_vendor_keyword(child)):
            if _says_must_honor(child):
                yield name
        elif name in _CHILDREN:
            yield from _unknown_must_honor(child)


def _says_must_honor(element: etree._Element) -> bool:
    """MustHonor on an element that is none of ours: in a wscn namespace, or unqualified. Never raises."""
    keys = [f"{{{namespace}}}MustHonor" for namespace in WSCN_ACCEPTED] + ["MustHonor"]
    return any((element.get(key) or "").strip() in ("true", "1") for key in keys)


def write_ticket(ticket: ScanTicket, tag: QName) -> etree._Element:
    """An element of ScanTicketType named `tag`, in the schema's order, MustHonor qualified.

    Strings are cut to 255 characters. A ticket that was read with deviations is written without them where
    that is possible: MustHonor on MediaSides moves to its leaves, one child of a choice stays. What the reader
    did not know (vendor elements) is not in a ScanTicket and not written.
    [wscn/ticket/children] [wscn/must-honor/qualified]"""
    namespaces = {"wscn": WSCN}
    if tag.namespace != WSCN:
        namespaces["psp"] = tag.namespace
    root = etree.Element(tag.clark, nsmap=namespaces)
    job = add(root, "JobDescription")
    description = ticket.job_description
    texts = (description.job_name, description.job_originating_user_name, description.job_information)
    for name, text in zip(_JOB_ORDER, texts, strict=True):
        if text is not None:
            add(job, name, xml_text(text)[:MAX_STRING])
    parameters = write_parameters(ticket.document_parameters)
    if len(parameters):
        root.append(parameters)
    return root


def write_parameters(given: DocumentParameters, name: str = "DocumentParameters") -> etree._Element:
    """A wscn element `name` with the content of DocumentParameters."""
    parameters = etree.Element(f"{{{WSCN}}}{name}", nsmap={"wscn": WSCN})
    add_setting(parameters, "Format", given.format)
    add_setting(parameters, "CompressionQualityFactor", given.compression_quality_factor)
    add_setting(parameters, "ImagesToTransfer", given.images_to_transfer)
    add_setting(parameters, "InputSource", given.input_source)
    add_setting(parameters, "FilmScanMode", given.film_scan_mode)
    add_setting(parameters, "ContentType", given.content_type)
    write_input_size(parameters, given.input_size)
    write_exposure(parameters, given.exposure)
    write_scaling(parameters, given.scaling)
    add_setting(parameters, "Rotation", given.rotation)
    front, back = given.media_front, given.media_back
    if given.media_sides_must_honor:
        front, back = front and front.demanded(), back and back.demanded()
    write_media_sides(parameters, front, back)
    return parameters
