"""A setting of the user's that cannot be made, told with what this device has and how it is set."""

from __future__ import annotations

from emulator.device.profile import DeviceProfile
from emulator.environment.exit_codes import LabError
from emulator.environment.next_step import command_line
from emulator.wsscan.everyday_words import called
from emulator.wsscan.settings import SettingError
from emulator.wsscan.values.configuration import ScannerConfiguration


def setting_refused(error: SettingError, profile: DeviceProfile, named: str) -> LabError:
    """The error for people; its hint is a setting that can be made. `named`: what the profile was named by."""
    has = _has(profile.configuration()).get(error.path.rpartition("/")[2], ())
    message = error.at(profile.friendly_name, has)
    value = error.reason.split("'")[1] if error.allowed and error.reason.count("'") > 1 else ""
    meant = [each for each in called(error.path, value, error.allowed)[1] if each in has]
    if meant:
        hint = f"--set {error.path}={meant[0]} sets it"
    elif error.allowed:
        hint = f"{command_line('profiles', 'show', named)} tells what the device can do"
    else:
        hint = "docs/scan-settings.md has all settings and their values"
    return LabError(message, hint=hint)


def _has(configuration: ScannerConfiguration) -> dict[str, tuple[str, ...]]:
    """Last name of a path -> what the device has."""
    sources = configuration.input_sources
    areas = [area for name in sources if (area := configuration.source(name)) is not None]
    return {
        "Format": configuration.device_settings.formats,
        "ContentType": configuration.device_settings.content_types,
        "InputSource": sources,
        "FilmScanMode": configuration.film_scan_modes,
        "ColorProcessing": tuple(dict.fromkeys(color for area in areas for color in area.colors)),
    }
