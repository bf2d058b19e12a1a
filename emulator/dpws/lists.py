"""White-space lists of QNames and URIs, as Types, Scopes and XAddrs hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from emulator.dpws.constants import MAX_LIST, PREFIXES
from emulator.soap.reading import Cursor
from emulator.soap.xml import QName, place

_BLANK: Final = " \t\r\n"


def prefix_map(names: Iterable[QName], preferred: Mapping[str, str]) -> dict[str, str]:
    """Prefix -> namespace for all `names`, those of `preferred` and of this room where known.

    Declare it on the outermost element of the body: readers look prefixes up from there.
    [discovery/types/usual-prefixes]"""
    known = {**PREFIXES, **preferred}
    found: dict[str, str] = {}
    for name in names:
        if not name.namespace or name.namespace in found.values():
            continue
        prefix = known.get(name.namespace, "")
        if not prefix or prefix in found:
            prefix = next(f"t{n}" for n in range(len(found) + 1) if f"t{n}" not in found)
        found[prefix] = name.namespace
    return found


def write_qnames(names: Iterable[QName], prefixes: Mapping[str, str]) -> str:
    """The list as text, with the prefixes of `prefix_map`. [discovery/types/qnames-with-declared-prefixes]"""
    by_namespace = {namespace: prefix for prefix, namespace in prefixes.items()}
    return " ".join(
        f"{by_namespace[name.namespace]}:{name.local}" if name.namespace else name.local for name in names
    )


def read_uris(cursor: Cursor | None) -> tuple[str, ...]:
    """The entries of a list of URIs; () where the element is missing. [discovery/scopes/uris]"""
    if cursor is None:
        return ()
    return tuple((cursor.element.text or "").split()[:MAX_LIST])


def read_qnames(cursor: Cursor | None) -> tuple[QName, ...]:
    """The entries of a list of QNames; () where the element is missing.

    A name with an undeclared prefix is noted and comes with the namespace '' (WSD-python sends `d:` so).
    A name without prefix is in the default namespace (XML Schema part 2, section 3.2.18).
    [clients/wsd-python/probe-with-undeclared-prefix] [clients/gsoap/types-prefix-declared-on-probe]
    [discovery/types/qnames-with-declared-prefixes]"""
    if cursor is None:
        return ()
    scope = cursor.element.nsmap
    names = []
    for entry in (cursor.element.text or "").split()[:MAX_LIST]:
        prefix, colon, local = entry.rpartition(":")
        namespace = scope.get(prefix if colon else None, "")
        if colon and not namespace:
            cursor.deviations.note("namespace", place(cursor.element), f"prefix of {entry} not declared")
        names.append(QName(namespace, local))
    return tuple(names)


def read_address(cursor: Cursor | None) -> str:
    """A URI without the white space around it, which is noted; '' where the element is missing."""
    if cursor is None:
        return ""
    text = cursor.element.text or ""
    stripped = text.strip(_BLANK)
    if stripped != text:
        cursor.deviations.note("address-white-space", place(cursor.element))
    return stripped
