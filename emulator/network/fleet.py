"""Many devices, by groups of what they have in common: who they are, where they stand, what they do otherwise, how
fast they arrive. What `run` is told by its options is a fleet of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from emulator.device.pace import Speed
from emulator.device.profile import DeviceProfile
from emulator.network.address_pool import AddressRange
from emulator.network.device_claims import SEED_STEP, WantedDevice
from emulator.network.own_addresses import OwnAddresses
from emulator.network.patterns import Pattern

if TYPE_CHECKING:  # a fleet without plans need not wait for what alters messages
    from emulator.faults.plan import Fault, FaultPlan


@dataclass(frozen=True, slots=True)
class DeviceGroup:
    """Devices of one profile."""

    name: str
    profile: DeviceProfile
    count: int
    names: tuple[Pattern, ...]
    """Device n has that of number n, from the start again where they are fewer."""
    places: tuple[Pattern, ...] = ()
    """Likewise; none: where the profile says."""
    habits: tuple[str, ...] = ()
    addresses: tuple[AddressRange, ...] = ()
    """Of which each has one of its own; none: they are reached as devices without are."""
    speed: Speed = "max"
    seed: int = 0
    """Of the pages of the first device."""
    faults: FaultPlan | None = None
    """Of these devices alone."""

    def device(self, number: int, address: str = "") -> WantedDevice:
        """The one of that number, from 1."""
        return WantedDevice(
            self.profile,
            number,
            self.names[(number - 1) % len(self.names)].of(number),
            True,
            self.speed,
            self.seed + SEED_STEP * (number - 1),
            self.places[(number - 1) % len(self.places)].of(number) if self.places else "",
            self.name,
            self.habits,
            address,
        )


def group_called(name: str) -> str:
    """How a fault plan calls all devices of a group: `device = "group lobby"`."""
    return f"group {name}"


@dataclass(frozen=True, slots=True)
class Fleet:
    """All devices of a run."""

    groups: tuple[DeviceGroup, ...] = ()
    source: str = ""
    """The file, as it is called to people; '' where there is none."""
    per_second: float | None = None
    """So many devices come onto the network in a second; None: all at once."""
    others: tuple[WantedDevice, ...] = field(default=(), repr=False)
    """Devices without a group: those of the command line."""

    @property
    def count(self) -> int:
        """How many devices there are."""
        return len(self.others) + sum(each.count for each in self.groups)

    @property
    def own_addresses(self) -> int:
        """How many have an IP address of their own."""
        return sum(each.count for each in self.groups if each.addresses)

    def arrives_after(self, before: int) -> float:
        """Seconds from the start until the device comes onto the network before which so many others do."""
        return before / self.per_second if self.per_second else 0.0

    def devices(self, own: OwnAddresses) -> Iterator[WantedDevice]:
        """All of them, with their addresses, which are taken. Raises LabError where the machine has too few."""
        yield from self.others
        for group in self.groups:
            addresses = own.choose(group.addresses, group.count) if group.addresses else [""] * group.count
            for number, address in enumerate(addresses, 1):
                yield group.device(number, address)

    def plan(self, common: FaultPlan | None) -> FaultPlan | None:
        """One plan of what all devices do otherwise (`common`) and what those of each group do; None without any.
        Dice are those of the first that there is."""
        plans = [each for each in (common, *(group.faults for group in self.groups)) if each is not None]
        if len(plans) == (common is not None):
            return common
        from emulator.faults.plan import FaultPlan

        faults = list(() if common is None else common.faults)
        for group in self.groups:
            if group.faults is not None:
                faults += [_of_group(fault, group) for fault in group.faults.faults]
        return FaultPlan(self.source, plans[0].seed, tuple(faults))

    def as_dict(self) -> Mapping[str, object]:
        """Return it for programs."""
        groups = [{"name": each.name, "profile": each.profile.name, "count": each.count} for each in self.groups]
        return {"devices": self.count, "groups": groups, "per_second": self.per_second}


def _of_group(fault: Fault, group: DeviceGroup) -> Fault:
    """The fault of the devices of a group alone, under a name that no other group's has."""
    device = fault.when.device or group_called(group.name)
    return replace(
        fault, when=fault.when.model_copy(update={"name": f"{group.name}: {fault.name}", "device": device})
    )
