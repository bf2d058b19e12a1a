"""What steps can do, one module each kind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from emulator.scenarios.scenario import Operation
from emulator.scenarios.steps.actions import ACTIONS_AT_DEVICE
from emulator.scenarios.steps.discover import DISCOVER
from emulator.scenarios.steps.expect import EXPECT
from emulator.scenarios.steps.faults import FAULTS
from emulator.scenarios.steps.pc import FETCH, START_TO, SUBSCRIBE, WAIT_FOR_PC
from emulator.scenarios.steps.remove import REMOVE
from emulator.scenarios.steps.reset import RESET
from emulator.scenarios.steps.scan import SCAN
from emulator.scenarios.steps.start import START
from emulator.scenarios.steps.wait import WAIT

OPERATIONS: Final[Mapping[str, Operation]] = MappingProxyType(
    {
        each.name: each
        for each in (*ACTIONS_AT_DEVICE, START, SCAN, WAIT, DISCOVER, SUBSCRIBE, FETCH, FAULTS, RESET, REMOVE)
    }
)
"""By the name that stands in a step; `expect` alone is one too."""

_OTHER_FORMS: Final = {("start", "to"): START_TO, ("wait", "subscription"): WAIT_FOR_PC}
"""An operation with that field is another one."""

FORMS: Final = (*OPERATIONS.values(), *_OTHER_FORMS.values(), EXPECT)
"""All there is."""


def operation_for(name: str, table: Mapping[str, Any]) -> Operation:
    """The operation that a table of that name is meant for."""
    return next(
        (other for (of, field), other in _OTHER_FORMS.items() if of == name and field in table), OPERATIONS[name]
    )
