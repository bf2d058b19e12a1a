"""Instructions against the scan process in the directory: what a device may change of them, and what it may not.

What a scan process allows stands in it and in the directory; the judge is told it with the order. Of several scan
processes the first is taken that a clause speaks of.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any, Final

from lxml import etree

from emulator.conformance.check import check
from emulator.conformance.expect import expect, met, require
from emulator.conformance.names import FILTER, PSP
from emulator.conformance.order import Order
from emulator.conformance.peer import ScanServerPeer
from emulator.conformance.reading import parsed
from emulator.conformance.verdict import NotRun

_EMAIL: Final = f"{FILTER}/email"
_SHARE: Final = f"{FILTER}/fileshare"
_NAME: Final = "Another name of the judge"
_FOLDER: Final = r"\of the judge"
_LONGEST: Final = 255
"""Characters. [psp/file-share/share-length]"""
_ADDRESS: Final = "judge@example.invalid"
"""Nobody's: nothing of such a job is sent, for it is cancelled. (RFC 2606, section 2)"""
_CAN_ADD: Final = (f"{{{_EMAIL}}}CanAddAddresses", "CanAddAddresses")
"""The attribute with its namespace, and without."""
_TRUE: Final = ("true", "1")

Change = Callable[[Any], bool]
"""Alters the root of instructions in its place; whether there was something to alter."""


# Changes


def _renamed(root: Any) -> bool:
    """Another DocumentRootName."""
    for each in root.iter(f"{{{PSP}}}DocumentRootName"):
        each.text = _NAME
        return True
    return False


def _another_share(root: Any) -> bool:
    """A folder within the first share, where there is room for one in a ShareUNC."""
    for each in root.iter(f"{{{_SHARE}}}ShareUNC"):
        share = (each.text or "").strip().rstrip("\\") + _FOLDER
        if len(share) <= _LONGEST:
            each.text = share
            return True
    return False


def _open_to_addresses(root: Any) -> Iterator[Any]:
    """SendToAddresses to which a device may add some, in either form of the attribute."""
    for each in root.iter(f"{{{_EMAIL}}}SendToAddresses"):
        said = next((each.get(one) for one in _CAN_ADD if each.get(one) is not None), "")
        if said.strip() in _TRUE:
            yield each


def _one_address_more(root: Any) -> bool:
    """An address more where the filter lets a device add some."""
    for each in _open_to_addresses(root):
        etree.SubElement(each, f"{{{_EMAIL}}}EmailAddress").text = _ADDRESS
        return True
    return False


def _one_address_too_many(root: Any) -> bool:
    """An address more where no filter lets a device add any."""
    if any(True for _ in _open_to_addresses(root)):
        return False
    for each in root.iter(f"{{{_EMAIL}}}SendToAddresses"):
        etree.SubElement(each, f"{{{_EMAIL}}}EmailAddress").text = _ADDRESS
        return True
    return False


def _turned(root: Any, name: str) -> bool:
    """The first element of that name is the other way: true, or false."""
    for each in root.iter(name):
        each.text = "false" if (each.text or "").strip() in _TRUE else "true"
        return True
    return False


def _other_addressee(root: Any) -> bool:
    """SendToScanUser is the other way."""
    return _turned(root, f"{{{_EMAIL}}}SendToScanUser")


def _goes_on(root: Any) -> bool:
    """ContinueOnError is the other way, which is true where there is none."""
    name = f"{{{PSP}}}ContinueOnError"
    if not _turned(root, name):
        root.insert(0, etree.Element(name))
        _turned(root, name)
    return True


def _one_filter_more(root: Any) -> bool:
    """The last filter stands twice."""
    filters = list(root.iter(f"{{{PSP}}}Filter"))
    for each in filters[-1:]:
        each.addnext(copy.deepcopy(each))
    return bool(filters)


def _one_filter_less(root: Any) -> bool:
    """The last of several filters is missing."""
    filters = list(root.iter(f"{{{PSP}}}Filter"))
    if len(filters) < 2:
        return False
    filters[-1].getparent().remove(filters[-1])
    return True


def _written(root: Any, name: str) -> bool:
    """CanAddAddresses stands as an attribute of that name, and no other."""
    found = list(_open_to_addresses(root))
    for each in found:
        for one in _CAN_ADD:
            each.attrib.pop(one, None)
        each.set(name, "true")
    return bool(found)


def _with_prefix(root: Any) -> bool:
    """It is of the namespace of the filter, as the schema has it."""
    return _written(root, _CAN_ADD[0])


def _without_prefix(root: Any) -> bool:
    """It has no namespace, as a page prints it."""
    return _written(root, _CAN_ADD[1])


_OF_NOBODY: Final[tuple[tuple[str, Change], ...]] = (
    ("another ContinueOnError", _goes_on),
    ("a filter more", _one_filter_more),
    ("a filter less", _one_filter_less),
    ("another SendToScanUser", _other_addressee),
    ("an e-mail address more, where CanAddAddresses is not true", _one_address_too_many),
)
"""What no scan process lets a device change."""


def _changed(order: Order, change: Change) -> bytes | None:
    """The instructions of the order, changed so; None where they have nothing to change."""
    root = parsed(order.instructions)
    return etree.tostring(root) if change(root) else None


def _orders(peer: ScanServerPeer) -> tuple[Order, ...]:
    return (peer.order, *peer.order.others)


def _first(peer: ScanServerPeer, change: Change, let: Callable[[Order], bool], what: str) -> tuple[Order, bytes]:
    """The first scan process of that kind, and its instructions, changed. Raises NotRun."""
    for order in _orders(peer):
        octets = _changed(order, change) if let(order) else None
        if octets is not None:
            return order, octets
    raise NotRun(f"no scan process {what}: --scan-process names one that does")


async def _require_accepted(peer: ScanServerPeer, order: Order, octets: bytes, *, wrong: bool = False) -> None:
    """A job is created with these instructions, and cancelled again."""
    answer = await peer.create(user=order.user, scan_process=order.scan_process, instructions=octets, wrong=wrong)
    await peer.cancel(expect(answer).response("CreatePostScanJobResponse").text("//dsp:JobToken"))


async def _require_refused(peer: ScanServerPeer, order: Order, octets: bytes, what: str) -> None:
    """No job is created with these instructions; one that is all the same is cancelled."""
    answer = await peer.create(user=order.user, scan_process=order.scan_process, instructions=octets)
    told = expect(answer).answer("a fault")
    token = told.text("//dsp:CreatePostScanJobResponse/dsp:JobToken")
    if token:
        await peer.cancel(token)
    require(told.fault is not None, f"{what}: {met(answer)}", "a fault", [answer])


# What it may


@check("psp/change/document-root-name-accepted")
async def another_name(peer: ScanServerPeer) -> None:
    """A DocumentRootName that is not the directory's, where the scan process allows one, is accepted."""
    order, octets = _first(peer, _renamed, lambda each: bool(each.may_rename), "allows another name")
    await _require_accepted(peer, order, octets)


@check("psp/change/share-unc-accepted")
async def another_share(peer: ScanServerPeer) -> None:
    """A ShareUNC that is not the directory's, but a folder within it, is accepted where the scan process allows
    one."""
    order, octets = _first(
        peer, _another_share, lambda each: bool(each.may_choose_share), "with a file share allows another share"
    )
    await _require_accepted(peer, order, octets)


@check("psp/change/email-addresses-accepted")
async def another_address(peer: ScanServerPeer) -> None:
    """An EmailAddress that is not the directory's, where the e-mail filter has CanAddAddresses, is accepted."""
    order, octets = _first(peer, _one_address_more, lambda _: True, "lets a device add e-mail addresses")
    await _require_accepted(peer, order, octets)


@check("notes/c-08/can-add-addresses-read", "psp/email/bare-can-add-addresses-read")
async def attribute_in_both_forms(peer: ScanServerPeer) -> None:
    """CanAddAddresses with its prefix, and without, is the CanAddAddresses of the scan process: both instructions
    are accepted."""
    for change in (_with_prefix, _without_prefix):
        order, octets = _first(peer, change, lambda _: True, "lets a device add e-mail addresses")
        await _require_accepted(peer, order, octets, wrong=change is _without_prefix)


# What it may not


@check("psp/change/flags-default-to-false")
async def nothing_chosen(peer: ScanServerPeer) -> None:
    """A DocumentRootName and a ShareUNC that are not the directory's, where nothing allows them, are refused."""
    forbidden: tuple[tuple[Change, str, Callable[[Order], bool]], ...] = (
        (_renamed, "another name", lambda each: each.may_rename is False),
        (_another_share, "another share", lambda each: each.may_choose_share is False),
    )
    asked = 0
    for change, what, let in forbidden:
        try:
            order, octets = _first(peer, change, let, what)
        except NotRun:
            continue
        await _require_refused(peer, order, octets, what)
        asked += 1
    if not asked:
        raise NotRun("the scan process allows another name and share, or nobody knows whether it does")


@check("psp/change/nothing-else")
async def nothing_else(peer: ScanServerPeer) -> str:
    """Instructions that are not those of the scan process in what it lets nobody change are refused: another
    ContinueOnError, a filter more or less, another SendToScanUser, an address more without CanAddAddresses."""
    refused = []
    for what, change in _OF_NOBODY:
        for order in _orders(peer):
            octets = _changed(order, change)
            if octets is not None:
                await _require_refused(peer, order, octets, what)
                refused.append(what)
                break
    return f"refused: {', '.join(refused)}"
