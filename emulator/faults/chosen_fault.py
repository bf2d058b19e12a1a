"""The SOAP fault that a plan names by its subcode: one of the documents, with their code and reason, or one that
nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, cast

from emulator.dpws.constants import WSE
from emulator.dpws.eventing import faults as eventing
from emulator.dsm import faults as dsm
from emulator.dsm.constants import DSC, DSP, SERVICES
from emulator.faults.deeds import FaultAnswer
from emulator.soap import fault as soap
from emulator.soap.fault import Code, Fault
from emulator.soap.xml import QName
from emulator.wsscan import faults as wsscan
from emulator.wsscan.constants import WSCN

_PREFIXES: Final = {**SERVICES, WSCN: "wscn", WSE: "wse"}


def _by_subcode() -> Mapping[tuple[str, str], Fault]:
    found = [
        *(
            made
            for namespace in (DSP, DSC)
            for made in (
                dsm.invalid_args("", namespace),
                dsm.operation_failed(namespace),
                dsm.temporary_error(namespace),
                dsm.internal_error(namespace),
                dsm.job_token_not_found("", namespace),
            )
        ),
        wsscan.invalid_args(""),
        wsscan.operation_failed(),
        wsscan.temporary_error(),
        wsscan.internal_error(),
        wsscan.not_accepting_jobs(),
        wsscan.format_not_supported(),
        wsscan.invalid_scan_identifier(),
        wsscan.invalid_destination_token(),
        wsscan.no_images_available(),
        wsscan.job_id_not_found(0),
        wsscan.invalid_job_token(),
        wsscan.job_cancelled(),
        wsscan.conflicting_required_parameters(),
        eventing.invalid_message(),
        eventing.invalid_expiration_time(),
        eventing.delivery_mode_requested_unavailable(),
        eventing.filtering_requested_unavailable(),
        eventing.event_source_unable_to_process("The event source cannot process the request."),
        eventing.unable_to_renew(),
        soap.action_not_supported(""),
        soap.header_required(""),
        soap.header_invalid(""),
        soap.destination_unreachable(""),
        soap.endpoint_unavailable(),
    ]
    return MappingProxyType(
        {(each.subcode.namespace, each.subcode.local): each for each in found if each.subcode is not None}
    )


DOCUMENTED: Final = _by_subcode()
"""The faults of the documents, by namespace and name of their subcode."""


def chosen_fault(deed: FaultAnswer, action: str) -> Fault:
    """The fault that answers a request of that action."""
    service = deed.namespace or action.rpartition("/")[0]
    known = DOCUMENTED.get((service, deed.subcode)) or next(
        (fault for (_, name), fault in DOCUMENTED.items() if name == deed.subcode and not deed.namespace), None
    )
    if known is None:
        subcode = QName(service, deed.subcode)
        known = Fault("Receiver", subcode, "An error occurred.", prefix=_PREFIXES.get(service, "vendor"))
    return replace(
        known,
        code=cast("Code", deed.code or known.code),
        reason=deed.reason or known.reason,
        detail=deed.detail or (known.detail or None),
        status=deed.status,
    )
