"""The fleet that `run` puts onto the network, as its options say it: of a file, or of profiles and a count."""

from __future__ import annotations

from typing import Final

from emulator.device.profile import DeviceProfile, ProfileError, load_profile
from emulator.disturbance.disturbances import DEVICE_ROLES, SERVER_ROLES
from emulator.environment.exit_codes import LabError
from emulator.environment.next_step import profile_hint
from emulator.network.device_claims import wanted_devices
from emulator.network.fleet import Fleet
from emulator.options.run import NetworkOptions
from emulator.soap.fault import not_in_xml

RUN_ROLES: Final = (*DEVICE_ROLES, *SERVER_ROLES)
"""Jobs that are started at a device may go to the embedded scan server."""


def fleet_of(options: NetworkOptions) -> Fleet:
    """Return that of its file, or one of profiles and a count. Raises LabError."""
    if options.fleet is None:
        profiles = [profile_called(name) for name in options.profiles]
        wanted = wanted_devices(
            profiles, options.count, speakable(options.name), speed=options.speed, seed=options.seed
        )
        return Fleet(others=tuple(wanted))
    from emulator.network.fleet_file import open_fleet

    given = NetworkOptions.model_fields
    for field, said in (("profiles", "PROFILE"), ("count", "--count"), ("name", "--name")):
        if getattr(options, field) != given[field].default:
            raise LabError(f"--fleet and {said} exclude one another: the file says it of each group")
    fleet = open_fleet(options.fleet, RUN_ROLES, speed=options.speed, seed=options.seed)
    if fleet.own_addresses and options.advertise:
        raise LabError(
            "--advertise tells one address of all devices, and the fleet gives them addresses of their own"
        )
    return fleet


def profile_called(profile: str) -> DeviceProfile:
    """The profile of that name, or of that file. Raises LabError."""
    try:
        return load_profile(profile)
    except ProfileError as error:
        raise LabError(str(error), hint=profile_hint(profile)) from None


def speakable(name: str) -> str:
    """A name that messages can hold. Raises LabError."""
    if found := not_in_xml(name):
        raise LabError(f"--name: {found} is no character of XML 1.0: no message can hold it")
    return name
