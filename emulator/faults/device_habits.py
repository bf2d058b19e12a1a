"""Habits of real devices that depend on what they are asked: which requests they refuse, what they do in the
place of what was asked, what they answer. Pure: a request and an answer are messages, and what is to be known of
the device is given as a DeviceView."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final, Protocol

from lxml import etree

from emulator.soap.constants import SOAP
from emulator.soap.envelope import Message
from emulator.soap.fault import Fault, not_well_formed
from emulator.wsscan import faults

_BUSY_SECONDS: Final = 10.0
"""For which a Kyocera ECOSYS M2040dn stays busy behind a kept connection (sane-airscan, airscan-http.c 2249)."""


class DeviceView(Protocol):
    """What a habit knows of its device."""

    @property
    def sheets(self) -> int | None:
        """How many lie in the feeder; None where there is none."""

    @property
    def since_kept(self) -> float | None:
        """Seconds since an image was taken on a connection that the client has kept open; None: never."""


Refuses = Callable[[Message, DeviceView], Fault | None]
Alters = Callable[[Message], Message]
Answers = Callable[[Message, Message], Message]
"""Request and answer -> answer."""


@dataclass(frozen=True, slots=True)
class OwnWay:
    """What a device does in its own way, in the operations of its alteration."""

    refuses: Refuses = lambda asked, device: None
    """The fault, before anything is done."""
    asks: Alters = lambda asked: asked
    """What is done in the place of what was asked."""
    answers: Answers = lambda asked, answer: answer
    """What is answered."""
    instead: Mapping[str, Fault] = field(default_factory=lambda: MappingProxyType({}))
    """A fault in the place of another, by the subcode of that."""


def images_to_transfer_0(asked: Message, device: DeviceView) -> Fault | None:
    """Zero is not understood."""
    found = _texts(asked, "ImagesToTransfer")
    return faults.invalid_args("ImagesToTransfer") if "0" in found else None


def job_information_wanted(asked: Message, device: DeviceView) -> Fault | None:
    """JobInformation, which is optional, must be there."""
    return None if _texts(asked, "JobInformation") else faults.invalid_args("JobInformation")


def panel_alone(asked: Message, device: DeviceView) -> Fault | None:
    """A job must have been begun at the panel."""
    return None if _texts(asked, "DestinationToken") else faults.not_accepting_jobs()


def empty_feeder(asked: Message, device: DeviceView) -> Fault | None:
    """No job is taken with nothing in the feeder."""
    from_feeder = any(each.startswith("ADF") for each in _texts(asked, "InputSource"))
    return faults.not_accepting_jobs() if from_feeder and device.sheets == 0 else None


def busy_behind_kept_connection(asked: Message, device: DeviceView) -> Fault | None:
    """The device is busy for a while for who keeps a connection open behind an image."""
    since = device.since_kept
    return faults.not_accepting_jobs() if since is not None and since < _BUSY_SECONDS else None


def two_prefixes_alone(asked: Message, device: DeviceView) -> Fault | None:
    """The envelope must have the prefixes `soap` and `wsa`."""
    root = _envelope(asked)
    if root is None:
        return None
    wrong = [each for each in _elements(root) if etree.QName(each).namespace == SOAP and each.prefix != "soap"]
    wrong += [each for each in root.findall("{*}Header/*") if _is_addressing(each) and each.prefix != "wsa"]
    return _not_read(f"the prefix {wrong[0].prefix or ''!r}") if wrong else None


def one_line_alone(asked: Message, device: DeviceView) -> Fault | None:
    """White space between elements is too much."""
    root = _envelope(asked)
    if root is None:
        return None
    spaces = [each for each in _elements(root) if len(each) and each.text and not each.text.strip()]
    return _not_read("white space between elements") if spaces else None


def whole_medium(asked: Message) -> Message:
    """The whole medium is scanned, whatever region is asked for."""
    return _without(asked, "ScanRegion", "InputSize")


def twice_the_resolution(asked: Message) -> Message:
    """Twice the resolution is scanned."""
    altered = _copied(asked)
    for each in _found(altered, "Resolution"):
        for number in each:
            if (number.text or "").strip().isdigit():
                number.text = str(2 * int(number.text or "0"))
    return altered


def as_asked(*names: str) -> Answers:
    """Answers that say of these elements what was asked, not what is done."""

    def answers(asked: Message, answer: Message) -> Message:
        told = _copied(answer)
        for name in names:
            wanted = _found(asked, name)
            for number, each in enumerate(_found(told, name)):
                parent = each.getparent()
                if wanted and parent is not None:
                    parent.replace(each, copy.deepcopy(wanted[min(number, len(wanted) - 1)]))
        return told

    return answers


def sizes_swapped(asked: Message, answer: Message) -> Message:
    """Widths are told as heights, and heights as widths."""
    told = _copied(answer)
    for size in () if told.body is None else told.body.iter("{*}*"):
        width, height = size.find("{*}Width"), size.find("{*}Height")
        if str(size.tag).endswith(("MinimumSize", "MaximumSize")) and width is not None and height is not None:
            width.text, height.text = height.text, width.text
    return told


def back_without_duplex(asked: Message, answer: Message) -> Message:
    """Duplex is denied, and the back of the feeder described."""
    told = _copied(answer)
    for each in _found(told, "ADFSupportsDuplex"):
        each.text = "false"
    return told


def _not_read(what: str) -> Fault:
    return not_well_formed(what)


def _is_addressing(element: etree._Element) -> bool:
    return "addressing" in (etree.QName(element).namespace or "")


def _envelope(message: Message) -> etree._Element | None:
    """The envelope in which the message came."""
    return None if message.body is None else message.body.getroottree().getroot()


def _elements(root: etree._Element) -> Iterator[etree._Element]:
    return (each for each in root.iter() if isinstance(each.tag, str))


def _found(message: Message, name: str) -> list[etree._Element]:
    return [] if message.body is None else list(message.body.iter(f"{{*}}{name}"))


def _texts(message: Message, name: str) -> list[str]:
    return [text for each in _found(message, name) if (text := "".join(map(str, each.itertext())).strip())]


def _copied(message: Message) -> Message:
    return replace(message, body=copy.deepcopy(message.body))


def _without(message: Message, *names: str) -> Message:
    altered = _copied(message)
    for name in names:
        for each in _found(altered, name):
            parent = each.getparent()
            if parent is not None:
                parent.remove(each)
    return altered
