"""Who asks and who answers: operations by the last segment of their action, as a plan names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from emulator.dpws import constants as dpws
from emulator.dsm import constants as dsm
from emulator.faults.alteration import CLIENT, DEVICE, HOSTS, SERVER, Of, Role
from emulator.wsscan import constants as wsscan

_NOBODY: Final[frozenset[Role]] = frozenset()


@dataclass(frozen=True, slots=True)
class Sides:
    """Of one operation: which of our roles ask it, and which answer it. Where it is none, a peer does."""

    asks: frozenset[Role]
    answers: frozenset[Role]

    def senders(self, of: Of) -> frozenset[Role]:
        """Return who of us sends that message."""
        return self.asks if of == "request" else self.answers

    def joined(self, other: Sides) -> Sides:
        """Both, of two operations of one name."""
        return Sides(self.asks | other.asks, self.answers | other.answers)


_OF_JOBS: Final = (
    dsm.CREATE_POST_SCAN_JOB,
    dsm.SEND_IMAGE,
    dsm.END_POST_SCAN_JOB,
    dsm.CANCEL_POST_SCAN_JOB,
    dsm.GET_POST_SCAN_JOB_ELEMENTS,
)
_OF_SCANNERS: Final = (
    wsscan.GET_SCANNER_ELEMENTS,
    wsscan.GET_JOB_ELEMENTS,
    wsscan.GET_ACTIVE_JOBS,
    wsscan.GET_JOB_HISTORY,
    wsscan.VALIDATE_SCAN_TICKET,
    wsscan.CREATE_SCAN_JOB,
    wsscan.RETRIEVE_IMAGE,
    wsscan.CANCEL_JOB,
)
_TABLE: Final[tuple[tuple[Iterable[str], frozenset[Role], frozenset[Role]], ...]] = (
    # WS-DSP: a device's client asks the scan server, which sends it events.
    (_OF_JOBS, CLIENT, SERVER),
    (dsm.PROCESSING_EVENTS, SERVER, CLIENT),
    # WS-DSC: somebody else asks the scan server.
    (
        (
            dsm.GET_REPOSITORY_ELEMENTS,
            dsm.DSC_GET_POST_SCAN_JOB_ELEMENTS,
            dsm.DSC_CANCEL_POST_SCAN_JOB,
            dsm.GET_ACTIVE_JOBS,
            dsm.GET_JOB_HISTORY,
        ),
        _NOBODY,
        SERVER,
    ),
    (dsm.CONFIGURATION_EVENTS, SERVER, _NOBODY),
    # WS-Scan and WS-DSD: somebody else asks the device.
    (_OF_SCANNERS, _NOBODY, DEVICE),
    (wsscan.WSCN_EVENTS, DEVICE, _NOBODY),
    # DPWS: the client asks the scan server, somebody else the device.
    (
        (dpws.PROBE, dpws.GET, dpws.SUBSCRIBE, dpws.RENEW, dpws.GET_STATUS, dpws.UNSUBSCRIBE),
        CLIENT,
        HOSTS,
    ),
    ((dpws.SUBSCRIPTION_END,), HOSTS, CLIENT),
)


def name_of(action: str) -> str:
    """The name by which a plan calls the operation of an action."""
    return action.rpartition("/")[2]


def _operations() -> Mapping[str, Sides]:
    found: dict[str, Sides] = {}
    for actions, asks, answers in _TABLE:
        for name in map(name_of, actions):
            sides = Sides(asks, answers)
            found[name] = found[name].joined(sides) if name in found else sides
    return MappingProxyType(found)


OPERATIONS: Final = _operations()
"""Every operation and event over HTTP that one of our roles asks or answers, by name."""

OF_JOBS: Final = tuple(map(name_of, _OF_JOBS))
"""What a device's client asks a scan server."""
OF_WS_SCAN: Final = tuple(map(name_of, (*_OF_SCANNERS, *wsscan.WSCN_EVENTS)))
"""What a device answers and sends in the namespace of WS-Scan."""

EVENTS: Final = frozenset(
    map(name_of, (*dsm.PROCESSING_EVENTS, *dsm.CONFIGURATION_EVENTS, *wsscan.WSCN_EVENTS, dpws.SUBSCRIPTION_END))
)
"""Of OPERATIONS those that have no answer but HTTP's."""

DATAGRAMS: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {
        "Hello": HOSTS,
        "Bye": HOSTS,
        "ProbeMatches": HOSTS,
        "ResolveMatches": HOSTS,
        "Probe": CLIENT,
        "Resolve": CLIENT,
    }
)
"""Kinds of messages of WS-Discovery over UDP (WS-Discovery 2005/04, sections 4 to 6), and who sends them."""
