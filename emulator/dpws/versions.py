"""WS-Discovery 2005/04 and 1.1 (2009/01): what each calls the same things. A request is answered in its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from emulator.dpws import constants, scopes
from emulator.soap.addressing import ADDRESSING_2004, ADDRESSING_2005, Addressing
from emulator.soap.xml import QName

Rule = Callable[[Sequence[str], Sequence[str]], bool]
"""Whether the scopes of a target (second) answer those of a Probe (first)."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DiscoveryVersion:
    """One of the two."""

    name: str
    namespace: str
    to: str
    """wsa:To of all that is sent to the group."""
    addressing: Addressing
    device_type: QName
    """What DPWS of that time calls a device."""
    default_rule: str
    rules: Mapping[str, Rule]
    """MatchBy -> rule."""

    def __repr__(self) -> str:
        return f"WS-Discovery {self.name}"

    def action(self, name: str) -> str:
        """wsa:Action of a message: `Hello`, `Probe` and so on; `fault` for its faults.
        [discovery/message/action-is-namespace-and-name]"""
        return f"{self.namespace}/{name}"

    def types(self, types: Sequence[QName]) -> tuple[QName, ...]:
        """The types of a target as a client of this version knows them: a device is one of its DPWS too."""
        if constants.DEVICE_TYPE in types and self.device_type not in types:
            return (self.device_type, *types)
        return tuple(types)


# The law: [clients/all/discovery-of-2005-04] [discovery/namespace/of-2005-04]
V2005: Final = DiscoveryVersion(
    "2005/04",
    constants.WSD,
    constants.DISCOVERY_TO,
    ADDRESSING_2004,
    constants.DEVICE_TYPE,
    constants.MATCH_RFC2396,
    MappingProxyType(
        {
            constants.MATCH_RFC2396: scopes.each(scopes.starts_with),
            constants.MATCH_UUID: scopes.each(scopes.same_uuid),
            constants.MATCH_LDAP: scopes.each(scopes.ends_with_names),
            constants.MATCH_STRCMP0: scopes.each(scopes.same_string),
        }
    ),
)
# The law: [discovery/namespace/of-2009-01]
V2009: Final = DiscoveryVersion(
    "1.1",
    constants.WSD_2009,
    constants.DISCOVERY_TO_2009,
    ADDRESSING_2005,
    constants.DEVICE_TYPE_2009,
    constants.MATCH_RFC3986_2009,
    MappingProxyType(
        {
            constants.MATCH_RFC3986_2009: scopes.each(scopes.starts_with),
            constants.MATCH_UUID_2009: scopes.each(scopes.same_uuid),
            constants.MATCH_LDAP_2009: scopes.each(scopes.ends_with_names),
            constants.MATCH_STRCMP0_2009: scopes.each(scopes.same_string),
            constants.MATCH_NONE_2009: scopes.has_none,
        }
    ),
)
VERSIONS: Final = (V2005, V2009)
DISCOVERY_ADDRESSING: Final = tuple(version.addressing for version in VERSIONS)
"""For `read_envelope`, where messages of both versions come."""

_BY_ACTION: Final = {
    version.action(name): (version, name)
    for version in VERSIONS
    for name in ("Hello", "Bye", "Probe", "ProbeMatches", "Resolve", "ResolveMatches")
}


def discovery_action(action: str) -> tuple[DiscoveryVersion, str] | None:
    """Version and name of a message by its wsa:Action; None when it is none of WS-Discovery.
    [discovery/version/answer-in-that-of-the-request]"""
    return _BY_ACTION.get(action)


def version_of_namespace(namespace: str) -> DiscoveryVersion | None:
    """The version whose elements are in `namespace`."""
    return next((version for version in VERSIONS if version.namespace == namespace), None)
