"""What a device told, read from files: answers to Get and GetScannerElements, whole or their content alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lxml import etree

from emulator.dpws.constants import WSX
from emulator.dpws.headers import OF_DISCOVERY
from emulator.dpws.metadata import Metadata, read_metadata
from emulator.environment.exit_codes import LabError
from emulator.inspector.recorded import Recording, envelope_of
from emulator.inspector.scanner_elements import ScannerElements
from emulator.soap.constants import MAX_ENVELOPE_BYTES
from emulator.soap.deviations import Deviation, Deviations
from emulator.soap.envelope import Message, read_envelope
from emulator.soap.fault import FaultError
from emulator.soap.reading import ContentError
from emulator.soap.xml import XmlRefused, local_name, namespace_of, parse_xml
from emulator.wsscan.constants import WSCN, WSCN_ACCEPTED
from emulator.wsscan.xml.configuration import read_scanner_configuration
from emulator.wsscan.xml.description import read_scanner_description
from emulator.wsscan.xml.status import read_scanner_status
from emulator.wsscan.xml.ticket import read_ticket

_FIELDS: Final[dict[str, tuple[str, Callable[[etree._Element, Deviations], object]]]] = {
    "ScannerDescription": ("description", read_scanner_description),
    "ScannerConfiguration": ("configuration", read_scanner_configuration),
    "ScannerStatus": ("status", read_scanner_status),
    "DefaultScanTicket": ("default_ticket", read_ticket),
}
_ACTIONS: Final = {
    "GetScannerElementsResponse": f"{WSCN}/GetScannerElementsResponse",
}


@dataclass(slots=True)
class SavedAnswers:
    """All that the files hold; of what stands in several the last counts."""

    scanner: ScannerElements = field(default_factory=lambda: ScannerElements(""))
    metadata: Metadata | None = None
    deviations: list[tuple[str, Deviation]] = field(default_factory=list)
    """File and departure from the documents."""


def read_saved(paths: Sequence[Path]) -> SavedAnswers:
    """Read the files. Raises LabError naming the file that cannot be read or holds something else."""
    answers = SavedAnswers()
    for path in paths:
        deviations = Deviations()
        try:
            _take(answers, _content(_octets(path), deviations), deviations)
        except OSError as error:
            raise LabError(f"{path}: cannot be read: {error.strerror or error}") from None
        except (XmlRefused, FaultError, ContentError) as error:
            raise LabError(f"{path}: {error}") from None
        answers.deviations += [(path.name, deviation) for deviation in deviations]
    return answers


def read_recorded(path: Path, recording: Recording) -> SavedAnswers:
    """What a recording tells of a device. What is no answer of a device is passed over. Raises LabError where it
    tells nothing."""
    answers = SavedAnswers()
    for exchange in recording.exchanges:
        deviations = Deviations()
        try:
            _take(answers, _content(envelope_of(exchange), deviations), deviations)
        except (XmlRefused, FaultError, ContentError):
            continue
        answers.deviations += [(path.name, deviation) for deviation in deviations]
    if answers.metadata is None and answers.scanner.configuration is None:
        raise LabError(
            f"{path}: {len(recording.exchanges)} exchanges, and none in which a device tells of itself",
            hint="a recording of a client that has found and opened the device has GetScannerElements in it",
        )
    return answers


def _octets(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_ENVELOPE_BYTES + 1)  # the reader refuses one octet too many


def _content(data: bytes, deviations: Deviations) -> etree._Element:
    """The content of an envelope, or the document's own root."""
    root = parse_xml(data)
    if local_name(root) != "Envelope":
        return root
    received = read_envelope(data, understood=OF_DISCOVERY, answer=True)
    for deviation in received.deviations:
        deviations.note(deviation.id, deviation.place, deviation.detail)
    message = received.message
    if message.fault is not None:
        raise ContentError("Envelope", f"holds a fault: {message.fault}")
    if message.body is None:
        raise ContentError("Envelope", "the Body is empty")
    expected = _ACTIONS.get(local_name(message.body), message.action)
    if message.action != expected:
        deviations.note("response-action", "Envelope/Header/Action", message.action)
    return message.body


def _take(answers: SavedAnswers, body: etree._Element, deviations: Deviations) -> None:
    name, namespace = local_name(body), namespace_of(body)
    if name == "Metadata" and namespace == WSX:
        answers.metadata = read_metadata(Message("", body), deviations)
    elif name == "GetScannerElementsResponse":
        answers.scanner.take(body, deviations)
    elif name in _FIELDS and namespace in WSCN_ACCEPTED:
        attribute, read = _FIELDS[name]
        setattr(answers.scanner, attribute, read(body, deviations))
        answers.scanner.written[name] = body
    else:
        raise ContentError(name[:60], "no answer to Get or GetScannerElements")
