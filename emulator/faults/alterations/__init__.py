"""Every alteration, by where it acts. Each module has those of one place, as a tuple `ALTERATIONS`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from emulator.faults.alteration import Alteration, At
from emulator.faults.alterations import datagram, delivery, device, envelope, exchange, package, page, tls, wire

_MODULES = (page, exchange, device, package, envelope, wire, datagram, tls, delivery)


@cache
def all_alterations() -> tuple[Alteration, ...]:
    """All, by place, in the order in which their modules have them."""
    return tuple(each for module in _MODULES for each in module.ALTERATIONS)


@cache
def alterations_at(at: At) -> Mapping[str, Alteration]:
    """Those of a place, by name."""
    return MappingProxyType({each.name: each for each in all_alterations() if each.at is at})
