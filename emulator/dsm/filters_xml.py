"""psp:Filter, read and written: the three documented filters, and any other kept as it is (MS-BDSRR 6.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lxml import etree

from emulator.dsm.canonical import canonical, restored
from emulator.dsm.constants import EMLF, FSF, MAX_SITE_URL, MAX_STRING, PSP, SPF
from emulator.dsm.scan_process import (
    EmailFilter,
    FileShareFilter,
    Filter,
    FilterExtensions,
    SharePointFilter,
    UnknownFilter,
)
from emulator.dsm.structure import add, append_extensions, bounded_token, extensions
from emulator.soap.reading import ContentError, Cursor
from emulator.soap.structure import boolean, check_structure
from emulator.soap.xml import local_name, place

CAN_ADD_ADDRESSES: Final = f"{{{EMLF}}}CanAddAddresses"
"""A global attribute, hence qualified; the page of the filter prints it bare
[notes/c-08/can-add-addresses-sent] [notes/c-08/can-add-addresses-read].
[psp/email/can-add-addresses-is-qualified] [psp/email/bare-can-add-addresses-read]"""


def read_filter(cursor: Cursor) -> Filter:
    """The content of psp:Filter. Raises ContentError when there is no Dialect, no Instructions, or not the
    element that the dialect demands.
    [psp/scan-process/filter] [psp/scan-process/dialect] [psp/scan-process/instructions]"""
    check_structure(cursor, ("Dialect", "Instructions"))
    dialect = cursor.required("Dialect").token()
    instructions = cursor.required("Instructions")
    of_filter = extensions(cursor)
    known = _READERS.get(dialect)
    if known is None:
        return UnknownFilter(dialect, canonical(instructions.element), FilterExtensions(of_filter))
    root, read = known
    config = Cursor(instructions.element, (dialect,), cursor.deviations).required(root)
    for child in instructions.element:
        if child is not config.element:
            cursor.deviations.note("element-unknown", place(child))
    return read(config, of_filter)


def _items(
    config: Cursor, list_name: str, item_name: str, max_length: int
) -> tuple[tuple[str, ...], Cursor | None]:
    """The strings of a list of the filter, and the list; ((), None) where it is missing."""
    entries = config.child(list_name)
    if entries is None:
        return (), None
    check_structure(entries, (item_name,))
    items = tuple(bounded_token(each, max_length) for each in entries.children(item_name))
    if not items:
        config.deviations.note("element-missing", f"{place(entries.element)}/{item_name}")
    return items, entries


def _extensions(of_filter: tuple[bytes, ...], config: Cursor, entries: Cursor | None) -> FilterExtensions:
    return FilterExtensions(of_filter, extensions(config), () if entries is None else extensions(entries))


def _flag(config: Cursor, name: str) -> bool | None:
    found = config.child(name)
    return None if found is None else found.boolean()


def _read_email(config: Cursor, of_filter: tuple[bytes, ...]) -> Filter:
    # The law: [psp/email/email-config] [psp/email/send-to-addresses] [psp/email/address-length]
    check_structure(config, ("SendToScanUser", "SendToAddresses"))
    addresses, entries = _items(config, "SendToAddresses", "EmailAddress", MAX_STRING)
    return EmailFilter(
        addresses,
        _flag(config, "SendToScanUser"),
        entries is not None and entries.boolean_attribute("CanAddAddresses", qualified=True),
        _extensions(of_filter, config, entries),
    )


def _read_file_share(config: Cursor, of_filter: tuple[bytes, ...]) -> Filter:
    # The law: [psp/file-share/file-share-config] [psp/file-share/share-length]
    check_structure(config, ("FileShares",))
    shares, entries = _items(config, "FileShares", "ShareUNC", MAX_STRING)
    return FileShareFilter(shares, _extensions(of_filter, config, entries))


def _read_share_point(config: Cursor, of_filter: tuple[bytes, ...]) -> Filter:
    # The law: [psp/share-point/share-point-config] [psp/share-point/url-length]
    check_structure(config, ("SaveToMySite", "SaveToSharePointSites"))
    sites, entries = _items(config, "SaveToSharePointSites", "SaveToSharePointSiteURL", MAX_SITE_URL)
    return SharePointFilter(sites, _flag(config, "SaveToMySite"), _extensions(of_filter, config, entries))


_READERS: Final[dict[str, tuple[str, Callable[[Cursor, tuple[bytes, ...]], Filter]]]] = {
    EMLF: ("EmailConfig", _read_email),
    FSF: ("FileShareConfig", _read_file_share),
    SPF: ("SharePointConfig", _read_share_point),
}
"""By dialect: the element in psp:Instructions, and its reader."""


def write_filter(parent: etree._Element, given: Filter) -> None:
    """Append psp:Filter."""
    element = add(parent, PSP, "Filter")
    add(element, PSP, "Dialect", given.dialect.strip())
    match given:
        case UnknownFilter():
            instructions = restored(given.xml)
            if local_name(instructions) != "Instructions":
                raise ContentError("Instructions", "an unknown filter is kept with its psp:Instructions")
            element.append(instructions)
        case EmailFilter():
            config = _config(element, EMLF, "emlf", "EmailConfig")
            _add_flag(config, EMLF, "SendToScanUser", given.send_to_scan_user)
            entries = _add_items(
                config, EMLF, ("SendToAddresses", "EmailAddress"), given.addresses, given.extensions
            )
            if entries is not None and given.can_add_addresses:
                entries.set(CAN_ADD_ADDRESSES, "true")
        case FileShareFilter():
            config = _config(element, FSF, "fsf", "FileShareConfig")
            _add_items(config, FSF, ("FileShares", "ShareUNC"), given.shares, given.extensions)
        case SharePointFilter():
            config = _config(element, SPF, "spf", "SharePointConfig")
            _add_flag(config, SPF, "SaveToMySite", given.save_to_my_site)
            _add_items(
                config, SPF, ("SaveToSharePointSites", "SaveToSharePointSiteURL"), given.sites, given.extensions
            )
    append_extensions(element, given.extensions.of_filter)


def _config(parent: etree._Element, namespace: str, prefix: str, name: str) -> etree._Element:
    instructions = add(parent, PSP, "Instructions")
    return etree.SubElement(instructions, f"{{{namespace}}}{name}", nsmap={prefix: namespace})


def _add_flag(config: etree._Element, namespace: str, name: str, value: bool | None) -> None:
    if value is not None:
        add(config, namespace, name, boolean(value))


def _add_items(
    config: etree._Element,
    namespace: str,
    names: tuple[str, str],
    items: tuple[str, ...],
    kept: FilterExtensions,
) -> etree._Element | None:
    """Append the list with its items and the vendor elements of both; no empty list, which is not valid."""
    entries = None
    if items or kept.of_list:
        entries = add(config, namespace, names[0])
        for item in items:
            add(entries, namespace, names[1], item.strip())
        append_extensions(entries, kept.of_list)
    append_extensions(config, kept.of_config)
    return entries
