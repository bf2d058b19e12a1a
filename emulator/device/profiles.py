"""Device profiles as commands ask for them."""

from __future__ import annotations

from emulator.device.profile import (
    DeviceProfile,
    ProfileError,
    list_named_devices,
    list_profiles,
    load_profile,
    profile_file,
)
from emulator.environment.exit_codes import LabError
from emulator.environment.next_step import profile_hint


def profiles() -> list[DeviceProfile]:
    """The profiles that come along, by name; behind them those of named devices, with their habits."""
    return [*list_profiles(), *list_named_devices()]


def profile_of(name_or_path: str) -> DeviceProfile:
    """A profile by name or file. Raises LabError."""
    try:
        return load_profile(name_or_path)
    except ProfileError as error:
        raise LabError(str(error), hint=profile_hint(name_or_path)) from None


def profile_text(name_or_path: str) -> str:
    """The TOML of a profile that has no mistake, with its comments, as it stands in its file. Raises LabError."""
    profile_of(name_or_path)
    return profile_file(name_or_path).read_text(encoding="utf-8")


def check_profile(name_or_path: str) -> tuple[list[str], list[str]]:
    """Mistakes and warnings of a profile, one line each."""
    try:
        return [], load_profile(name_or_path).warnings()
    except ProfileError as error:
        return [f"{error.source}{'' if p.line is None else f':{p.line}'}: {p}" for p in error.problems], []
