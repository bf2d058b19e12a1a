"""For whom and by which scan process the judge scans."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Order:
    """What a job is asked for with: a user and a scan process that the server knows."""

    user: str
    """Security identifier in its text form."""
    scan_process: str
    """PSP_Identifier, as it is sent."""
    instructions: bytes
    """dsp:PostScanInstructions, an XML element that declares all its prefixes."""
    display_name: str = ""
    """Of the scan process, as the directory has it; '' where that is not known."""
    user_name: str = ""
    """user@domain; '' where it is not known."""
    dialects: tuple[str, ...] = ()
    """Of its filters, in their order."""
    may_rename: bool | None = None
    """Whether the scan process lets a device choose DocumentRootName; None: nobody knows."""
    may_choose_share: bool | None = None
    """The same of ShareUNC."""
    others: tuple[Order, ...] = ()
    """By further scan processes: what their filters come to is looked at."""
