"""A scan process as an object of Active Directory (MS-ADSC, msImaging-PostScanProcess), exported or just read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from emulator.directory.entry import Entry
from emulator.directory.errors import NotUnderstood
from emulator.dsm.guid import from_octets, parse_guid
from emulator.dsm.scan_process import ScanProcess
from emulator.dsm.scan_process_xml import ScanProcessError, read_scan_process

CLASS: Final = "msImaging-PostScanProcess"
"""MS-ADSC. The documents print it without the hyphen, which finds nothing
[notes/c-07/object-class-with-hyphen]. [adds/lookup/class-with-its-hyphen] [adds/schema/scan-process-class]
[adds/schema/container-class]"""
IDENTIFIER: Final = "msImaging-PSPIdentifier"  # [adds/schema/must-contain] [adds/schema/psp-identifier]
XML: Final = "msImaging-PSPString"  # [adds/schema/psp-string-is-the-scan-process] [adds/schema/may-contain]
DISPLAY_NAME: Final = "displayName"
SERVER_NAME: Final = "serverName"  # [adds/schema/server-name] [adds/schema/may-contain]


def is_scan_process(entry: Entry) -> bool:
    """Whether the object is of the class."""
    classes = entry.attributes.get("objectclass", [])
    return CLASS.lower() in (value.lower().decode("ascii", "replace") for value in classes)


def read_entry(entry: Entry, where: str) -> ScanProcess:
    """The scan process that the object describes; its XML is taken as hostile. `where` begins messages. Raises
    NotUnderstood. [adds/lookup/string-is-hostile] [adds/schema/psp-identifier-is-a-guid]"""
    try:
        display_name = entry.text(DISPLAY_NAME)
        server_name = entry.text(SERVER_NAME)
    except UnicodeDecodeError:
        raise NotUnderstood(f"{where}: displayName or serverName is no UTF-8") from None
    octets = entry.octets(IDENTIFIER)
    xml = entry.octets(XML)
    if not display_name or octets is None or xml is None:
        raise NotUnderstood(f"{where}: displayName, msImaging-PSPIdentifier and msImaging-PSPString must be there")
    try:
        # An export writes the 16 octets as base64; by hand one writes the GUID's text.
        identifier = from_octets(octets) if len(octets) == 16 else parse_guid(octets.decode("ascii", "replace"))
    except ValueError as error:
        raise NotUnderstood(f"{where}: msImaging-PSPIdentifier: {error}") from None
    try:
        process = read_scan_process(xml)[0]
    except ScanProcessError as error:
        raise NotUnderstood(f"{where}: msImaging-PSPString: {error}") from None
    return replace(process, identifier=identifier, display_name=display_name, server_name=server_name or "")
