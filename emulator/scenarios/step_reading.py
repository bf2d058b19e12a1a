"""Reads one step: which operation it is, whether its table is right, what it names and what it expects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from emulator.disturbance.disturbances import open_plan
from emulator.faults.known_names import there_are
from emulator.options.play import FaultsStep
from emulator.scenarios.draft import Draft
from emulator.scenarios.expectations import mistake_of
from emulator.scenarios.scenario import Operation, Step
from emulator.scenarios.steps import OPERATIONS, operation_for
from emulator.scenarios.steps.expect import EXPECT
from emulator.scenarios.variables import NAME, brought_name
from emulator.toml_files import Location, line_of

_BESIDE: Final = ("as", "expect", "title")
"""What a step has beside its operation."""


class StepReader:
    """Reads the steps of one scenario, in order; what is wrong with them goes into its draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def read(self, index: int, said: Mapping[str, Any]) -> Step | None:
        """The step at that place (from 0); None where something is wrong with it, which is told."""
        place = ("step", index)
        named = [each for each in said if each not in _BESIDE]
        if len(named) > 1:
            self._draft.wrong((*place, named[1]), f"a step does one thing, and this one does {' and '.join(named)}")
            return None
        if not named and "expect" not in said:
            self._draft.wrong(place, f"a step does something: one of {', '.join(OPERATIONS)}")
            return None
        if not named:
            return self._of_expect_alone(index, said)
        (name,) = named
        table = said[name]
        if name not in OPERATIONS:
            self._draft.wrong((*place, name), f"{name!r} is no operation; {there_are(name, OPERATIONS)}")
            return None
        if not isinstance(table, dict):
            self._draft.wrong(
                (*place, name), f"{table!r:.60} is not allowed; a table is wanted: {name} = {{ ... }}"
            )
            return None
        return self._made(index, said, operation_for(name, table), table, said.get("expect", {}))

    def _of_expect_alone(self, index: int, said: Mapping[str, Any]) -> Step | None:
        expected = said["expect"]
        if not isinstance(expected, dict):
            self._draft.wrong(("step", index, "expect"), f"{expected!r:.60} is not allowed; a table is wanted")
            return None
        subject = {name: value for name, value in expected.items() if name in EXPECT.fields}
        rest = {name: value for name, value in expected.items() if name not in subject}
        if not rest:
            self._draft.wrong(("step", index, "expect"), "nothing is expected")
            return None
        return self._made(index, said, EXPECT, subject, rest)

    def _made(
        self, index: int, said: Mapping[str, Any], operation: Operation, table: Mapping[str, Any], expected: Any
    ) -> Step | None:
        before = len(self._draft.problems)
        place = ("step", index)
        inner = (*place, operation.name)
        filled = {
            name: self._draft.filled(value, (*inner, name), brought=name in operation.uses)
            for name, value in table.items()
        }
        expect = self._draft.filled(expected, (*place, "expect"))
        if len(self._draft.problems) > before:
            return None
        unknown = [name for name in filled if name not in operation.fields]
        for name in unknown:
            self._draft.wrong(
                (*inner, name), f"is no field of {operation.name}; {there_are(name, operation.fields)}"
            )
        located = {name: self._draft.located(operation.models, name, value) for name, value in filled.items()}
        own = {name: value for name, value in located.items() if name in operation.own.model_fields}
        given = {name: value for name, value in located.items() if name not in own and name not in unknown}
        made = self._draft.options(operation.own, own, inner)
        if operation.more is not None and not unknown:
            self._draft.options(operation.more, given, inner)
        if isinstance(made, FaultsStep) and (plan := made.plan) is not None:
            self._draft.check((*inner, "plan"), lambda: open_plan(plan, self._draft.roles))
        self._check_uses(operation, filled, inner)
        device = self._device_of(operation, filled, inner)
        self._check_expect(expect, (*place, "expect"))
        brings = self._brings(operation, said, index)
        title = said.get("title", "")
        if not isinstance(title, str):
            self._draft.wrong((*place, "title"), "title is a text")
        if len(self._draft.problems) > before or made is None:
            return None
        line = line_of(place, self._draft.text)
        return Step(index + 1, line, operation, made, given, device, brings, expect, title)

    def _check_uses(self, operation: Operation, filled: Mapping[str, Any], place: Location) -> None:
        for name, kind in operation.uses.items():
            value = filled.get(name)
            if value is None:
                continue
            brought = self._draft.brought.get(brought_name(value) if isinstance(value, str) else "")
            if brought is None:
                there = ", ".join(f"${each}" for each, (of, _) in self._draft.brought.items() if of == kind)
                self._draft.wrong(
                    (*place, name),
                    f"{value!r:.60} is nothing that an earlier step has brought; there are: {there or 'none'}",
                )
            elif brought[0] != kind:
                self._draft.wrong(
                    (*place, name), f"{value} is a {brought[0]} (step {brought[1]}), and a {kind} is wanted"
                )

    def _device_of(self, operation: Operation, said: Mapping[str, Any], place: Location) -> str:
        name = said.get("device")
        if isinstance(name, str):
            if name not in self._draft.devices:
                there = there_are(name, self._draft.devices) if self._draft.devices else "there are no [devices]"
                self._draft.wrong((*place, "device"), f"there is no device {name!r}; {there}")
            return name
        if not operation.at_device or operation.uses.keys() & said.keys():
            return ""
        if len(self._draft.devices) != 1:
            there = (
                f"say which: {', '.join(self._draft.devices)}" if self._draft.devices else "there are no [devices]"
            )
            self._draft.wrong(place, f"{operation.name} is at a device; {there}")
            return ""
        return next(iter(self._draft.devices))

    def _check_expect(self, expect: Any, at: Location) -> None:
        if not isinstance(expect, dict):
            self._draft.wrong(at, f"{expect!r:.60} is not allowed; a table is wanted: expect = {{ ... }}")
            return
        for name, value in expect.items():
            if reason := mistake_of(value):
                self._draft.wrong((*at, name), reason)

    def _brings(self, operation: Operation, said: Mapping[str, Any], index: int) -> str:
        name = said.get("as")
        if name is None:
            return ""
        at = ("step", index, "as")
        if not isinstance(name, str) or NAME.fullmatch(name) is None:
            self._draft.wrong(at, "a name has letters, digits and _, and no digit first")
        elif operation.brings is None:
            which = ", ".join(each.name for each in OPERATIONS.values() if each.brings)
            self._draft.wrong(at, f"{operation.name} brings nothing that has a name; these do: {which}")
        elif name in self._draft.known or name in self._draft.brought:
            self._draft.wrong(at, f"${name} is there already")
        else:
            self._draft.brought[name] = (operation.brings, index + 1)
            return name
        return ""
