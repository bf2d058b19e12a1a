"""psp:PostScanInstructionsType, in a scan process and in CreatePostScanJob (MS-BDSRR 6.2.2)."""

from __future__ import annotations

from typing import Final

from lxml import etree

from emulator.dsm.constants import MAX_STRING, PSP
from emulator.dsm.filters_xml import read_filter, write_filter
from emulator.dsm.scan_process import PostScanInstructions
from emulator.dsm.structure import add, append_extensions, extensions
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.structure import boolean, check_structure
from emulator.soap.xml import QName

_ORDER: Final = ("ContinueOnError", "DocumentRootName", "FiltersToProcess")


def read_instructions(element: etree._Element, deviations: Deviations) -> PostScanInstructions:
    """Read an element of that type, whatever its own name.

    Raises ContentError for a missing DocumentRootName or FiltersToProcess, no Filter at all, a filter without
    what its dialect demands, and a value that is no boolean.
    [psp/scan-process/post-scan-instructions] [psp/scan-process/filters-to-process]
    [psp/scan-process/document-root-name-length]"""
    cursor = Cursor(element, (PSP,), deviations)
    check_structure(cursor, _ORDER)
    continue_on_error = cursor.child("ContinueOnError")
    to_process = cursor.required("FiltersToProcess")
    check_structure(to_process, ("Filter",))
    filters = tuple(read_filter(each) for each in to_process.children("Filter"))
    if not filters:
        raise ContentError("Filter", "missing in FiltersToProcess")
    return PostScanInstructions(
        cursor.required("DocumentRootName").text(max_length=MAX_STRING),
        filters,
        None if continue_on_error is None else continue_on_error.boolean(),
        extensions(cursor),
        extensions(to_process),
    )


def write_instructions(instructions: PostScanInstructions, tag: QName) -> etree._Element:
    """An element of that type named `tag`: dsp:PostScanInstructions in CreatePostScanJob, else psp's own.
    [dsp/create-post-scan-job/instructions-element] [psp/scan-process/post-scan-instructions]"""
    namespaces = {"psp": PSP}
    if tag.namespace != PSP:
        namespaces["dsp"] = tag.namespace
    root = etree.Element(tag.clark, nsmap=namespaces)
    if instructions.continue_on_error is not None:
        add(root, PSP, "ContinueOnError", boolean(instructions.continue_on_error))
    add(root, PSP, "DocumentRootName", instructions.document_root_name)
    to_process = add(root, PSP, "FiltersToProcess")
    for each in instructions.filters:
        write_filter(to_process, each)
    append_extensions(to_process, instructions.filters_extra)
    append_extensions(root, instructions.extra)
    return root
