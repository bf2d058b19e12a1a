"""Answers of a device, altered, as `scanimage` of SANE with the sane-airscan backend takes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from message_bench import plan_of
from PIL import Image
from scan_service_bench import device
from test_device_sane import scanimage

from emulator.disturbance.disturber import disturb
from emulator.disturbance.ledger import Ledger
from emulator.faults.alteration import At, Role
from emulator.faults.alterations import alterations_at
from emulator.faults.plan import read_plan

READS, FAILS = True, False
ROWS = (
    (At.PACKAGE, "delimiter-without-crlf", READS),
    (At.PACKAGE, "bare-lf", FAILS),
    (At.PACKAGE, "parts-swapped", FAILS),
    (At.PACKAGE, "no-closing-delimiter", FAILS),
    (At.PACKAGE, "no-line-break-first", READS),
    (At.PACKAGE, "part-missing", FAILS),
    (At.PACKAGE, "base64", FAILS),
    (At.PACKAGE, "content-id-missing", READS),
    (At.PACKAGE, "attachment-truncated", FAILS),
    (At.PACKAGE, "boundary-unquoted", READS),
    (At.ENVELOPE, "indented", READS),
    (At.ENVELOPE, "odd-prefixes", READS),
    (At.ENVELOPE, "bom", READS),
    (At.ENVELOPE, "utf-16", READS),
    (At.ENVELOPE, "soap-1.1", FAILS),
    (At.ENVELOPE, "namespace-2006-01", FAILS),
    (At.ENVELOPE, "relates-to-wrong", READS),
    (At.ENVELOPE, "header-last", READS),
)


@pytest.mark.parametrize(("at", "name", "reads"), ROWS, ids=[f"{at}-{name}" for at, name, _ in ROWS])
async def test_what_scanimage_makes_of_it(at: At, name: str, reads: bool, tmp_path: Path) -> None:
    plan = plan_of(alterations_at(at)[name], "RetrieveImage" if at is At.PACKAGE else "*", {})
    ledger = Ledger(read_plan(plan, "plan.toml").for_roles({Role.DEVICE}))
    async with device(tmp_path / "spool", sheets=1) as running:
        unplug = disturb(ledger, {Role.DEVICE}, running.layers, "MFP")
        code, said = await scanimage(running, tmp_path, "--mode", "Gray", "--resolution", "75", "-o", "page.png")
        unplug()
    assert ledger.firings
    if reads:
        assert code == 0, said
        with Image.open(tmp_path / "page.png") as page:
            page.load()
    else:
        assert code != 0, said
