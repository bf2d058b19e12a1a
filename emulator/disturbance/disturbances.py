"""`--faults FILE` and `--hooks FILE.py`: what a program of ours is made to do otherwise."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emulator.environment.exit_codes import ExitCode, LabError
from emulator.faults.alteration import Role
from emulator.layers import AlreadyHandled, Layers, Unplug
from emulator.toml_files import TomlFileError

if TYPE_CHECKING:  # who has no plan pays nothing for plans
    from emulator.device.scanner import VirtualScanner
    from emulator.disturbance.hooks import Hooks
    from emulator.disturbance.ledger import Ledger
    from emulator.faults.behaviours import Behaviour
    from emulator.faults.counting import Firing
    from emulator.faults.habits import Habit
    from emulator.faults.plan import Fault, FaultPlan

DEVICE_ROLES: Final = (Role.DEVICE, Role.CLIENT)
"""Of a device: it is asked, scans, and sends its jobs to a scan server."""
JOB_ROLES: Final = (Role.CLIENT, Role.DEVICE)
"""Of a job: the same, and what it sends comes first."""
SERVER_ROLES: Final = (Role.SERVER,)
_log = logging.getLogger(__name__)
_VALIDATE: Final = "dsm-emulator faults validate FILE names every mistake"
_TABLES: Final = "faults given as tables"
"""How a plan without a file is called."""


def open_plan(path: Path, roles: Sequence[Role] | None = None) -> FaultPlan:
    """The plan of a file; with `roles`, one for a program that has them. Raises LabError with file and line."""
    from emulator.faults.plan import PlanError

    try:
        plan = _read(path)
        return plan if roles is None else plan.for_roles(roles)
    except PlanError as error:
        raise LabError(f"--faults {error}", ExitCode.USAGE, hint=_VALIDATE) from None


def plan_of_tables(faults: Sequence[Mapping[str, object]], roles: Sequence[Role]) -> FaultPlan:
    """The plan of these faults, each a table as a TOML file has it. Raises LabError."""
    from emulator.faults.plan import PlanError, plan_of

    try:
        return plan_of({"fault": [dict(each) for each in faults]}, _TABLES).for_roles(roles)
    except PlanError as error:
        raise LabError(str(error), ExitCode.USAGE) from None


def habits_of(names: Sequence[str], roles: Sequence[Role]) -> Sequence[Habit]:
    """The habits of those names, for a program that has these roles. Raises LabError."""
    if not names:
        return ()
    from emulator.faults.habits import UnknownHabit, habits_named

    try:
        return habits_named(names, roles)
    except UnknownHabit as error:
        raise LabError(f"--habit: {error}", ExitCode.USAGE, hint="dsm-emulator faults list tells of each") from None


def check_plan(path: Path) -> tuple[FaultPlan | None, list[str]]:
    """The plan of a file, or every mistake in it, a line each."""
    from emulator.faults.plan import PlanError

    try:
        return _read(path), []
    except PlanError as error:
        lines = [f"{path}{'' if each.line is None else f':{each.line}'}: {each}" for each in error.problems]
        return None, lines


def _read(path: Path) -> FaultPlan:
    from emulator.faults.plan import MAX_PLAN, PlanError, read_plan
    from emulator.toml_files import read_toml

    return read_plan(read_toml(path, MAX_PLAN, "fault plan", PlanError).encode(), str(path))


class Disturbances:
    """A fault plan and hooks for all that runs in a program: devices, jobs, the embedded scan server."""

    def __init__(
        self, plan: FaultPlan | None = None, hooks: Hooks | None = None, habits: Sequence[Habit] = ()
    ) -> None:
        self.ledger: Ledger | None = None
        """None without a plan."""
        self.habits = habits
        self._hooks: Hooks = hooks or {}
        self._listeners: list[Callable[[Firing], None]] = []
        self._plugs: list[_Plug] = []
        if plan is not None:
            from emulator.disturbance.ledger import Ledger

            self.ledger = Ledger(plan, self._listeners)
        self._first = self.ledger

    @classmethod
    def of(
        cls,
        faults: Path | None,
        hooks: Path | None,
        habits: Sequence[str],
        roles: Sequence[Role],
        whole: Callable[[FaultPlan | None], FaultPlan | None] = lambda plan: plan,
    ) -> Disturbances:
        """Those of the options. Raises LabError before anything runs.

        - `roles`: all that the program has, in the order of FaultPlan.for_roles.
        - `whole`: makes the plan that acts of the one that the options say.
        """
        plan = whole(None if faults is None else open_plan(faults, roles))
        named = habits_of(habits, roles)
        if hooks is None:
            return cls(plan, None, named)
        from emulator.disturbance.hooks import read_hooks

        return cls(plan, read_hooks(hooks), named)

    @property
    def wanted(self) -> bool:
        """Whether there is anything to do."""
        return self.ledger is not None or bool(self._hooks) or bool(self.habits)

    @property
    def behaviours(self) -> frozenset[Behaviour]:
        """What the embedded scan server does otherwise within itself."""
        if not self.habits:
            return frozenset()
        from emulator.faults.habits import behaviours_of

        return behaviours_of(self.habits)

    @property
    def firings(self) -> Sequence[Firing]:
        """What has fired, in order."""
        return [] if self.ledger is None else self.ledger.firings

    @property
    def plan(self) -> FaultPlan | None:
        """The plan that acts now."""
        return None if self.ledger is None else self.ledger.plan

    @property
    def unfired(self) -> Sequence[Fault]:
        """Faults that should have fired and have not, since the start or the last reset."""
        return [] if self.ledger is None else self.ledger.unfired

    @property
    def never_fired(self) -> Sequence[Fault]:
        """Faults that should have fired and never did, before a reset or after it: of the plan of the start, and of
        the one that acts now."""
        ledgers = dict.fromkeys((self._first, self.ledger))
        return [fault for each in ledgers if each is not None for fault in each.never_fired]

    def change(self, plan: FaultPlan | None) -> None:
        """Have this plan act in place of the one before, at all that is plugged in, with new counts; None: no plan.
        In the event loop's thread. Raises LabError where it cannot be; the one before acts then as it did."""
        before = self.ledger
        ledger = None
        if plan is not None:
            from emulator.disturbance.ledger import Ledger

            ledger = Ledger(plan, self._listeners)
        try:
            self._act_by(ledger)
        except LabError:
            self._act_by(before)
            raise

    def _act_by(self, ledger: Ledger | None) -> None:
        for each in self._plugs:
            each.unplug()
        self.ledger = ledger
        for each in self._plugs:
            each.plug()

    async def start_over(self) -> None:
        """The plan of the start acts again, and everything is counted anew."""
        if self._first is not None:
            self._first.forget()
        if self.ledger is not self._first:
            self._act_by(self._first)

    def listen(self, listener: Callable[[Firing], None]) -> Unplug:
        """Have `listener` told of each firing, before what it does goes out."""
        self._listeners.append(listener)

        def unplug() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unplug

    def plug_server(self, layers: Layers, context: ssl.SSLContext | None = None) -> Unplug:
        """Have them act at the embedded scan server of these layers, and return what takes them away. `context`: by
        which it serves. Raises LabError where two would act at one point, or a certificate cannot be made."""
        return self._plug(SERVER_ROLES, layers, context=context)

    def plug_device(
        self,
        scanner: VirtualScanner,
        layers: Layers,
        *also: str,
        habits: Sequence[str] = (),
        context: ssl.SSLContext | None = None,
        plugged: Callable[[], None] = lambda: None,
    ) -> Unplug:
        """Have them act at a device, and return what takes them away.

        - `layers`: of the device, its services and its client.
        - `also`: how a plan may call it beside its name.
        - `habits`: names of those that the device has of its own.
        - `context`: by which it serves, where that is known.
        - `plugged`: called each time that they have been plugged in, for another plan too.

        Raises LabError where two would act at one point, or a certificate cannot be made.
        """
        names = (scanner.name, *also)
        return self._plug(
            DEVICE_ROLES, layers, *names, habits=habits, scanner=scanner, context=context, plugged=plugged
        )

    def _plug(
        self,
        roles: Sequence[Role],
        layers: Layers,
        *names: str,
        habits: Sequence[str] = (),
        scanner: VirtualScanner | None = None,
        context: ssl.SSLContext | None = None,
        plugged: Callable[[], None] = lambda: None,
    ) -> Unplug:
        own = habits_of(habits, roles)
        plug = _Plug(
            lambda: self._plugged(roles, layers, *names, habits=own, scanner=scanner, context=context), plugged
        )
        plug.plug()
        self._plugs.append(plug)

        def unplug() -> None:
            if plug in self._plugs:
                self._plugs.remove(plug)
            plug.unplug()

        return unplug

    def _plugged(
        self,
        roles: Sequence[Role],
        layers: Layers,
        *names: str,
        habits: Sequence[Habit],
        scanner: VirtualScanner | None,
        context: ssl.SSLContext | None,
    ) -> Unplug:
        with ExitStack() as plugged:
            try:
                for point, hook in self._hooks.items():
                    plugged.callback(layers.handle(point, hook, name=f"--hooks: {point.name}"))
                if self.ledger is not None or self.habits or habits:
                    from emulator.disturbance.disturber import disturb
                    from emulator.disturbance.ledger import Ledger
                    from emulator.faults.habits import faults_of
                    from emulator.faults.plan import FaultPlan

                    always = faults_of([*self.habits, *habits])
                    ledger = self.ledger or Ledger(FaultPlan("", 0, ()))
                    plugged.callback(
                        disturb(ledger, roles, layers, *names, always=always, scanner=scanner, context=context)
                    )
            except TomlFileError as error:  # of the plan
                raise LabError(f"--faults {error}", ExitCode.USAGE, hint=_VALIDATE) from None
            except AlreadyHandled as error:
                raise LabError(
                    f"two would act at one point: {error}",
                    ExitCode.USAGE,
                    hint="say it in the fault plan or in a hook, not in both",
                ) from None
            return plugged.pop_all().close


class _Plug:
    """Where the plan acts: it is taken away and plugged in anew when there is another one."""

    def __init__(self, make: Callable[[], Unplug], plugged: Callable[[], None]) -> None:
        """`make` plugs it in; `plugged` is told each time."""
        self._make = make
        self._plugged = plugged
        self._unplug: Unplug | None = None

    def plug(self) -> None:
        """Have the plan of now act there. Raises LabError."""
        self._unplug = self._make()
        self._plugged()

    def unplug(self) -> None:
        """Nothing acts there any more."""
        unplug, self._unplug = self._unplug, None
        if unplug is not None:
            unplug()


def unfired_told(unfired: Sequence[Fault]) -> str:
    """One line that names faults which never fired; '' where there is none."""
    if not unfired:
        return ""
    first = unfired[0]
    line = "" if first.line is None else f" (line {first.line})"
    more = f" and {len(unfired) - 1} more" if len(unfired) > 1 else ""
    return f"the fault {first.name!r}{line}{more} never happened"


def require_fired(unfired: Sequence[Fault], *, must: bool) -> None:
    """What has run until it was stopped tells of faults that never happened: a warning in the log, or with `must`
    an error. Raises LabError."""
    told = unfired_told(unfired)
    if told and must:
        raise LabError(told, ExitCode.FAILED, hint="may_miss = true lets a fault not happen")
    if told:
        _log.warning("%s", told)
