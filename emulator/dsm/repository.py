"""What a scan server tells of itself as a repository: configuration and status (MS-BDSRR 2.2.4.23 to 2.2.4.27)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lxml import etree

from emulator.dsm.constants import DSC, FILTER
from emulator.dsm.job_status import add_reasons, keyword, read_reasons
from emulator.dsm.structure import add, opened, root
from emulator.soap.deviations import Deviations
from emulator.soap.reading import ContentError
from emulator.soap.structure import check_structure
from emulator.soap.xml import QName, place, resolve_qname

_STATUS_ORDER: Final = ("RepositoryState", "RepositoryStateReasons")


class RepositoryState(StrEnum):
    """dsc:RepositoryState (MS-BDSRR 6.2.1).
    [dsc/repository-state/idle] [dsc/repository-state/processing] [dsc/repository-state/stopped]"""

    IDLE = "Idle"
    PROCESSING = "Processing"
    STOPPED = "Stopped"
    """Never returned by Windows (MS-BDSRR section 7, note 10)."""


class RepositoryStateReason(StrEnum):
    """dsc:RepositoryStateReason (MS-BDSRR 6.2.1). [dsc/repository-state-reason/none]"""

    NONE = "None"


@dataclass(frozen=True, slots=True)
class RepositoryConfiguration:
    """dsc:RepositoryConfiguration: the filters that the repository has. `dialects`: their names, which are
    qualified here and URIs everywhere else
    [notes/c-11/filter-dialect-of-dsc-is-a-qname] [notes/c-11/dialect-elsewhere-is-a-uri]."""

    dialects: tuple[QName, ...] = ()

    def to_xml(self, namespace: str = DSC) -> etree._Element:
        """dsc:RepositoryConfiguration.
        [dsc/get-repository-elements/configuration] [dsc/get-repository-elements/filter]"""
        prefixes = {f"f{index}": uri for index, uri in enumerate(dict.fromkeys(d.namespace for d in self.dialects))}
        prefixes = {"ftr" if uri == FILTER else prefix: uri for prefix, uri in prefixes.items() if uri}
        element = etree.Element(f"{{{namespace}}}RepositoryConfiguration", nsmap={"dsc": namespace, **prefixes})
        if self.dialects:
            filters = add(element, namespace, "Filters")
            for dialect in self.dialects:
                entry = add(filters, namespace, "Filter")
                prefix = next((prefix for prefix, uri in prefixes.items() if uri == dialect.namespace), None)
                add(entry, namespace, "Dialect", f"{prefix}:{dialect.local}" if prefix else dialect.local)
                add(entry, namespace, "FilterConfig")
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> RepositoryConfiguration:
        """Raises ContentError for a Filter without a Dialect that is a name; all else is noted."""
        filters = opened(element, ("Filters",), deviations).child("Filters")
        if filters is None:
            return cls()
        check_structure(filters, ("Filter",))
        found = []
        for each in filters.children("Filter"):
            check_structure(each, ("Dialect", "FilterConfig"))
            dialect = each.required("Dialect")
            text = dialect.token()
            name = resolve_qname(dialect.element, text)
            if not name.local:
                raise ContentError("Dialect", "is empty")
            if ":" in text and not name.namespace:
                deviations.note("namespace", place(dialect.element), text)
            if each.child("FilterConfig") is None:
                deviations.note("element-missing", f"{place(each.element)}/FilterConfig")
            found.append(name)
        if not found:
            deviations.note("element-missing", f"{place(filters.element)}/Filter")
        return cls(tuple(found))


@dataclass(frozen=True, slots=True)
class RepositoryStatus:
    """dsc:RepositoryStatus, and dsc:StatusSummary, which is the same by another name. Keywords that the documents
    do not have stay str."""

    repository_state: RepositoryState | str
    repository_state_reasons: tuple[RepositoryStateReason | str, ...] = ()

    def to_xml(self, namespace: str = DSC, name: str = "RepositoryStatus") -> etree._Element:
        """The element `name`. [dsc/get-repository-elements/status] [bdsrr/3.2.4.7/state] [bdsrr/3.2.4.7/reasons]"""
        element = root(name, namespace)
        add(element, namespace, "RepositoryState", self.repository_state)
        add_reasons(
            element, namespace, "RepositoryStateReasons", "RepositoryStateReason", self.repository_state_reasons
        )
        return element

    @classmethod
    def from_xml(cls, element: etree._Element, deviations: Deviations) -> RepositoryStatus:
        """Raises ContentError when RepositoryState is missing or empty."""
        cursor = opened(element, _STATUS_ORDER, deviations)
        return cls(
            keyword(cursor.required("RepositoryState"), RepositoryState),
            read_reasons(cursor, "RepositoryStateReasons", "RepositoryStateReason", RepositoryStateReason),
        )
