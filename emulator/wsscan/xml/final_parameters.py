"""DocumentFinalParameters: the content of DocumentParameters with the marks Override and UsedDefault
(its WS-Scan page; ws-scan.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from emulator.soap.deviations import Deviations
from emulator.soap.reading import Cursor
from emulator.soap.xml import local_name, namespace_of, place
from emulator.wsscan.constants import WSCN, WSCN_ACCEPTED
from emulator.wsscan.values.jobs import FinalParameters
from emulator.wsscan.values.ticket import ScanTicket
from emulator.wsscan.xml.settings import MUST_HONOR
from emulator.wsscan.xml.structure import missing
from emulator.wsscan.xml.ticket import read_parameters, write_parameters

NAME: Final = "DocumentFinalParameters"
MISPRINT: Final = "DocumentFinalParamters"
"""In the printed CreateScanJobResponse (NOTES C-10)."""

_OVERRIDE: Final = "Override"
_USED_DEFAULT: Final = "UsedDefault"
_WHOLES: Final = ("InputSize", "Scaling", "Resolution")
"""Settings whose parts are marked together."""
_NOT_IN_PATHS: Final = ("MediaSides", "ExposureSettings")


def child_final_parameters(cursor: Cursor) -> FinalParameters:
    """DocumentFinalParameters in `cursor`; misspelt as in the printed example or missing is noted. Missing:
    nothing is known of the settings. Raises ContentError for a value of the wrong type."""
    found = cursor.child(NAME)
    if found is None:
        found = cursor.child(MISPRINT)
        if found is None:
            missing(cursor, NAME)
            return FinalParameters(ScanTicket())
        cursor.deviations.note("spelling", place(found.element), MISPRINT)
    return read_final_parameters(found.element, cursor.deviations)


def read_final_parameters(element: etree._Element, deviations: Deviations) -> FinalParameters:
    """Read DocumentFinalParameters, whatever its own name. Raises ContentError for a value of the wrong type."""
    cursor = Cursor(element, WSCN_ACCEPTED, deviations)
    overridden: set[str] = set()
    used_default: set[str] = set()
    leaves = list(_leaves(element, ""))
    for marked in element.iterdescendants(*(f"{{{namespace}}}*" for namespace in WSCN_ACCEPTED)):
        marks = Cursor(marked, WSCN_ACCEPTED, deviations)
        for name, paths in ((_OVERRIDE, overridden), (_USED_DEFAULT, used_default)):
            if marks.boolean_attribute(name, qualified=True):
                # Documented on leaves, and on MediaSides: there it means all below.
                paths.update(path for path, leaf in leaves if marked is leaf or marked in leaf.iterancestors())
    ticket = ScanTicket(document_parameters=read_parameters(cursor))
    return FinalParameters(ticket, frozenset(overridden), frozenset(used_default))


def write_final_parameters(final: FinalParameters) -> etree._Element:
    """wscn:DocumentFinalParameters with the marks on the leaves; MustHonor is not written, it has no place
    here. Paths that name no setting of the ticket are left out."""
    root = write_parameters(final.ticket.document_parameters, NAME)
    for element in root.iter():
        if MUST_HONOR in element.attrib:
            del element.attrib[MUST_HONOR]
    for path, leaf in _leaves(root, ""):
        for name, paths in ((_OVERRIDE, final.overridden), (_USED_DEFAULT, final.used_default)):
            if path in paths:
                leaf.set(f"{{{WSCN}}}{name}", "true")
    return root


def _leaves(element: etree._Element, path: str) -> Iterator[tuple[str, etree._Element]]:
    """Every element without children below `element`, and the path of its setting."""
    for child in element:
        name = local_name(child)
        if not isinstance(child.tag, str) or namespace_of(child) not in WSCN_ACCEPTED:
            continue
        below = path if name in _NOT_IN_PATHS or _is_whole(path) else f"{path}/{name}".lstrip("/")
        if len(child):
            yield from _leaves(child, below)
        else:
            # AutoExposure is the whole of its Exposure.
            yield (path if name == "AutoExposure" else below), child


def _is_whole(path: str) -> bool:
    return path.rpartition("/")[2] in _WHOLES
