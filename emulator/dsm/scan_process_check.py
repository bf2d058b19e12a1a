"""A scan process looked through for people: what `scan-processes validate` says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from emulator.dsm.constants import MAX_PSP_STRING
from emulator.dsm.scan_process import (
    EmailFilter,
    FileShareFilter,
    PostScanInstructions,
    ScanProcess,
    SharePointFilter,
    UnknownFilter,
)
from emulator.dsm.scan_process_xml import MAX_BYTES, ScanProcessError, read_scan_process
from emulator.soap import schema
from emulator.soap.xml import parse_xml

_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\Z")
_UNC: Final = re.compile(r"\\\\[^\\/:*?\"<>|]+\\[^\\/:*?\"<>|]+(\\[^\\/:*?\"<>|]+)*\\?\Z")
_NOT_IN_FILE_NAMES: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f]')  # Windows, "Naming Files, Paths"
_UNKNOWN_ELEMENT: Final = "No matching global element declaration"


def problems(data: bytes) -> list[str]:
    """Return what is wrong with a psp:PostScanProcess document, one line each; [] when nothing is."""
    try:
        process, deviations = read_scan_process(data)
        root = parse_xml(data, max_bytes=MAX_BYTES)
    except ScanProcessError as error:
        return [str(error)]
    found = [str(deviation) for deviation in deviations]
    # The strict wildcards admit no vendor's element: of what the schema cannot know it cannot judge.
    found += [f"schema: {each}" for each in schema.violations(root) if _UNKNOWN_ELEMENT not in each]
    if len(data) > MAX_PSP_STRING and len(data.decode("utf-8", "replace")) > MAX_PSP_STRING:
        found.append(f"too long for the directory: msImaging-PSPString takes {MAX_PSP_STRING} characters")
    return found + list(doubts(process))


def doubts(process: ScanProcess) -> Iterator[str]:
    """Yield what is valid and will not work, or not as meant."""
    if not _HOST.match(process.scan_repository):
        yield f"ScanRepository {process.scan_repository!r} is no host name: no device would find the scan server"
    yield from _doubts_of_instructions(process.instructions)


def _doubts_of_instructions(instructions: PostScanInstructions) -> Iterator[str]:
    name = instructions.document_root_name
    if not name.strip() or _NOT_IN_FILE_NAMES.search(name):
        yield f"DocumentRootName {name!r} is no file name: the scan server has to change it"
    known = False
    for each in instructions.filters:
        match each:
            case UnknownFilter():
                yield f"Filter {each.dialect!r} is none of the three that a scan server must know"
                continue
            case FileShareFilter():
                if not each.shares:
                    yield "FileShareConfig names no ShareUNC"
                for share in each.shares:
                    if not _UNC.match(share):
                        yield rf"ShareUNC {share!r} is no UNC path (\\server\share\folder)"
            case EmailFilter():
                if not (each.addresses or each.send_to_scan_user or each.can_add_addresses):
                    yield "EmailConfig sends to nobody"
                for address in each.addresses:
                    if "@" not in address.strip("@") or any(c.isspace() for c in address):
                        yield f"EmailAddress {address!r} is no address"
            case SharePointFilter():
                if not (each.sites or each.save_to_my_site):
                    yield "SharePointConfig saves nowhere"
                for site in each.sites:
                    if not site.lower().startswith(("http://", "https://")):
                        yield f"SaveToSharePointSiteURL {site!r} is no http or https URL"
        known = True
    if not known:
        yield "no filter is known to scan servers: they abort the job (NoValidPostScanInstructionsFound)"
