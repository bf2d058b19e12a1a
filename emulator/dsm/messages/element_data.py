"""Elements asked for by their names, and answered in ElementData: what GetPostScanJobElements (its WS-DSP page)
and GetRepositoryElements (MS-BDSRR 3.1.4.1) share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol, TypeAlias, TypeVar

from lxml import etree

from emulator.dsm.constants import FILTER, SERVICES
from emulator.dsm.structure import add, boolean, check_structure
from emulator.soap.constants import MAX_REQUESTED_NAMES, SOAP, WSA
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError, Cursor, TooMuch, parse_boolean
from emulator.soap.xml import QName, local_name, namespace_of, place, resolve_qname

T = TypeVar("T")

_FIXED: Final = {SOAP: "soap", WSA: "wsa", FILTER: "ftr"}
"""Prefixes of the envelope and of contents: a namespace that is declared twice keeps the outer prefix alone."""


class Content(Protocol):
    """What an ElementData holds."""

    def to_xml(self, namespace: str) -> etree._Element:
        """Its element, in the namespace of the service."""


Reader: TypeAlias = Callable[[etree._Element, Deviations], Content]


@dataclass(frozen=True, slots=True)
class ElementData:
    """One element that was asked for; `content` None when it is not valid (an unknown name).
    [dsp/get-post-scan-job-elements/valid] [bdsrr/3.2.4.1/valid-true] [bdsrr/3.2.4.1/valid-false]
    [bdsrr/3.2.4.3/valid-true] [bdsrr/3.2.4.3/valid-false]"""

    name: QName
    content: Content | None

    @property
    def valid(self) -> bool:
        """The attribute Valid."""
        return self.content is not None


def first_of(element_data: Iterable[ElementData], kind: type[T]) -> T | None:
    """The first content of that kind."""
    return next((each.content for each in element_data if isinstance(each.content, kind)), None)


def message(name: str, namespace: str, names: Iterable[QName]) -> etree._Element:
    """The root of a message in which `names` can be written: the prefix of the service, and `n1` and so on for
    other namespaces."""
    others = dict.fromkeys(each.namespace for each in names if each.namespace not in ("", namespace))
    prefixes = {_FIXED.get(other, f"n{index}"): other for index, other in enumerate(others, 1)}
    return etree.Element(f"{{{namespace}}}{name}", nsmap={SERVICES[namespace]: namespace, **prefixes})


def add_names(root: etree._Element, namespace: str, names: Sequence[QName]) -> None:
    """Append RequestedElements."""
    requested = add(root, namespace, "RequestedElements")
    for name in names:
        add(requested, namespace, "Name", written(root, name))


def read_names(cursor: Cursor) -> tuple[QName, ...]:
    """The names in RequestedElements. Raises ContentError when it or every Name is missing, or a Name is empty;
    TooMuch for more than MAX_REQUESTED_NAMES. [dsp/get-post-scan-job-elements/one-name-or-more]"""
    requested = cursor.required("RequestedElements")
    found = _bounded(requested, "Name")
    check_structure(requested, ("Name",))
    names = tuple(_qname(each, each.token(), "Name") for each in found)
    if not names:
        raise ContentError("Name", "missing in RequestedElements")
    return names


def _bounded(cursor: Cursor, name: str) -> list[Cursor]:
    found = list(islice(cursor.children(name), MAX_REQUESTED_NAMES + 1))
    if len(found) > MAX_REQUESTED_NAMES:
        raise TooMuch(cursor.name, f"more than {MAX_REQUESTED_NAMES} names")
    return found


def add_element_data(root: etree._Element, namespace: str, group: str, element_data: Sequence[ElementData]) -> None:
    """Append the list `group`; Name and Valid qualified (the printed examples)
    [notes/c-09/dsp-attributes-qualified].
    [dsp/get-post-scan-job-elements/qualified-attributes] [dsc/get-post-scan-job-elements/qualified-attributes]
    [bdsrr/3.2.4.1/name-of-the-request] [bdsrr/3.2.4.3/name-of-the-request]
    [bdsrr/3.2.4.1.3.2/name-valid-and-data] [bdsrr/3.2.4.3.3.2/name-valid-and-data]"""
    elements = add(root, namespace, group)
    for each in element_data:
        data = add(elements, namespace, "ElementData")
        data.set(f"{{{namespace}}}Name", written(root, each.name))
        data.set(f"{{{namespace}}}Valid", boolean(each.valid))
        if each.content is not None:
            data.append(each.content.to_xml(namespace))


def read_element_data(cursor: Cursor, group: str, readers: Mapping[str, Reader]) -> tuple[ElementData, ...]:
    """The list `group`; `readers`: by the local names of the elements that are known. That it is empty is noted.
    Raises ContentError when it is missing or one of its elements cannot be understood."""
    elements = cursor.required(group)
    check_structure(elements, ("ElementData",))
    found = tuple(_read(each, readers) for each in _bounded(elements, "ElementData"))
    if not found:
        cursor.deviations.note("element-missing", f"{place(elements.element)}/ElementData")
    return found


def _read(cursor: Cursor, readers: Mapping[str, Reader]) -> ElementData:
    """One ElementData; an element that we do not know counts as not valid.
    [notes/c-09/attributes-read-in-both-forms]
    [dsp/get-post-scan-job-elements/bare-attributes-read] [bdsrr/3.2.4.1/vendor-attributes]
    [bdsrr/3.2.4.3/vendor-attributes]"""
    element, deviations = cursor.element, cursor.deviations
    check_structure(cursor, list(readers))
    if len(element) > 1:
        deviations.note("choice", place(element))
    child = next((each for each in element if isinstance(each.tag, str)), None)
    held = None if child is None else QName(namespace_of(child), local_name(child))
    said_name = cursor.attribute("Name", qualified=True)
    if said_name is None:
        deviations.note("element-missing", f"{place(element)}/@Name")
        if held is None:
            raise ContentError("ElementData", "has neither Name nor content")
        name = held
    else:
        name = _qname(cursor, said_name, "ElementData/@Name")
    said = cursor.attribute("Valid", qualified=True)
    if said is None:
        deviations.note("element-missing", f"{place(element)}/@Valid")
    valid = child is not None if said is None else parse_boolean("ElementData/@Valid", said)
    known = held is not None and held.namespace == cursor.namespaces[0]
    reader = readers.get(held.local) if held is not None and known else None
    if not valid or reader is None or child is None:
        return ElementData(name, None)
    if held != name:
        deviations.note("value", f"{place(element)}/@Name", f"{name.local} with {local_name(child)}")
    return ElementData(name, reader(child, deviations))


def _qname(cursor: Cursor, text: str, argument: str) -> QName:
    """The QName that `text` is: any prefix, the default namespace, or none, which means the service's own (the
    GetJobElements example prints it so). Raises ContentError when it is no name."""
    element = cursor.element
    name = resolve_qname(element, text, element.nsmap.get(None) or cursor.namespaces[0])
    try:
        etree.QName(name.namespace or None, name.local)
    except ValueError:  # what is no name could not be written into the answer
        raise ContentError(argument, f"{text[:60]!r} is no name" if name.local else "is empty") from None
    prefix = text.rpartition(":")[0] if ":" in text else None
    if prefix not in element.nsmap:
        cursor.deviations.note("namespace", place(element), text)
    return name


def written(root: etree._Element, name: QName) -> str:
    """A QName with the prefix that `root` declares."""
    prefix = next((prefix for prefix, namespace in root.nsmap.items() if namespace == name.namespace), None)
    return f"{prefix}:{name.local}" if prefix else name.local
