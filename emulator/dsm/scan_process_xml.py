"""psp:PostScanProcess both ways (MS-BDSRR 6.2.2). Looked through for people: scan_process_check.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from lxml import etree

from emulator.dsm.canonical import restored
from emulator.dsm.constants import MAX_PSP_STRING, MAX_STRING, PSP, SPX
from emulator.dsm.instructions_xml import read_instructions, write_instructions
from emulator.dsm.scan_process import PostScanInstructions, ScanProcess
from emulator.dsm.structure import add, append_extensions, bounded_token, extensions
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError, Cursor, parse_boolean
from emulator.soap.structure import check_structure
from emulator.soap.xml import QName, XmlRefused, local_name, namespace_of, parse_xml, to_bytes
from emulator.wsscan.constants import WSCN
from emulator.wsscan.xml.ticket import read_ticket, write_ticket

_ORDER: Final = ("ScanRepository", "ScanTicket", "PostScanInstructions")
_FILE_NAME_CHANGE: Final = f"{{{SPX}}}AllowDeviceFileNameChange"  # [psp/change/document-root-name]
_FILE_PATH_CHANGE: Final = f"{{{SPX}}}AllowDeviceFilePathChange"  # [psp/change/share-unc]
_FLAGS: Final = (_FILE_NAME_CHANGE, _FILE_PATH_CHANGE)

MAX_BYTES: Final = 4 * MAX_PSP_STRING
"""Longest scan process read, in octets: a character is at most four octets of UTF-8. [adds/schema/psp-string]"""


class ScanProcessError(ValueError):
    """A scan process that cannot be understood. `str()` is one line: what, and in which element."""


def read_scan_process(
    data: bytes, *, identifier: UUID | None = None, display_name: str = "", server_name: str = ""
) -> tuple[ScanProcess, Deviations]:
    """Read psp:PostScanProcess, which comes from a directory or a file and is taken as hostile.

    `identifier`, `display_name` and `server_name` are what the directory says beside the XML.
    Raises ScanProcessError.
    [notes/schema/strict-wildcards]
    [psp/scan-process/children] [psp/scan-process/scan-repository-length] [adds/lookup/string-is-hostile]
    [psp/scan-process/instructions-are-validated-strictly]"""
    deviations = Deviations()
    try:
        root = parse_xml(data, deviations, max_bytes=MAX_BYTES)
        if namespace_of(root) != PSP or local_name(root) != "PostScanProcess":
            raise ScanProcessError(f"the root element is {_shown(root)}, not psp:PostScanProcess")
        cursor = Cursor(root, (PSP,), deviations)
        check_structure(cursor, _ORDER)
        repository = bounded_token(cursor.required("ScanRepository"), MAX_STRING)
        ticket = read_ticket(cursor.required("ScanTicket").element, deviations)
        instructions = read_instructions(cursor.required("PostScanInstructions").element, deviations)
        kept = extensions(cursor)
        everywhere = [restored(xml) for xml in (*kept, *_vendor_elements(instructions))]
        process = ScanProcess(
            identifier,
            display_name,
            server_name,
            repository,
            ticket,
            instructions,
            _allowed(everywhere, _FILE_NAME_CHANGE),
            _allowed(everywhere, _FILE_PATH_CHANGE),
            tuple(xml for xml in kept if restored(xml).tag not in _FLAGS),
        )
    except (XmlRefused, ContentError) as error:
        raise ScanProcessError(" ".join(str(error).split())) from None
    return process, deviations


def _shown(root: etree._Element) -> str:
    namespace = namespace_of(root)
    return f"{local_name(root)[:60]}" + (f" of {namespace[:120]}" if namespace else "")


def _vendor_elements(instructions: PostScanInstructions) -> tuple[bytes, ...]:
    """Every vendor element in the instructions: no document says at which level the spx elements stand, and
    every level admits them [notes/silent/spx-elements].
    [psp/scan-process/extensions-at-the-end] [psp/scan-process/place-of-the-flags]"""
    of_filters = (xml for each in instructions.filters for xml in each.extensions.all)
    return (*instructions.extra, *instructions.filters_extra, *of_filters)


def _allowed(elements: Sequence[etree._Element], tag: str) -> bool:
    """Whether one of the elements is that spx flag and true; an empty one is false, the schema's default.
    [psp/change/flags-default-to-false]"""
    name = tag.rpartition("}")[2]
    values = [(each.text or "").strip() for each in elements if each.tag == tag]
    # All of them are parsed, also behind one that is true: one that is no boolean is an error wherever it is.
    said = [parse_boolean(name, value) for value in values if value]
    return any(said)


def scan_process_element(process: ScanProcess) -> etree._Element:
    """psp:PostScanProcess in the schema's order, the spx flags behind the last documented child.
    [notes/silent/spx-elements] [psp/scan-process/children] [psp/scan-process/place-of-the-flags]"""
    root = etree.Element(f"{{{PSP}}}PostScanProcess", nsmap={"psp": PSP, "wscn": WSCN})
    add(root, PSP, "ScanRepository", process.scan_repository.strip())
    root.append(write_ticket(process.ticket, QName(PSP, "ScanTicket")))
    root.append(write_instructions(process.instructions, QName(PSP, "PostScanInstructions")))
    inside = [restored(xml) for xml in _vendor_elements(process.instructions)]
    flags = (
        (_FILE_NAME_CHANGE, process.allow_file_name_change),
        (_FILE_PATH_CHANGE, process.allow_file_path_change),
    )
    for tag, allowed in flags:
        if allowed and not _allowed(inside, tag):
            etree.SubElement(root, tag, nsmap={"spx": SPX}).text = "true"
    append_extensions(root, process.extensions)
    return root


def write_scan_process(process: ScanProcess) -> bytes:
    """psp:PostScanProcess as a document on one line."""
    return to_bytes(scan_process_element(process))


__all__ = [
    "MAX_BYTES",
    "ScanProcessError",
    "read_instructions",
    "read_scan_process",
    "scan_process_element",
    "write_instructions",
    "write_scan_process",
]
