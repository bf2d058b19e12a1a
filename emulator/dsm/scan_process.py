"""The scan process (psp:PostScanProcess) and what it tells the scan server to do with the images."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias
from uuid import UUID

from emulator.dsm.constants import EMLF, FSF, SPF
from emulator.wsscan.values.ticket import ScanTicket


@dataclass(frozen=True, slots=True)
class FilterExtensions:
    """Vendor elements of a filter, each as canonical XML, by the place where they stand."""

    of_filter: tuple[bytes, ...] = ()
    """In psp:Filter, after psp:Instructions."""
    of_config: tuple[bytes, ...] = ()
    """In EmailConfig, FileShareConfig or SharePointConfig."""
    of_list: tuple[bytes, ...] = ()
    """In SendToAddresses, FileShares or SaveToSharePointSites."""

    @property
    def all(self) -> tuple[bytes, ...]:
        """Those of every place."""
        return self.of_filter + self.of_config + self.of_list


@dataclass(frozen=True, slots=True)
class EmailFilter:
    """emlf:EmailConfig: the images go to all addresses as attachments of a message.
    [psp/email/one-message-with-the-images] [psp/email/send-to-scan-user]"""

    dialect: ClassVar[str] = EMLF
    addresses: tuple[str, ...] = ()
    send_to_scan_user: bool | None = None
    """Whether the submitting user's own address is added; None: not said, which means no."""
    can_add_addresses: bool = False
    """Whether the device may add addresses."""
    extensions: FilterExtensions = field(default_factory=FilterExtensions)


@dataclass(frozen=True, slots=True)
class FileShareFilter:
    """fsf:FileShareConfig: the images are saved in each share, below a directory `user@domain`.
    [psp/file-share/each-share] [psp/file-share/directory-of-the-user]"""

    dialect: ClassVar[str] = FSF
    shares: tuple[str, ...] = ()
    r"""UNC paths, e.g. \\contoso\IncomingScans."""
    extensions: FilterExtensions = field(default_factory=FilterExtensions)


@dataclass(frozen=True, slots=True)
class SharePointFilter:
    """spf:SharePointConfig: the images are saved in each library, below a directory `user@domain`.
    [psp/share-point/each-library] [psp/share-point/directory-of-the-user] [psp/share-point/save-to-my-site]"""

    dialect: ClassVar[str] = SPF
    sites: tuple[str, ...] = ()
    """URLs of libraries."""
    save_to_my_site: bool | None = None
    """Whether the user's own library is added; None: not said, which means no."""
    extensions: FilterExtensions = field(default_factory=FilterExtensions)


@dataclass(frozen=True, slots=True)
class UnknownFilter:
    """A filter of a dialect that the documents do not describe, kept as it is.
    [psp/filter/only-three-at-windows] [psp/filter/one-two-or-all]"""

    dialect: str
    xml: bytes
    """psp:Instructions with all it holds, as canonical XML."""
    extensions: FilterExtensions = field(default_factory=FilterExtensions)


Filter: TypeAlias = EmailFilter | FileShareFilter | SharePointFilter | UnknownFilter


@dataclass(frozen=True, slots=True)
class PostScanInstructions:
    """psp:PostScanInstructionsType: what CreatePostScanJob carries.
    [psp/scan-process/continue-on-error] [psp/scan-process/document-root-name]"""

    document_root_name: str
    """Base of the names of the files that the server makes; at most 255 characters."""
    filters: tuple[Filter, ...]
    """At least one."""
    continue_on_error: bool | None = None
    """Whether the other filters run after one has failed; None: not said, which means no."""
    extra: tuple[bytes, ...] = ()
    """Vendor elements behind FiltersToProcess, each as canonical XML."""
    filters_extra: tuple[bytes, ...] = ()
    """Vendor elements in FiltersToProcess, behind the last Filter."""


@dataclass(frozen=True, slots=True)
class ScanProcess:
    """A scan process: what is scanned how, and what becomes of it at which scan server.

    Identifier, display name and server name stand in the directory, all else in psp:PostScanProcess.
    [psp/scan-process/scan-repository] [psp/scan-process/scan-ticket]
    [psp/scan-process/scan-ticket-may-be-partial]"""

    identifier: UUID | None
    """msImaging-PSPIdentifier; None for bare XML."""
    display_name: str
    server_name: str
    """serverName of the directory: FQDN of the scan server, '' where the directory has none."""
    scan_repository: str
    """FQDN of the scan server; at most 255 characters."""
    ticket: ScanTicket
    instructions: PostScanInstructions
    allow_file_name_change: bool = False
    """spx:AllowDeviceFileNameChange: the device may change DocumentRootName."""
    allow_file_path_change: bool = False
    """spx:AllowDeviceFilePathChange: the device may change each ShareUNC."""
    extensions: tuple[bytes, ...] = ()
    """Vendor elements behind PostScanInstructions (but for the two spx flags), each as canonical XML."""
