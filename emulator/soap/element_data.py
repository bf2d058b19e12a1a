"""Elements asked for by their names, and answered in ElementData: what GetScannerElements and GetJobElements (their
WS-Scan pages), GetPostScanJobElements (its WS-DSP page) and GetRepositoryElements (MS-BDSRR 3.2.4.1) share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Generic, TypeAlias, TypeVar

from lxml import etree

from emulator.soap.constants import MAX_REQUESTED_NAMES, SOAP, WSA
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError, Cursor, TooManyElements, parse_boolean
from emulator.soap.structure import boolean, check_structure
from emulator.soap.xml import QName, local_name, namespace_of, place

C = TypeVar("C")
T = TypeVar("T")

Reader: TypeAlias = Callable[[etree._Element, Deviations], C]
"""Reads one element. Raises ContentError."""

_OF_ENVELOPE: Final = {SOAP: "soap", WSA: "wsa"}
"""What the Envelope declares: a second prefix for the same namespace is dropped when the body goes into it."""


@dataclass(frozen=True, slots=True)
class ElementData(Generic[C]):
    """One element that was asked for; `content` None when it is not valid (an unknown name).
    [wscn/element-data/valid-true-for-a-known-name] [wscn/element-data/valid-false-for-an-unknown-name]
    [dsp/get-post-scan-job-elements/valid] [bdsrr/3.2.4.1/valid-true] [bdsrr/3.2.4.1/valid-false]
    [bdsrr/3.2.4.3/valid-true] [bdsrr/3.2.4.3/valid-false]
    [bdsrr/3.2.4.1/one-kind-of-content] [bdsrr/3.2.4.3/one-kind-of-content]"""

    name: QName
    content: C | None

    @property
    def valid(self) -> bool:
        """The attribute Valid."""
        return self.content is not None


def first_of(element_data: Iterable[ElementData[Any]], kind: type[T]) -> T | None:
    """The first content of that kind."""
    return next((each.content for each in element_data if isinstance(each.content, kind)), None)


# Names


def prefixes_for(
    names: Iterable[QName], declared: Collection[str], fixed: Mapping[str, str] = _OF_ENVELOPE
) -> dict[str, str]:
    """Prefixes for the namespaces of the names, but those that are `declared`: as the envelope and `fixed` have
    them, else `n1` and so on."""
    others = dict.fromkeys(name.namespace for name in names if name.namespace and name.namespace not in declared)
    return {fixed.get(other, f"n{index}"): other for index, other in enumerate(others, 1)}


def written(root: etree._Element, name: QName) -> str:
    """A QName with the prefix that `root` declares. [wscn/element-data/name-with-prefix]"""
    prefix = next((prefix for prefix, namespace in root.nsmap.items() if namespace == name.namespace), None)
    return f"{prefix}:{name.local}" if prefix else name.local


def read_names(requested: Cursor, unprefixed: Collection[str] = ()) -> tuple[QName, ...]:
    """The names in RequestedElements; `unprefixed`: as of `read_name`. Raises ContentError when every Name is
    missing, or a Name is none; TooManyElements for more than MAX_REQUESTED_NAMES."""
    check_structure(requested, ("Name",))
    found = list(islice(requested.children("Name"), MAX_REQUESTED_NAMES + 1))
    if len(found) > MAX_REQUESTED_NAMES:
        raise TooManyElements(requested.name, f"more than {MAX_REQUESTED_NAMES} names")
    names = tuple(read_name(each, each.token(), "Name", unprefixed) for each in found)
    if not names:
        raise ContentError("Name", f"missing in {requested.name}")
    return names


def read_name(cursor: Cursor, text: str, argument: str, unprefixed: Collection[str] = ()) -> QName:
    """The QName that `text` means at the cursor's element. A prefix that is not declared is noted and taken for
    none. Noted and taken for the namespace of the wire: no prefix where no default namespace is declared (the
    GetJobElements example), a namespace that is tolerated in its place, and the names of `unprefixed`
    without a prefix, whatever the default namespace is. Raises ContentError, naming `argument`, when it is no
    name. [wscn/element-data/prefix-resolved-in-scope] [wscn/element-data/name-without-prefix-accepted]
    [clients/zeep/qname-with-its-own-prefix] [clients/sane-airscan/configuration-asked-for]"""
    prefix, colon, local = text.rpartition(":")
    own, *tolerated = cursor.namespaces
    declared = cursor.element.nsmap
    namespace = declared.get(prefix if colon else None)
    name = QName(namespace or declared.get(None) or own, local)
    if name.namespace in tolerated or (not colon and local in unprefixed):
        name = QName(own, local)
    try:
        etree.QName(name.namespace, name.local)
    except ValueError:  # what is no name could not be written into the answer
        raise ContentError(argument, f"{text[:60]!r} is no name" if local else "is empty") from None
    if name.namespace != namespace:
        cursor.deviations.note("namespace", place(cursor.element), text)
    return name


# Data


def add_element_data(
    elements: etree._Element,
    namespace: str,
    element_data: Iterable[ElementData[C]],
    write: Callable[[QName, C], etree._Element],
    *,
    qualified: bool,
) -> None:
    """Append an ElementData for each. The message declares the prefixes of all names (`prefixes_for`).

    - `namespace`: of the elements.
    - `qualified`: whether the attributes are in it too.

    [wscn/element-data/attributes-unqualified] [clients/go-mfp/unqualified-element-data]
    [clients/go-mfp/no-unknown-name] [notes/c-09/wscn-attributes-bare]
    """
    form = f"{{{namespace}}}" if qualified else ""
    for each in element_data:
        data = etree.SubElement(elements, f"{{{namespace}}}ElementData")
        data.set(f"{form}Name", written(elements, each.name))
        data.set(f"{form}Valid", boolean(each.valid))
        if each.content is not None:
            data.append(write(each.name, each.content))


def read_element_data(
    elements: Cursor, readers: Mapping[str, Reader[C]], *, qualified: bool, unprefixed: Collection[str] = ()
) -> tuple[ElementData[C], ...]:
    """Every ElementData of a list; that there is none is noted. `readers`: by the local names of the elements that
    are known; `qualified`: whether the attributes should be; `unprefixed`: as of `read_name`.

    Raises ContentError when one of them cannot be understood, TooManyElements for more than MAX_REQUESTED_NAMES.
    """
    check_structure(elements, ("ElementData",))
    found = list(islice(elements.children("ElementData"), MAX_REQUESTED_NAMES + 1))
    if len(found) > MAX_REQUESTED_NAMES:
        raise TooManyElements("ElementData", f"more than {MAX_REQUESTED_NAMES}")
    if not found:
        elements.deviations.note("element-missing", f"{place(elements.element)}/ElementData")
    return tuple(_read(each, readers, qualified, unprefixed) for each in found)


def _read(
    cursor: Cursor, readers: Mapping[str, Reader[C]], qualified: bool, unprefixed: Collection[str]
) -> ElementData[C]:
    """One ElementData; an element that we do not know counts as not valid.
    [notes/c-09/attributes-read-in-both-forms]"""
    element, deviations = cursor.element, cursor.deviations
    check_structure(cursor, list(readers))
    if len(element) > 1:
        deviations.note("choice", place(element))
    child = next((each for each in element if isinstance(each.tag, str)), None)
    held = None if child is None else _name_of(child, cursor)
    said_name = cursor.attribute("Name", qualified=qualified)
    if said_name is not None:
        name = read_name(cursor, said_name, "ElementData/@Name", unprefixed)
    else:
        deviations.note("element-missing", f"{place(element)}/@Name")
        if held is None:
            raise ContentError("ElementData", "has neither Name nor content")
        name = held
    said = cursor.attribute("Valid", qualified=qualified)
    if said is None:
        deviations.note("element-missing", f"{place(element)}/@Valid")
    valid = child is not None if said is None else parse_boolean("ElementData/@Valid", said)
    reader = readers.get(held.local) if held is not None and held.namespace == cursor.namespaces[0] else None
    if not valid or reader is None or child is None or held is None:
        return ElementData(name, None)
    if held != name:
        # The content is what it is: the name of the answer follows it, so that it can be written again.
        deviations.note("value", f"{place(element)}/@Name", f"{name.local} with {held.local}")
    return ElementData(held, reader(child, deviations))


def _name_of(child: etree._Element, cursor: Cursor) -> QName:
    """The name of an element in ElementData; a namespace that is tolerated is noted and taken for the wire's."""
    own, *tolerated = cursor.namespaces
    namespace = namespace_of(child)
    if namespace in tolerated:
        cursor.deviations.note("namespace", place(child), namespace)
        namespace = own
    return QName(namespace, local_name(child))
