"""What devices on the network will take of this machine, told before they start."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emulator.environment.exit_codes import LabError
from emulator.transport.descriptors import raised_to
from emulator.transport.host_limits import HostLimits
from emulator.transport.interfaces import Interface

BASE_DESCRIPTORS: Final = 40
"""Files, pipes and listeners of a process with one device."""
LEAST_CONNECTIONS: Final = 64
"""Without room for so many at once, clients of the devices would hinder one another."""
BASE_MEMORY: Final = 90 << 20
"""Octets of a process with one device."""
DEVICE_MEMORY: Final = 60 << 10
"""Octets of each further one that does nothing; tests/benchmarks/bench_fleet.py measures it."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Estimated before the start."""

    devices: int
    descriptors: int
    """Files and sockets, with room for some connections."""
    allowed: int | None
    """Of them; None where the system has no limit."""
    memory: int
    """Octets, while the devices do nothing."""
    free: int | None
    """Octets that the machine has left; None where it does not tell."""
    port: int
    """Of HTTP, for all devices; 0: a free one."""

    def as_dict(self) -> Mapping[str, object]:
        """Return it for programs."""
        return {"descriptors": self.descriptors, "allowed": self.allowed, "memory": self.memory, "free": self.free}

    @property
    def connections(self) -> int:
        """So many connections at once have room, at most as many as a host takes."""
        most = HostLimits().connections
        return most if self.allowed is None else min(most, self.allowed - self.descriptors + LEAST_CONNECTIONS)

    def require_room(self) -> None:
        """Raises LabError where the devices would not come to run."""
        if self.allowed is not None and self.descriptors > self.allowed:
            raise LabError(
                f"{self.devices} devices need {self.descriptors} files and sockets, and a process may have "
                f"{self.allowed} here",
                hint=f"ulimit -n {self.descriptors} before it allows more, where the system lets you",
            )
        if self.free is not None and self.memory > self.free:
            raise LabError(
                f"{self.devices} devices need {megabytes(self.memory)} of memory, "
                f"and {megabytes(self.free)} are free",
                hint="fewer devices, or several machines",
            )


def needs_of(devices: int, interfaces: Iterable[Interface], port: int) -> Needs:
    """What so many devices need that are reached on these interfaces. The limit of descriptors is raised where that
    is possible."""
    # Of each interface and family a socket for the group, and one for each address.
    sockets = sum(len(each.addresses) + len({address.version for address in each.addresses}) for each in interfaces)
    descriptors = BASE_DESCRIPTORS + sockets + LEAST_CONNECTIONS
    memory = BASE_MEMORY + DEVICE_MEMORY * max(0, devices - 1)
    allowed = raised_to(descriptors + HostLimits().connections)
    return Needs(devices, descriptors, allowed, memory, _free_memory(), port)


def megabytes(octets: int) -> str:
    """Return it for people."""
    return f"{octets / 1e6:,.0f} MB" if octets < 10e9 else f"{octets / 1e9:,.0f} GB"


def _free_memory() -> int | None:
    if sys.platform != "linux":
        return None
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None
