"""A scenario that has been read: its devices, what acts on them, and its steps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from emulator.environment.option_model import Options
from emulator.options.play import DeviceTable
from emulator.toml_files import TomlFileError, line_of

if TYPE_CHECKING:
    from emulator.scenarios.stage import Stage

Kind: TypeAlias = Literal["job", "pc"]
"""Of what a step brings: a post-scan job, a PC."""

Met: TypeAlias = dict[str, Any]
"""What a step met, as JSON has it: `expect` is compared with it."""


class ScenarioError(TomlFileError):
    """A scenario that cannot be read, or that says what cannot be. `str()` is one line and names the first problem;
    `problems` holds them all."""


@dataclass(frozen=True, slots=True)
class Operation:
    """What a step can do. Its table has the fields of `own` and of `more`."""

    name: str
    does: str
    """In a sentence."""
    own: type[Options]
    perform: Callable[[Stage, Step], Awaitable[Met]]
    """Does it. Raises LabError."""
    more: type[Options] | None = None
    """An action of `press`, a scan, what is waited for."""
    names: frozenset[str] | None = None
    """Which fields of `more`; None: all."""
    uses: Mapping[str, Kind] = field(default_factory=dict)
    """Fields that name what an earlier step has brought."""
    brings: Kind | None = None
    """What `as` gives a name to."""
    at_device: bool = True
    """Whether it is done at a device, which need not be named where there is one alone."""

    @property
    def models(self) -> tuple[type[Options], ...]:
        """The models that its table's fields are of."""
        return (self.own,) if self.more is None else (self.own, self.more)

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of all that its table may have."""
        more = () if self.more is None else self.more.model_fields
        chosen = [name for name in more if self.names is None or name in self.names]
        return tuple(dict.fromkeys((*self.own.model_fields, *chosen)))


@dataclass(frozen=True, slots=True)
class Step:
    """One step."""

    number: int
    """From 1."""
    line: int | None
    operation: Operation
    own: Options
    """What the operation's own model says."""
    given: Mapping[str, Any]
    """The rest, by the names of `Operation.more`."""
    device: str
    """Which of the devices; '' where it is at none."""
    brings: str = ""
    """Under which name what it brings is known (`as`)."""
    expect: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""

    @property
    def id(self) -> str:
        """Within its scenario: `03-wait`."""
        return f"{self.number:02}-{self.operation.name}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """All of it."""

    name: str
    """As results call it."""
    source: str
    """The file, as it is called to people."""
    text: str = field(repr=False)
    title: str
    devices: Mapping[str, DeviceTable]
    steps: tuple[Step, ...]
    faults: Path | None = None
    habits: tuple[str, ...] = ()
    directory: Path | None = None
    delivery: Path | None = None
    strict: bool = False
    variables: frozenset[str] = frozenset()
    """Names of its [vars]."""

    def place(self, step: Step, *below: str | int) -> str:
        """File and line of a step, or of what stands in it."""
        line = line_of(("step", step.number - 1, *below), self.text) or step.line
        return self.source if line is None else f"{self.source}:{line}"
