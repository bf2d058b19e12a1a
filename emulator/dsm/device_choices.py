"""What a user chooses at the device, exactly as far as the scan process allows (docs/protocol/dsm.md
8.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from emulator.dsm.constants import MAX_STRING
from emulator.dsm.scan_process import (
    EmailFilter,
    FileShareFilter,
    Filter,
    PostScanInstructions,
    ScanProcess,
)
from emulator.soap.fault import not_in_xml

_NOT_IN_FILE_NAMES: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]')
"""Windows, "Naming Files, Paths, and Namespaces", and what XML cannot hold."""
_UNC: Final = re.compile(r'\\\\[^\\/:*?"<>|\x00-\x1f]+(\\[^\\/:*?"<>|\x00-\x1f]+)+\\?\Z')
_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+@[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+\Z")


class ChoiceRefused(ValueError):
    """The scan process does not allow a choice, or the choice is none. `str()` is one line."""


@dataclass(frozen=True, slots=True)
class DeviceChoices:
    """What a user may choose beside the scan ticket."""

    addresses: tuple[str, ...] = ()
    """E-mail addresses, beside those of the scan process."""
    file_name: str | None = None
    """DocumentRootName; None: that of the scan process."""
    folders: tuple[str, ...] = ()
    r"""UNC paths (\\server\share\folder) in place of those of the scan process."""


def is_mail_address(text: str) -> bool:
    """Return whether it reads as one e-mail address, `name@domain`, without quotes and comments."""
    return _ADDRESS.match(text) is not None and len(text) <= MAX_STRING and not not_in_xml(text)


def with_choices(process: ScanProcess, choices: DeviceChoices) -> PostScanInstructions:
    """The instructions of the scan process with the user's choices in them. Raises ChoiceRefused.

    Addresses go to the first e-mail filter that takes some, folders to the first file share filter.
    [psp/change/email-addresses] [psp/change/document-root-name] [psp/change/share-unc]"""
    instructions = process.instructions
    if choices.file_name is not None:
        instructions = replace(instructions, document_root_name=_file_name(process, choices.file_name))
    filters = instructions.filters
    if choices.addresses:
        filters = _with_addresses(filters, choices.addresses)
    if choices.folders:
        filters = _with_folders(process, filters, choices.folders)
    return replace(instructions, filters=filters)


def _file_name(process: ScanProcess, name: str) -> str:
    kept = process.instructions.document_root_name
    if name.strip() != kept.strip() and not process.allow_file_name_change:
        raise ChoiceRefused(
            f"the scan process {process.display_name!r} names the files {kept!r} and lets nobody change that "
            "(spx:AllowDeviceFileNameChange is not true)"
        )
    if not name.strip() or len(name) > MAX_STRING or _NOT_IN_FILE_NAMES.search(name):
        raise ChoiceRefused(
            f'{name[:80]!r} is no file name: 1 to {MAX_STRING} characters, none of < > : " / \\ | ? *'
        )
    return name


def _with_addresses(filters: tuple[Filter, ...], addresses: Iterable[str]) -> tuple[Filter, ...]:
    # The law: [psp/email/can-add-addresses-default]
    for address in addresses:
        if not is_mail_address(address):
            raise ChoiceRefused(f"{address[:80]!r} is no e-mail address (name@domain)")
    mails = [each for each in filters if isinstance(each, EmailFilter)]
    if not mails:
        raise ChoiceRefused("the scan process sends no e-mail: it has no e-mail filter to add an address to")
    open_ = next((each for each in mails if each.can_add_addresses), None)
    if open_ is None:
        raise ChoiceRefused("the scan process lets nobody add e-mail addresses (emlf:CanAddAddresses is not true)")
    added = [each for each in dict.fromkeys(addresses) if each not in open_.addresses]
    return _replaced(filters, open_, replace(open_, addresses=(*open_.addresses, *added)))


def _with_folders(process: ScanProcess, filters: tuple[Filter, ...], folders: Iterable[str]) -> tuple[Filter, ...]:
    given = tuple(dict.fromkeys(_unc(folder) for folder in folders))
    share = next((each for each in filters if isinstance(each, FileShareFilter)), None)
    if share is None:
        raise ChoiceRefused("the scan process saves in no file share: it has no folder to change")
    if not process.allow_file_path_change and given != share.shares:
        raise ChoiceRefused(
            f"the scan process {process.display_name!r} saves in {', '.join(share.shares)} and lets nobody change "
            "that (spx:AllowDeviceFilePathChange is not true)"
        )
    return _replaced(filters, share, replace(share, shares=given))


def _unc(folder: str) -> str:
    r"""A UNC path; slashes are taken too, which a shell takes more easily than backslashes."""
    unc = folder.replace("/", "\\")
    if not _UNC.match(unc) or len(unc) > MAX_STRING or not_in_xml(unc):
        raise ChoiceRefused(rf"{folder[:80]!r} is no UNC path (\\server\share\folder, or //server/share/folder)")
    return unc


def _replaced(filters: tuple[Filter, ...], old: Filter, new: Filter) -> tuple[Filter, ...]:
    return tuple(new if each is old else each for each in filters)
