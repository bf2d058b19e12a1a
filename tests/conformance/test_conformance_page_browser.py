"""report.html as a person meets it: in a browser with scripts off, light and dark, and by axe without findings.

DSM_PICTURES=1 makes the picture of docs/pictures anew.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from judged_server import LIMITS, judged_peer, order
from mutant import Mutant, accepted
from optional_programs import needs_package, needs_program
from programs import PROJECT

from emulator.conformance.check import all_checks
from emulator.conformance.judging import judge
from emulator.conformance.server_judging import judging_of_server

pytestmark = pytest.mark.wire_fault
playwright = needs_package("playwright.sync_api")
CHROMIUM = needs_program("chromium")
AXE = PROJECT / "tests" / "data" / "axe" / "axe.min.js"
PICTURE = PROJECT / "docs" / "pictures" / "report.png" if os.environ.get("DSM_PICTURES") else None
ENDED = "dsp/answer/cancel-of-an-ended-job"
TWICE = Mutant(ENDED, "accepted", (accepted("CancelPostScanJob"),))


async def _judged(folder: Path) -> Path:
    """The report of a server that takes what it has to refuse."""
    ids = [id for id in all_checks() if id.startswith(("dsp/answer/", "dsp/header/", "dsp/job-state/"))]
    async with judged_peer(folder, TWICE) as peer:
        checks = [all_checks()[id] for id in ids]
        await judge(judging_of_server(peer.url, order(), checks, limits=LIMITS, report=folder / "report"))
    return folder / "report" / "report.html"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    return asyncio.run(_judged(tmp_path_factory.mktemp("judged"))).as_uri()


def test_a_person_reads_it_without_scripts(report: str) -> None:
    with playwright.sync_playwright() as tool:
        chromium = tool.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            _reads(chromium, report)
            for scheme in ("light", "dark"):
                assert _findings(chromium, report, scheme) == []
        finally:
            chromium.close()


def _reads(chromium: Any, report: str) -> None:
    context = chromium.new_context(viewport={"width": 1100, "height": 1350}, java_script_enabled=False)
    page = context.new_page()
    page.goto(report)
    # What fails is open, with what came; what passes is a line that opens.
    failed = page.locator(f"details[id='{ENDED}']")
    assert failed.locator("mark, pre").first.is_visible()
    assert "CancelPostScanJobResponse" in failed.inner_text()
    assert "Embedded DSM scan server" in page.locator("table").first.inner_text()
    shut = page.locator("details:not([open])").first.get_attribute("id")
    passed = page.locator(f"details[id='{shut}']")
    passed.locator("summary").click()
    assert passed.locator("dl").is_visible()
    passed.locator("summary").click()
    if PICTURE is not None:
        page.goto(report)  # from the top
        page.screenshot(path=PICTURE)
    context.close()


def _findings(chromium: Any, report: str, scheme: str) -> list[str]:
    context = chromium.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(report)
    page.evaluate("() => { for (const each of document.querySelectorAll('details')) each.open = true; }")
    page.add_script_tag(path=AXE)
    found = page.evaluate("() => axe.run()")
    context.close()
    return [each["id"] for each in found["violations"]]
