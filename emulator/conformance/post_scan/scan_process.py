"""The scan process that the judge's jobs are ordered by, as text: what a device would find in its directory."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from emulator.conformance.devices.ticket import Ticket
from emulator.conformance.names import DSP, FILTER, PSP, SPX, WSCN
from emulator.conformance.order import Order
from emulator.conformance.reading import Unreadable, parsed

IDENTIFIER: Final = "3F0C5D6A-92B1-4E47-8C1D-5A7E60B9D214"
DISPLAY_NAME: Final = "Conformance run"
USER: Final = "S-1-5-21-917267712-1342860078-1792151419-1141"
FILE_SHARE: Final = f"{FILTER}/fileshare"
EMAIL: Final = f"{FILTER}/email"
_SHARE: Final = (
    f'<fsf:FileShareConfig xmlns:fsf="{FILE_SHARE}"><fsf:FileShares>'
    r"<fsf:ShareUNC>\\files.contoso.example\Scans</fsf:ShareUNC></fsf:FileShares></fsf:FileShareConfig>"
)


def _mail(to: str, may_add: str) -> str:
    return (
        f'<emlf:EmailConfig xmlns:emlf="{EMAIL}"><emlf:SendToScanUser>false</emlf:SendToScanUser>'
        f'<emlf:SendToAddresses emlf:CanAddAddresses="{may_add}"><emlf:EmailAddress>{to}</emlf:EmailAddress>'
        "</emlf:SendToAddresses></emlf:EmailConfig>"
    )


_FILTERS: Final = "".join(
    f"<psp:Filter><psp:Dialect>{dialect}</psp:Dialect><psp:Instructions>{config}</psp:Instructions></psp:Filter>"
    for dialect, config in (
        (FILE_SHARE, _SHARE),
        (EMAIL, _mail("archive@contoso.example", "false")),
        (EMAIL, _mail("office@contoso.example", "true")),
    )
)
INSTRUCTIONS: Final = (
    "<psp:ContinueOnError>true</psp:ContinueOnError><psp:DocumentRootName>Conformance</psp:DocumentRootName>"
    f"<psp:FiltersToProcess>{_FILTERS}</psp:FiltersToProcess>"
)


@dataclass(frozen=True, slots=True)
class OfferedScanProcess:
    """A scan process, for whom, and by which ticket."""

    order: Order
    ticket: Ticket
    xml: bytes
    """psp:PostScanProcess."""


SHARE_POINT: Final = f"{FILTER}/sharepoint"
OTHER_MAKE: Final = "urn:example:judge:filter"
STAMP: Final = "B 17 <&>"
OTHER_DIALECTS: Final = (FILE_SHARE, SHARE_POINT, OTHER_MAKE)
OTHER_INSTRUCTIONS: Final = (
    "<psp:DocumentRootName>Conformance</psp:DocumentRootName><psp:FiltersToProcess>"
    + "".join(
        f"<psp:Filter><psp:Dialect>{dialect}</psp:Dialect><psp:Instructions>{config}</psp:Instructions></psp:Filter>"
        for dialect, config in (
            (FILE_SHARE, _SHARE),
            (
                SHARE_POINT,
                f'<spf:SharePointConfig xmlns:spf="{SHARE_POINT}"><spf:SaveToSharePointSites>'
                "<spf:SaveToSharePointSiteURL>https://sites.contoso.example/scans</spf:SaveToSharePointSiteURL>"
                "</spf:SaveToSharePointSites></spf:SharePointConfig>",
            ),
            (OTHER_MAKE, f'<j:Stamp xmlns:j="{OTHER_MAKE}" j:place="top">{escape(STAMP)}</j:Stamp>'),
        )
    )
    + "</psp:FiltersToProcess>"
    f'<spx:AllowDeviceFileNameChange xmlns:spx="{SPX}">false</spx:AllowDeviceFileNameChange>'
)
"""A filter of each kind but e-mail, one of a make that no schema knows, and a flag for changes at the device."""


def own_scan_process(
    host: str,
    ticket: Ticket,
    instructions: str = INSTRUCTIONS,
    dialects: tuple[str, ...] = (FILE_SHARE, EMAIL, EMAIL),
) -> OfferedScanProcess:
    """The judge's own scan process.

    - `host`: of the scan server.
    - `ticket`: by which is scanned.
    - `instructions`: the content of PostScanInstructions; `dialects`: of its filters.
    """
    order = Order(
        USER,
        IDENTIFIER,
        (
            f'<dsp:PostScanInstructions xmlns:dsp="{DSP}" xmlns:psp="{PSP}">{instructions}'
            "</dsp:PostScanInstructions>"
        ).encode(),
        DISPLAY_NAME,
        dialects=dialects,
        may_rename=False,
    )
    xml = (
        f'<?xml version="1.0" encoding="utf-8"?><psp:PostScanProcess xmlns:psp="{PSP}" xmlns:wscn="{WSCN}">'
        f"<psp:ScanRepository>{host}</psp:ScanRepository>{ticket.xml('psp:ScanTicket')}"
        f"<psp:PostScanInstructions>{instructions}</psp:PostScanInstructions></psp:PostScanProcess>"
    )
    return OfferedScanProcess(order, ticket, xml.encode())


class WrongScanProcess(ValueError):
    """A file that holds no scan process. `str()` says why."""


def scan_process_of(path: Path, identifier: str, user: str) -> OfferedScanProcess:
    """The scan process of a file, which the device has in its directory under that identifier. Raises
    WrongScanProcess."""
    try:
        octets = path.read_bytes()
        root = parsed(octets)
    except (OSError, Unreadable) as error:
        raise WrongScanProcess(f"{path}: {error}") from None
    found = root.find(f"{{{PSP}}}PostScanInstructions")
    if root.tag != f"{{{PSP}}}PostScanProcess" or found is None:
        raise WrongScanProcess(f"{path} holds no psp:PostScanProcess with psp:PostScanInstructions")
    instructions = etree.Element(f"{{{DSP}}}PostScanInstructions", nsmap={"dsp": DSP, "psp": PSP})
    instructions.extend(copy.deepcopy(each) for each in found)
    dialects = tuple((each.text or "").strip() for each in found.iter(f"{{{PSP}}}Dialect"))
    order = Order(user, identifier, etree.tostring(instructions), dialects=dialects)
    return OfferedScanProcess(order, _ticket_of(root), octets)


def _ticket_of(root: etree._Element) -> Ticket:
    """What can be judged of the scan ticket of a scan process."""

    def text(name: str) -> str:
        return (root.findtext(f".//{{{WSCN}}}DocumentParameters/{{{WSCN}}}{name}") or "").strip()

    front = f"MediaSides/{{{WSCN}}}MediaFront/{{{WSCN}}}"
    sides = [text(f"{front}Resolution/{{{WSCN}}}{name}") for name in ("Width", "Height")]
    numbers = [int(each) for each in sides if each.isdecimal() and len(each) < 6]
    return Ticket(
        format=text("Format"),
        source=text("InputSource"),
        color=text(f"{front}ColorProcessing"),
        resolution=(numbers[0], numbers[1]) if len(numbers) == 2 and all(numbers) else None,
    )


def canonical(element: etree._Element) -> object:
    """The content of an element, so that two that say the same are equal: prefixes, white space between elements,
    and CanAddAddresses that says its default do not count. [psp/email/can-add-addresses-default]"""
    children = [canonical(each) for each in element if isinstance(each.tag, str)]
    text = (element.text or "").strip() if children else element.text or ""
    told = {str(name).rpartition("}")[2]: str(value) for name, value in element.attrib.items()}
    if told.get("CanAddAddresses") in ("false", "0"):
        del told["CanAddAddresses"]
    return (element.tag, sorted(told.items()), text, children)
