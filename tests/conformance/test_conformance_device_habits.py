"""No false alarm: a device with one habit of real devices is blamed for what it breaks, and for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from blamed import Blamed, blamed_by
from judged_device import judged
from mutant_matrix import BLAMED
from variants import exhaustive

from emulator.conformance.check import Subject, all_checks
from emulator.conformance.runner import FIRST, Run
from emulator.device.profile import list_named_devices
from emulator.faults.alterations import device
from emulator.faults.habits import PRESETS, Role, habits
from emulator.reports.verdict import Verdict

pytestmark = pytest.mark.wire_fault
CHECKS = all_checks(Subject.DEVICE)
QUICK: Final = [id for id, each in CHECKS.items() if not each.slow]
OF_LENIENT: Final = frozenset(
    {"addressing/fault/message-information-header-required", "addressing/reply-to/elsewhere-refused"}
)
"""Our devices read what others refuse: they are warned for it with every habit and without."""


_OWN_DEFAULT: Final = "wscn/default-scan-ticket/can-be-submitted"
_MEASURED: Final = (
    "wscn/ticket/resolution",
    "wscn/ticket/scaling",
    "wscn/validation/region-absent",
    "wscn/wire/lengths-in-thousandths-of-an-inch",
    "wscn/wire/resolutions-in-pixels-per-inch",
    "wscn/wire/scaling-in-percent",
)
"""Checks that count the pixels of an inch."""
HABITS: Final[dict[str, Blamed]] = {
    "fault-on-200": blamed_by("soap/http/other-faults-500", "soap/http/sender-fault-400", "wscn/fault/http-status"),
    "images-to-transfer-0": blamed_by(
        _OWN_DEFAULT,
        "wscn/validation/zero-images-of-feeder",
        "wscn/validation/zero-images-of-platen",
        why="its own DefaultScanTicket has 0",
    ),
    "empty-feeder-job-id-not-found": blamed_by(
        "wscn/fault/client-error-no-images-available", "wscn/create-scan-job/empty-feeder"
    ),
    "empty-feeder-not-accepting": blamed_by(
        "wscn/fault/client-error-no-images-available", "wscn/create-scan-job/empty-feeder"
    ),
    "sizes-swapped": blamed_by(
        "wscn/validate-scan-ticket/valid",
        why="it refuses a medium as large as it says that it takes",
    ),
    "region-ignored": blamed_by(
        "wscn/validation/region-absent",
        "wscn/validation/region-wholly-outside",
        "wscn/wire/lengths-in-thousandths-of-an-inch",
        why="what has the size of the whole medium says nothing of resolution and scaling",
    ),
    "keep-alive-breaks": blamed_by(
        why="who takes no jobs for a while is not blamed for it: most checks are not run"
    ),
    "panel-alone": blamed_by(why="the first job is refused", ordinary_job=False),
    "back-without-duplex": blamed_by("wscn/adf/back-only-when-duplex"),
    "job-information-wanted": blamed_by(_OWN_DEFAULT, why="its own DefaultScanTicket has none"),
    "two-prefixes": blamed_by("dsc/wire/prefixes-mean-nothing"),
    "one-line-wanted": blamed_by(
        why="the judge writes in one line, and no clause of a device speaks of white space"
    ),
    "other-resolution": blamed_by(
        *_MEASURED,
        "wscn/final-parameters/override",
        "wscn/must-honor/false-when-absent",
        "wscn/validation/unsupported-value-substituted",
        why="it tells the resolution that was asked for, also of 7 pixels per inch, and has twice as many pixels",
    ),
    "action-without-response": blamed_by(
        "addressing/action/of-a-response",
        "dpws/get/response",
        "eventing/namespace/of-2004-08",
        "notes/c-14/response-action-with-response",
        "wscn/wire/response-action",
    ),
    "no-ipv4-address": blamed_by("wsdapi/xaddrs/first-is-reachable", why="[::1] is nobody here"),
}
IN_CI: Final = ("fault-on-200", "back-without-duplex")


def test_every_habit_of_real_devices_was_read() -> None:
    of_devices = {each.name for each in PRESETS if Role.DEVICE in each.roles}
    of_devices |= {each.name for each in device.ALTERATIONS if each.name in habits()}
    assert of_devices == set(HABITS)
    assert all(each.by <= set(CHECKS) for each in HABITS.values())


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=[] if each in IN_CI else [exhaustive]) for each in HABITS]
)
async def test_a_habit_is_blamed_for_its_own_clauses_and_for_nothing_else(name: str, tmp_path: Path) -> None:
    await blames(HABITS[name], tmp_path, habits=(name,))


def blamed(run: Run) -> frozenset[str]:
    """Ids of the checks that blame the device, beside those that blame each of ours."""
    return frozenset(each.id for each in run.judged if each.verdict in BLAMED) - OF_LENIENT - {FIRST}


async def blames(wanted: Blamed, folder: Path, **options: Any) -> None:
    run, _ = await judged(folder, QUICK, **options)
    assert (run.verdict(FIRST) is Verdict.PASSED) is wanted.ordinary_job, run.judged[0]
    found = blamed(run)
    said = {each.id: each.evidence.met for each in run.judged if each.id in found ^ wanted.by}
    assert found == wanted.by, said
    assert not [each for each in run.judged if each.verdict is Verdict.ERROR]


NAMED = {each.name: each for each in list_named_devices()}


@exhaustive
@pytest.mark.parametrize("name", NAMED)
async def test_a_named_device_is_blamed_for_its_habits_and_for_nothing_else(
    name: str, tmp_path: Path, figures: Callable[[str], None]
) -> None:
    profile = NAMED[name]
    wanted = frozenset().union(*(HABITS[each].by for each in profile.habits if each in HABITS))
    run, _ = await judged(tmp_path, QUICK, profile=profile, habits=profile.habits)
    found = blamed(run)
    figures(f"{name}: first job {run.verdict(FIRST)}, blamed for {', '.join(sorted(found)) or 'nothing'}")
    assert found <= wanted, {each.id: each.evidence.met for each in run.judged if each.id in found - wanted}
