"""Reads scenarios. What is wrong with one is told with file and line, all of it, and nothing has run then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emulator.device.profile import load_profile
from emulator.disturbance.disturbances import JOB_ROLES, SERVER_ROLES, habits_of, open_plan
from emulator.environment.directories import open_directory
from emulator.environment.options import LdapOptions
from emulator.faults.known_names import there_are
from emulator.options.play import DeviceTable
from emulator.resources import resource_folder
from emulator.scan_server.delivery_file import delivery_settings
from emulator.scenarios.draft import Draft
from emulator.scenarios.scenario import Scenario, ScenarioError
from emulator.scenarios.step_reading import StepReader
from emulator.scenarios.variables import NAME, Value
from emulator.toml_files import TomlProblem, named_file, parse_toml, problem_at, read_toml, reason_of
from emulator.trace.lines import one_line

MAX_SCENARIO: Final = 1024 * 1024
"""Octets of a scenario that are read."""
MAX_STEPS: Final = 1000
MAX_DEVICES: Final = 100


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    title: Annotated[str, Field(min_length=1, max_length=200)]
    faults: str | None = None
    habits: list[str] = Field(default_factory=list)
    directory: str | None = None
    delivery: str | None = None
    strict: bool = False
    vars: dict[str, str | int | float | bool] = Field(default_factory=dict)
    devices: Annotated[dict[str, dict[str, Any]], Field(max_length=MAX_DEVICES)] = Field(default_factory=dict)
    step: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_STEPS)]


def shipped_scenarios() -> Path:
    """The folder of those that come along."""
    return resource_folder("profiles") / "scenarios"


def open_scenario(
    name_or_path: Path, variables: Mapping[str, Value], *, known_as: str = "", server: bool = True
) -> Scenario:
    """The scenario of a file, or one that comes along by its name.

    - `variables`: in place of those of its [vars];
    - `known_as`: as results shall call it; '': as its file is called;
    - `server`: the embedded scan server takes part, and fault plans may be of it too.

    Raises ScenarioError.
    """
    path = named_file(str(name_or_path), shipped_scenarios())
    if path is None:
        known = sorted(each.stem for each in shipped_scenarios().glob("*.toml"))
        reason = f"no file and no scenario that comes along; there are: {', '.join(known)}"
        raise ScenarioError(str(name_or_path), [TomlProblem("", reason)])
    text = read_toml(path, MAX_SCENARIO, "scenario", ScenarioError)
    draft = Draft(text, path.parent, (*JOB_ROLES, *SERVER_ROLES) if server else JOB_ROLES)
    return _read(draft, path, variables, known_as or one_line(path.stem))


def _read(draft: Draft, path: Path, variables: Mapping[str, Value], name: str) -> Scenario:
    """Raises ScenarioError."""
    source, text = str(path), draft.text
    table = parse_toml(text, source, ScenarioError)
    try:
        file = _File.model_validate(table)
    except ValidationError as error:
        fields = list(_File.model_fields)
        raise ScenarioError(
            source,
            [
                problem_at(each["loc"], _steps_wanted(each) or reason_of(each, fields), text)
                for each in error.errors()
            ],
        ) from None
    for variable in file.vars:
        _require_name(draft, "vars", variable)
    draft.known = {each: variables.get(each, value) for each, value in file.vars.items()}
    for device, said in file.devices.items():
        _take_device(draft, device, said)
    faults = _file(draft, file.faults, "faults", lambda path: open_plan(path, draft.roles))
    draft.check(("habits",), lambda: habits_of(file.habits, draft.roles))
    directory = _file(draft, file.directory, "directory", _require_directory)
    delivery = _file(draft, file.delivery, "delivery", delivery_settings)
    if delivery is not None and not set(SERVER_ROLES) & set(draft.roles):
        draft.wrong(("delivery",), "is of the embedded scan server, and the jobs go to another one")
    for number, step in enumerate(file.step, 1):
        if isinstance(brought := step.get("as"), str):
            draft.later.setdefault(brought, number)
    reader = StepReader(draft)
    steps = [each for index, step in enumerate(file.step) if (each := reader.read(index, step)) is not None]
    if draft.problems:
        raise ScenarioError(source, draft.problems)
    return Scenario(
        name,
        source,
        text,
        file.title,
        draft.devices,
        tuple(steps),
        faults,
        tuple(file.habits),
        directory,
        delivery,
        file.strict,
        frozenset(file.vars),
    )


def _require_name(draft: Draft, table: str, name: str) -> None:
    if NAME.fullmatch(name) is None:
        draft.wrong((table, name), "a name has letters, digits and _, and no digit first")


def _require_directory(path: Path) -> None:
    """Raises LabError."""
    open_directory(path, None, LdapOptions()).close()


def _take_device(draft: Draft, name: str, said: Mapping[str, Any]) -> None:
    place = ("devices", name)
    _require_name(draft, *place)
    filled = draft.filled(said, place)
    if filled is None:
        return
    located = {field: draft.located((DeviceTable,), field, value) for field, value in filled.items()}
    made = draft.options(DeviceTable, located, place)
    if made is not None:
        draft.devices[name] = made
        draft.check((*place, "profile"), lambda: load_profile(made.profile))


def _file(
    draft: Draft, said: str | None, name: str, check: Callable[[Path], object] = lambda path: None
) -> Path | None:
    """A file that stands at the top, which must be there."""
    found = draft.filled(said, (name,))
    if not isinstance(found, str) or not found:
        return None
    path = draft.folder / found
    if not path.exists():
        draft.wrong((name,), f"{path} is not there")
    else:
        draft.check((name,), lambda: check(path))
    return path


def _steps_wanted(error: Mapping[str, Any]) -> str:
    """What a scenario without steps is told."""
    if tuple(error["loc"]) == ("step",) and error["type"] in ("missing", "too_short"):
        return "a scenario without steps shows nothing: [[step]]"
    return ""


def read_all(
    paths: Sequence[Path], variables: Mapping[str, Value], *, server: bool = True
) -> tuple[list[Scenario], list[str]]:
    """The scenarios of these files, and every mistake in all of them, a line each. A variable of the command line
    must be one of any of them."""
    found: list[Scenario] = []
    mistakes: list[str] = []
    for path, name in zip(paths, _names(paths), strict=True):
        try:
            found.append(open_scenario(path, variables, known_as=name, server=server))
        except ScenarioError as error:
            for each in error.problems:
                mistakes.append(f"{error.source}{'' if each.line is None else f':{each.line}'}: {each}")
    if not mistakes:
        known = frozenset().union(*(each.variables for each in found))
        for name in sorted(variables.keys() - known):
            there = there_are(name, known) if known else "there are none"
            mistakes.append(f"--var {name}: no [vars] of these scenarios has it; {there}")
    return found, mistakes


def _names(paths: Sequence[Path]) -> Iterator[str]:
    """Each path's own name; the whole where two are alike, and with a number where the same comes again."""
    stems = [one_line(path.stem) for path in paths]
    seen: dict[str, int] = {}
    for path, stem in zip(paths, stems, strict=True):
        name = stem if stems.count(stem) == 1 else one_line(path.with_suffix("").as_posix())
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}-{seen[name]}"
