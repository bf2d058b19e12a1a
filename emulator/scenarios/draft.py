"""What of a scenario has been read up to now, and all that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from emulator.device.profile import ProfileError
from emulator.environment.exit_codes import LabError
from emulator.environment.option_model import Options, WrongOption, fields_of
from emulator.faults.alteration import Role
from emulator.faults.known_names import there_are
from emulator.options.play import DeviceTable
from emulator.scenarios.scenario import Kind
from emulator.scenarios.variables import NoVariable, Value, filled_in
from emulator.toml_files import Location, TomlProblem, problem_at

M = TypeVar("M", bound=Options)

_NAMED_FILES: Final = frozenset({"documents", "profile", "scan_process"})
"""Fields that take a name or a file."""


class Draft:
    """Of one file."""

    def __init__(self, text: str, folder: Path, roles: Sequence[Role]) -> None:
        """These are its parameters.

        - `text`: of the file, for the lines.
        - `folder`: that it is in.
        - `roles`: whose faults a plan may have.
        """
        self.text = text
        self.folder = folder
        self.roles = roles
        self.problems: list[TomlProblem] = []
        self.known: dict[str, Value] = {}
        """Variables."""
        self.devices: dict[str, DeviceTable] = {}
        self.brought: dict[str, tuple[Kind, int]] = {}
        """Kind and step of what the steps bring that have been read, by its name."""
        self.later: dict[str, int] = {}
        """The step of each name that any step brings."""

    def wrong(self, location: Location, reason: str) -> None:
        """Something is wrong there."""
        self.problems.append(problem_at(location, reason, self.text))

    def check(self, location: Location, work: Callable[[], object]) -> None:
        """Take what `work` raises for what is wrong there."""
        try:
            work()
        except (LabError, ProfileError) as error:
            self.wrong(location, re.sub(r"^--\w+:? ", "", str(error)))  # the option that it would be of

    def options(self, model: type[M], given: Mapping[str, Any], place: Location) -> M | None:
        """The model of a table; None where something is wrong, which is told."""
        try:
            return model.of(**given)
        except WrongOption as error:
            option = error.option.strip("'")
            self.wrong((*place, option) if option else place, error.says.removeprefix(": "))
        return None

    def filled(self, value: Any, place: Location, *, brought: bool = False) -> Any:
        """The value with variables filled in; None where one is not known, which is told. `brought`: what steps
        bring may stand there."""
        try:
            return filled_in(value, self.known, self.brought if brought else {})
        except NoVariable as error:
            self.wrong(place, self._no_variable(str(error)))
            return None

    def _no_variable(self, name: str) -> str:
        if name in self.brought:
            return f"${name} is what step {self.brought[name][1]} brings, and no value"
        if name in self.later:
            return f"${name} is what step {self.later[name]} brings, which comes later"
        return f"there is no variable ${name}; {there_are(name, self.known) if self.known else 'there are none'}"

    def located(self, models: Sequence[type[Options]], name: str, value: Any) -> Any:
        """Files that a field of these models names are meant as beside the scenario."""
        kinds = {field.name: field.kind for model in models for field in fields_of(model).values()}
        if kinds.get(name) == "path":
            if isinstance(value, list):
                return [str(self.folder / each) if isinstance(each, str) else each for each in value]
            return str(self.folder / value) if isinstance(value, str) and value else value
        if name in _NAMED_FILES and isinstance(value, str) and (self.folder / value).is_file():
            return str(self.folder / value)
        return value
