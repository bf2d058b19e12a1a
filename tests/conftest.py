"""What all tests share: the shared reference folder, the check of all that we send, the table of formats."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from format_report import PROPERTY, table
from sent_messages import problems_of_sent

from emulator.soap import envelope
from emulator.soap.deviations import Deviations

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference material (protocol examples, schemas, real pages), where it is present."""
    folder = Path(os.environ.get("DSM_SHARED", PROJECT.parent / "shared"))
    if not (folder / "spec").is_dir():
        pytest.skip("the shared reference folder is not here (set DSM_SHARED)")
    return folder


@pytest.fixture(autouse=True)
def all_that_we_send_is_right(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every envelope written during a test is read back: no deviation, valid by schema."""
    if request.node.get_closest_marker("wire_fault") is not None:
        yield
        return
    found: list[str] = []

    def check(data: bytes) -> None:
        problems = problems_of_sent(data)
        if problems:
            found.append(f"{problems}\n{data.decode(errors='replace')}")

    envelope.on_write.append(check)
    try:
        yield
    finally:
        envelope.on_write.remove(check)
    assert not found, "a message of ours departs from the documents:\n" + "\n".join(found)


@pytest.fixture
def no_deviations() -> Iterator[Deviations]:
    """A list of deviations that must still be empty when the test ends."""
    deviations = Deviations()
    yield deviations
    assert not list(deviations), [str(d) for d in deviations]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table format x colour mode of the cells that passed (format_report.py)."""
    passed = terminalreporter.stats.get("passed", [])
    rows = [value for report in passed for name, value in report.user_properties if name == PROPERTY]
    if not rows:
        return
    terminalreporter.section("formats as programs of others decode them")
    for line in table(rows):
        terminalreporter.write_line(line)
