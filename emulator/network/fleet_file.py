"""Reads the file of a fleet. What is wrong with it is told with file and line, and nothing has run then."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from emulator.device.pace import Speed
from emulator.device.profile import DeviceProfile, ProfileError, load_profile
from emulator.disturbance.disturbances import habits_of, open_plan
from emulator.environment.exit_codes import ExitCode, LabError
from emulator.faults.alteration import Role
from emulator.network.address_pool import AddressRange, read_addresses
from emulator.network.fleet import DeviceGroup, Fleet
from emulator.network.patterns import Pattern, read_pattern
from emulator.soap.fault import not_in_xml
from emulator.toml_files import (
    Location,
    TomlFileError,
    TomlProblem,
    parse_toml,
    problem_at,
    read_toml,
    reason_of,
)

T = TypeVar("T")

MAX_FLEET: Final = 1024 * 1024
"""Octets of a fleet's file that are read."""
MAX_GROUPS: Final = 1000
MAX_DEVICES: Final = 10_000
_TOLD: Final = 20
"""Mistakes that are shown."""
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_Text = Annotated[str, Field(min_length=1, max_length=200)]


def _listed(value: Any) -> Any:
    """One is a list of one."""
    return [value] if isinstance(value, str) else value


_Texts = Annotated[list[_Text], BeforeValidator(_listed), Field(min_length=1, max_length=MAX_DEVICES)]


class FleetError(TomlFileError):
    """A file of a fleet that cannot be read, or that says what cannot be. `str()` is one line and names the first
    problem; `problems` holds them all."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Group(_Table):
    """[groups.NAME]"""

    profile: _Text = "office-mfp"
    count: Annotated[int, Field(ge=1, le=MAX_DEVICES)] = 1
    names: _Texts | None = None
    places: _Texts | None = None
    habits: list[_Text] = Field(default_factory=list)
    faults: _Text | None = None
    addresses: _Texts | None = None
    speed: Literal["real", "max"] | None = None
    seed: Annotated[int, Field(ge=0)] | None = None


class _Arrival(_Table):
    """[arrival]"""

    per_second: Annotated[float, Field(gt=0, le=MAX_DEVICES, allow_inf_nan=False)]


class _File(_Table):
    arrival: _Arrival | None = None
    groups: Annotated[dict[str, _Group], Field(min_length=1, max_length=MAX_GROUPS)]


def open_fleet(path: Path, roles: Sequence[Role], *, speed: Speed = "max", seed: int = 0) -> Fleet:
    """The fleet of a file.

    - `roles`: whose faults the plans of its groups may have;
    - `speed`, `seed`: of groups that say none.

    Raises LabError, which names every mistake.
    """
    try:
        return read_fleet(read_toml(path, MAX_FLEET, "fleet", FleetError), path, roles, speed=speed, seed=seed)
    except FleetError as error:
        more = [f"{path}{'' if each.line is None else f':{each.line}'}: {each}" for each in error.problems[1:_TOLD]]
        raise LabError(f"--fleet {error}", ExitCode.USAGE, hint="\n".join(more)) from None


def read_fleet(text: str, path: Path, roles: Sequence[Role], *, speed: Speed = "max", seed: int = 0) -> Fleet:
    """The fleet that a text says. Raises FleetError.

    - `path`: of its file, beside which it looks for others.
    - `roles`: whose faults the plans of its groups may have.
    - `speed`, `seed`: of groups that say none.
    """
    source = str(path)
    table = parse_toml(text, source, FleetError)
    try:
        file = _File.model_validate(table)
    except ValidationError as error:
        raise FleetError(
            source, [problem_at(each["loc"], _reason(each), text) for each in error.errors()]
        ) from None
    draft = _Draft(text, path.parent, tuple(roles))
    read = [draft.group(name, said, speed, seed) for name, said in file.groups.items()]
    groups = [each for each in read if each is not None]
    if not draft.problems:
        draft.require_told_apart(groups)
    if draft.problems:
        raise FleetError(source, draft.problems)
    return Fleet(tuple(groups), source, None if file.arrival is None else file.arrival.per_second)


class _Draft:
    """What of one file has been read up to now."""

    def __init__(self, text: str, folder: Path, roles: tuple[Role, ...]) -> None:
        self.problems: list[TomlProblem] = []
        self._text = text
        self._folder = folder
        self._roles = roles
        self._profiles: dict[str, DeviceProfile] = {}
        self._ranges: dict[str, tuple[AddressRange, ...]] = {}

    def group(self, name: str, said: _Group, speed: Speed, seed: int) -> DeviceGroup | None:
        """A group of the file; what is wrong with it is noted. None where its profile is none."""
        place = ("groups", name)
        if _NAME.fullmatch(name) is None:
            self._wrong(place, "a group's name has letters, digits, '.', '_' and '-', at most 64")
        profile = self._checked((*place, "profile"), lambda: self._profile(said.profile))
        names = said.names or []
        if not names and profile is not None:
            names = [f"{profile.friendly_name} {name}".replace("{", "{{").replace("}", "}}")]
        habits = tuple(said.habits)
        self._checked((*place, "habits"), lambda: habits_of(habits, self._roles))
        plan = None
        if said.faults is not None:
            path = self._folder / said.faults
            plan = self._checked((*place, "faults"), lambda: open_plan(path, self._roles))
        ranges: tuple[AddressRange, ...] = ()
        if said.addresses is not None:
            addresses = said.addresses
            ranges = self._checked((*place, "addresses"), lambda: read_addresses(addresses)) or ()
            if ranges and (there := sum(map(len, ranges))) < said.count:
                self._wrong((*place, "addresses"), f"{said.count} devices and {there} addresses: each has its own")
        patterns = self._names((*place, "names"), names, said.count)
        places = self._patterns((*place, "places"), said.places or [])
        if profile is None:
            return None
        return DeviceGroup(
            name,
            profile,
            said.count,
            patterns,
            places,
            habits,
            ranges,
            said.speed or speed,
            seed if said.seed is None else said.seed,
            plan,
        )

    def require_told_apart(self, groups: Sequence[DeviceGroup]) -> None:
        """No two devices have one name: `press` and fault plans could not tell them apart."""
        whose: dict[str, str] = {}
        for group in groups:
            for number in range(1, group.count + 1):
                name = group.device(number).name
                if name.casefold() in whose:
                    told = f"two devices are {name!r:.80}, of {whose[name.casefold()]} and of {group.name}"
                    self._wrong(("groups", group.name, "names"), f"{told}: {{n}} tells them apart")
                    break
                whose[name.casefold()] = group.name
        if (count := sum(group.count for group in groups)) > MAX_DEVICES:
            self._wrong(
                ("groups", groups[-1].name, "count"), f"{count} devices; one process has {MAX_DEVICES} at most"
            )

    def _profile(self, name: str) -> DeviceProfile:
        """Return that of a name, as of `run`: one that comes along, or a file beside the fleet's own."""
        if name not in self._profiles:
            beside = self._folder / name
            is_file = name.endswith(".toml") or "/" in name or "\\" in name
            self._profiles[name] = load_profile(str(beside) if is_file else name)
        return self._profiles[name]

    def _names(self, place: Location, said: Sequence[str], count: int) -> tuple[Pattern, ...]:
        """One name for several devices is numbered, as that of `run --name`."""
        found = self._patterns(place, said)
        if len(found) == 1 and count > 1 and not found[0].counts:
            return (Pattern(f"{found[0].text} {{n}}"),)
        return found

    def _patterns(self, place: Location, said: Sequence[str]) -> tuple[Pattern, ...]:
        found = (self._checked(place, partial(_speakable_pattern, text)) for text in said)
        return tuple(each for each in found if each is not None)

    def _checked(self, place: Location, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except (LabError, ProfileError, ValueError) as error:
            self._wrong(place, re.sub(r"^--\w+:? ", "", str(error)))  # the option that it would be of
        return None

    def _wrong(self, place: Location, reason: str) -> None:
        self.problems.append(problem_at(place, reason, self._text))


def _speakable_pattern(text: str) -> Pattern:
    """Raises ValueError."""
    if found := not_in_xml(text):
        raise ValueError(f"{found} is no character of XML 1.0: no message can hold it")
    return read_pattern(text)


def _reason(error: Mapping[str, Any]) -> str:
    location = error["loc"]
    if tuple(location) == ("groups",) and error["type"] in ("missing", "too_short"):
        return "a fleet without devices is none: [groups.NAME]"
    if len(location) == 1:
        table: type[BaseModel] = _File
    else:
        table = _Arrival if location[0] == "arrival" else _Group
    return reason_of(error, list(table.model_fields))
