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
"""DocumentFinalParamters, in the printed CreateScanJobResponse. [notes/c-10/document-final-paramters-read]"""

_OVERRIDE: Final = "Override"  # [wscn/final-parameters/override]
_USED_DEFAULT: Final = "UsedDefault"  # [wscn/final-parameters/used-default]
_WHOLES: Final = ("InputSize", "Scaling", "Resolution")
"""Settings whose parts are marked together."""
_NOT_IN_PATHS: Final = ("MediaSides", "ExposureSettings", "AutoExposure")
"""Elements that a path leaves out: AutoExposure is the whole of its Exposure."""


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
    marks: tuple[set[str], set[str]] = (set(), set())
    _read_marks(cursor, "", (False, False), marks)
    ticket = ScanTicket(document_parameters=read_parameters(cursor))
    return FinalParameters(ticket, *(frozenset(paths) for paths in marks))


def _read_marks(cursor: Cursor, path: str, inherited: tuple[bool, bool], marks: tuple[set[str], set[str]]) -> None:
    """Collect the paths of what is marked Override and UsedDefault below `cursor`. The marks are documented on
    leaves, and on MediaSides: there they mean all below."""
    for setting, child in _children(cursor.element, path):
        own = Cursor(child, cursor.namespaces, cursor.deviations)
        overridden = own.boolean_attribute(_OVERRIDE, qualified=True, default=inherited[0])
        used_default = own.boolean_attribute(_USED_DEFAULT, qualified=True, default=inherited[1])
        if len(child):
            _read_marks(own, setting, (overridden, used_default), marks)
            continue
        for marked, paths in zip((overridden, used_default), marks, strict=True):
            if marked:
                paths.add(setting)


def write_final_parameters(final: FinalParameters) -> etree._Element:
    """wscn:DocumentFinalParameters with the marks on the leaves; MustHonor is not written, it has no place
    here. Paths that name no setting of the ticket are left out.
    [wscn/final-parameters/marked-elements] [wscn/must-honor/only-in-submitted-tickets]"""
    root = write_parameters(final.ticket.document_parameters, NAME)
    for element in root.iter():
        if MUST_HONOR in element.attrib:
            del element.attrib[MUST_HONOR]
    _write_marks(root, "", final)
    return root


def _write_marks(element: etree._Element, path: str, final: FinalParameters) -> None:
    for setting, child in _children(element, path):
        if len(child):
            _write_marks(child, setting, final)
            continue
        for name, paths in ((_OVERRIDE, final.overridden), (_USED_DEFAULT, final.used_default)):
            if setting in paths:
                child.set(f"{{{WSCN}}}{name}", "true")


def _children(element: etree._Element, path: str) -> Iterator[tuple[str, etree._Element]]:
    """The children and the paths of their settings."""
    for child in element:
        name = local_name(child)
        if not isinstance(child.tag, str) or namespace_of(child) not in WSCN_ACCEPTED:
            continue
        part = name in _NOT_IN_PATHS or path.rpartition("/")[2] in _WHOLES
        yield path if part else f"{path}/{name}".lstrip("/"), child
