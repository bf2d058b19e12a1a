"""With which fault a message is refused for a deviation: the most specific one that the documents have (WS-DSP
error page: "the most specific fault wins"). A table by the ids of `soap/deviations.py`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from emulator.dpws.eventing.faults import filtering_requested_unavailable
from emulator.soap.deviations import CLAUSES, Deviation
from emulator.soap.fault import Fault, header_invalid, header_required, not_well_formed, unsupported_media


class Refusal(StrEnum):
    """The faults by what they blame."""

    ARGUMENT = "InvalidArgs of the service, or what it has in its place"
    MESSAGE = "soap:Sender: no well-formed SOAP message"
    HEADER_REQUIRED = "wsa:MessageInformationHeaderRequired"
    HEADER_INVALID = "wsa:InvalidMessageInformationHeader"
    MEDIA = "soap:Sender with HTTP 415"
    FILTER = "wse:FilteringRequestedUnavailable"
    OF_ANSWERS = "none: only what a scan server answers or tells departs so, and who asked refuses it for himself"


_HEADER_REQUIRED: Final = {"message-id-missing": "MessageID", "to-missing": "To"}
"""The header that is missing."""
_HEADER_INVALID: Final = {
    "message-id-form": "MessageID",
    "reply-to": "ReplyTo",
    "fault-to": "FaultTo",
    "http-action": "Action",
    "event-action": "Action",
}
"""The header that is not valid, where the deviation's place does not tell it."""
_MESSAGE: Final = (
    "processing-instruction",
    "mime-parameter",
    "mime-start-info",
    "mime-start",
    "mime-root",
    "mime-line-end",
    "mime-content-id",
    "mime-header",
    "mime-encoding",
    "mime-preamble",
)
_MEDIA: Final = ("encoding", "http-content-type", "http-charset", "mime-type")
_OF_ANSWERS: Final = (
    "soap-version",
    "mime-unclosed",
    "relates-to-missing",
    "relates-to-wrong",
    "response-action",
    "probe-unanswered",
    "address-scheme",
    "images-received",
    "job-token",
    "filter-statuses",
    "filter-state",
    "job-state",
    "job-state-reason",
    "job-description",
    "reference-header",
    "http-status",
)
_TOLD: Final = (
    *((id, Refusal.HEADER_REQUIRED) for id in _HEADER_REQUIRED),
    *((id, Refusal.HEADER_INVALID) for id in _HEADER_INVALID),
    *((id, Refusal.MESSAGE) for id in _MESSAGE),
    *((id, Refusal.MEDIA) for id in _MEDIA),
    *((id, Refusal.OF_ANSWERS) for id in _OF_ANSWERS),
    ("filter-dialect", Refusal.FILTER),
)
REFUSALS: Final[Mapping[str, Refusal]] = MappingProxyType(dict.fromkeys(CLAUSES, Refusal.ARGUMENT) | dict(_TOLD))
"""Of a deviation in the content. What stands in the Header or beside Header and Body is looked at by its place.
[addressing/fault/invalid-message-information-header] [addressing/fault/message-information-header-required]
[soap/http/wrong-type-415] [addressing/reply-to/elsewhere-refused]
[dsp/fault/most-specific] [bdsrr/3.1.4.1.4/more-specific-error]"""

_HEADER: Final = "Envelope/Header/"
_STRUCTURE: Final = frozenset(
    {
        "address-white-space",
        "text-between-elements",
        "element-missing",
        "element-unknown",
        "element-doubled",
        "element-order",
    }
)
"""Deviations that both an envelope and its content may have."""


class Blaming(Protocol):
    """A service, as far as it has a fault for content."""

    def invalid(self, argument: str) -> Fault:
        """Make the fault for content that is refused."""


def refusal_of(deviation: Deviation) -> Refusal:
    """The kind of fault that says most of it."""
    if deviation.id in _STRUCTURE and _is_of_envelope(deviation.place):
        return Refusal.HEADER_INVALID if deviation.place.startswith(_HEADER) else Refusal.MESSAGE
    return REFUSALS[deviation.id]


def _is_of_envelope(place: str) -> bool:
    """Whether it is a header or in one, or is of the frame: Envelope, and what stands in it."""
    return place.startswith(_HEADER) or (place.partition("/")[0] == "Envelope" and place.count("/") < 2)


def refusal(deviation: Deviation, service: Blaming) -> Fault:
    """The fault that refuses a message with that deviation."""
    told = f"strict: {deviation}"
    match refusal_of(deviation):
        case Refusal.HEADER_REQUIRED:
            return header_required(f"{_HEADER_REQUIRED[deviation.id]}: {told}")
        case Refusal.HEADER_INVALID:
            of_place = deviation.place.removeprefix(_HEADER).partition("/")[0]
            return header_invalid(f"{_HEADER_INVALID.get(deviation.id, of_place)}: {told}")
        case Refusal.MESSAGE:
            return not_well_formed(told)
        case Refusal.MEDIA:
            return unsupported_media(told)
        case Refusal.FILTER:
            return filtering_requested_unavailable()
        case _:
            return service.invalid(told)
