"""Which devices are to run, and who each of them is: profile, number and name, and an identity of its own."""

from __future__ import annotations

import logging
import ssl
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from uuid import UUID

from emulator.device.device import ScanDevice
from emulator.device.pace import Speed
from emulator.device.profile import DeviceProfile
from emulator.device.settings import DeviceIdentity, ScannerSettings
from emulator.dpws.hosting import Hosting
from emulator.environment.exit_codes import LabError
from emulator.imaging.decoding.limits import PageLimits
from emulator.layers import Layers
from emulator.network.identity import Claim, Identity, IdentityStore, metadata_digest
from emulator.network.taken_identities import TakenIdentities

_log = logging.getLogger(__name__)

SEED_STEP: Final = 1000
"""Between the seeds of one device and the next, so that no two put out the same letters."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How all devices of a process work."""

    layers: Layers | None = None
    """Of its services, and of the clients that bring events."""
    event_tls: ssl.SSLContext | None = None
    page_limits: PageLimits = field(default_factory=PageLimits)


@dataclass(frozen=True, slots=True)
class WantedDevice:
    """One device that is to run."""

    profile: DeviceProfile
    number: int
    """From 1 among those of its profile; 0: the only one."""
    name: str
    named: bool = False
    """The name is one that the user gave to this device alone."""
    speed: Speed = "max"
    seed: int = 0
    """Of its synthetic pages."""
    location: str = ""
    """ScannerLocation. '': the profile's."""
    group: str = ""
    """Of a fleet's file; '' for devices that were asked for otherwise."""
    habits: tuple[str, ...] = ()
    """Beside those of the profile."""
    address: str = ""
    """An IP address of this machine that is its own alone. '': it is reached as all others are."""

    @property
    def key(self) -> str:
        """Under which its identity is kept."""
        return f"{f'group {self.group}' if self.group else self.profile.name}#{self.number or 1}"

    @property
    def uuid(self) -> UUID | None:
        """The profile's own, which only one device can have."""
        return self.profile.uuid if self.number in (0, 1) else None

    @property
    def names(self) -> tuple[str, ...]:
        """What no two running devices have in common."""
        return (f"device {self.key}", *([f"uuid {self.uuid}"] if self.uuid else []))

    @property
    def serial_number(self) -> str:
        """The profile's, and behind it the number where there are several."""
        parts = (self.profile.serial_number, self.group, str(self.number or ""))
        return "-".join(filter(None, parts))

    @property
    def next(self) -> WantedDevice:
        """The next of its profile."""
        number = (self.number or 1) + 1
        name = self.name if self.named else f"{self.profile.friendly_name} {number}"
        return replace(self, number=number, name=name)

    def digest(self) -> str:
        """Hash of its metadata."""
        identity = Identity(self.uuid or UUID(int=0), 0, 0)
        return metadata_digest(self.device(identity, RunSettings()).metadata("http://localhost"))

    def device(self, identity: Identity, conduct: RunSettings) -> ScanDevice:
        """It, not yet running; requests come through `handle`."""
        return ScanDevice(
            self.profile,
            DeviceIdentity(
                identity.uuid,
                identity.instance_id,
                identity.metadata_version,
                self.name,
                self.serial_number,
                self.location,
            ),
            hosting=Hosting(listen=False, event_tls=conduct.event_tls),
            settings=ScannerSettings(self.speed, self.seed, page_limits=conduct.page_limits),
            layers=conduct.layers,
        )


def wanted_devices(
    profiles: Sequence[DeviceProfile], count: int, name: str, *, speed: Speed = "max", seed: int = 0
) -> list[WantedDevice]:
    """Each profile `count` times. A profile that is named twice counts on.

    - `name`: of the devices, with their number where there are several; '': the profile's own.
    - `speed`: at which they scan.
    - `seed`: of the pages of the first; each further one has another.
    """
    repeats = Counter(profile.name for profile in profiles)
    numbers: Counter[str] = Counter()
    found: list[WantedDevice] = []
    several = len(profiles) * count > 1
    for profile in profiles:
        for _ in range(count):
            numbers[profile.name] += 1
            number = 0 if repeats[profile.name] * count == 1 else numbers[profile.name]
            own = name or profile.friendly_name
            alone = bool(name) and not several
            found.append(WantedDevice(profile, number, own, alone, speed, seed + SEED_STEP * len(found)))
            if number or (name and several):
                found[-1] = replace(found[-1], name=f"{own} {number or len(found)}")
    return found


class DeviceClaims:
    """The identities that the devices of this process have, no two in any process the same. Its methods block for
    some milliseconds and raise LabError where the state folder cannot be used."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the state folder."""
        self._folder = folder
        self._taken = TakenIdentities(folder)

    def claim(self, wanted: Sequence[WantedDevice]) -> list[tuple[WantedDevice, Identity]]:
        """Each device as it will be, and who it is. One that runs already gives way to the next of its profile."""
        try:
            with self._taken as taken:
                found = [_free(each, taken) for each in wanted]
        except OSError as error:
            raise self._unusable(error) from None
        # What a device says of itself decides its MetadataVersion; who it is does not matter there.
        identities = self._identities([Claim(each.key, each.digest(), each.uuid) for each in found])
        return [(each, identities[each.key]) for each in found]

    def again(self, wanted: Sequence[WantedDevice]) -> list[Identity]:
        """Return who devices of this process are that start anew: the same, with other InstanceIds."""
        found = self._identities([Claim(each.key, each.digest(), each.uuid) for each in wanted])
        return [found[each.key] for each in wanted]

    def _identities(self, claims: Sequence[Claim]) -> dict[str, Identity]:
        try:
            return IdentityStore(self._folder).claim(claims)
        except OSError as error:
            raise self._unusable(error) from None

    def _unusable(self, error: OSError) -> LabError:
        return LabError(
            f"the state folder {self._folder} cannot be used: {error.strerror or error}",
            hint="--state names another",
        )

    def give_back(self, wanted: WantedDevice) -> None:
        """A device runs no more: another may be it."""
        try:
            with self._taken as taken:
                taken.give_back(*wanted.names)
        except OSError as error:
            _log.warning("%s cannot be given back: %s", wanted.key, error.strerror or error)

    def close(self) -> None:
        """Give all back."""
        self._taken.close()


def _free(wanted: WantedDevice, taken: TakenIdentities) -> WantedDevice:
    """The device, or the next of its profile whose identity no running device has."""
    elsewhere = taken.has_another(*wanted.names)
    found = wanted
    while not taken.take(*found.names):
        found = found.next
    if elsewhere:
        _log.warning("%s is running already, or its UUID is: this one is %s, %r", wanted.key, found.key, found.name)
    return found
