"""What a client has sent in one situation, as scan jobs and subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from emulator.conformance.clients.kinds import operation_of, request_of
from emulator.conformance.devices.configuration import number
from emulator.conformance.devices.structure import child, text
from emulator.conformance.exchange import Exchange
from emulator.conformance.mime import media_type
from emulator.conformance.names import WSCN, Name

CONFIGURATION = Name(WSCN, "ScannerConfiguration")


@dataclass
class SeenJob:
    """A scan job that the device has made for the client."""

    created: Exchange
    id: str
    token: str
    ticket: Any
    """The ScanTicket that was sent."""
    asked: list[Exchange] = field(default_factory=list)
    """Each RetrieveImage."""
    canceled: bool = False

    @property
    def images(self) -> list[Exchange]:
        """Each RetrieveImage that has brought an image, whole."""
        return [
            each
            for each in self.asked
            if each.status == 200 and not each.error and media_type(each.content_type).startswith("multipart/")
        ]

    @property
    def faults(self) -> list[str]:
        """The subcodes by which the device has refused a RetrieveImage."""
        return [found for each in self.asked if (found := subcode_of(each))]

    @property
    def wanted(self) -> int | None:
        """ImagesToTransfer; None where it is not told."""
        parameters = child(self.ticket, "DocumentParameters")
        return None if parameters is None else number(child(parameters, "ImagesToTransfer"))

    @property
    def format(self) -> str:
        """The format that the ticket wants; '' where it tells none."""
        parameters = child(self.ticket, "DocumentParameters")
        return "" if parameters is None else text(child(parameters, "Format"))


class Conversation:
    """The exchanges of one situation, in their order."""

    def __init__(self, exchanges: Sequence[Exchange], cut_off: bool = False) -> None:
        """`cut_off`: the judge has ended it."""
        self.asked = [each for each in exchanges if each.incoming]
        self.told = [each for each in exchanges if not each.incoming]
        """Events of the device."""
        self.cut_off = cut_off
        self.jobs: list[SeenJob] = []
        by_id: dict[str, SeenJob] = {}
        for each in self.asked:
            operation, body = operation_of(each), request_of(each)
            if operation == "CreateScanJob" and (job := _created(each)) is not None:
                self.jobs.append(job)
                by_id[job.id] = job
            elif body is not None and (known := by_id.get(text(child(body, "JobId")))) is not None:
                if operation == "RetrieveImage":
                    known.asked.append(each)
                known.canceled = known.canceled or operation == "CancelJob"

    def of(self, *operations: str) -> list[Exchange]:
        """The requests for these operations."""
        return [each for each in self.asked if operation_of(each) in operations]

    def configurations(self, before: Exchange) -> list[Exchange]:
        """Answers that told ScannerConfiguration before that request."""
        return [
            each
            for each in self.asked
            if each.number < before.number and (told := each.told) is not None and told.all(f"//{CONFIGURATION}")
        ]


def subcode_of(exchange: Exchange) -> str:
    """Local name of the subcode of the fault that it was answered with; ''."""
    told = None if media_type(exchange.content_type).startswith("multipart/") else exchange.told
    fault = None if told is None else told.fault
    return "" if fault is None or fault.subcode is None else fault.subcode.local


def _created(exchange: Exchange) -> SeenJob | None:
    told, body = exchange.told, request_of(exchange)
    if told is None or body is None or told.body_name != Name(WSCN, "CreateScanJobResponse"):
        return None
    id, token = told.text("//wscn:JobId"), told.text("//wscn:JobToken")
    return SeenJob(exchange, id, token, child(body, "ScanTicket"))
