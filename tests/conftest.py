"""What all tests share: the published schemas, scanned pages, the check of all we send, the table of formats."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import samba_dc
from format_report import INPUT_PROPERTY, PROPERTY, input_table, table
from hypothesis import settings
from optional_programs import skip_or_fail
from scanned_pages import write_scanned_pages
from sent_messages import problems_of_sent
from slow_tests import LIST, slow_tests

from emulator.layers import EVERYWHERE
from emulator.soap.deviations import Deviations
from emulator.soap.points import ENVELOPE_WRITTEN

PROJECT = Path(__file__).resolve().parents[1]

# An example takes as long as the machine's other work lets it.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--slow", action="store_true",
        help="the tests that are marked slow, too; whoever names files, folders or tests gets theirs anyway",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    # Workers of pytest-xdist read the arguments of who starts them, once more.
    config.option.slow |= config.args_source is pytest.Config.ArgsSource.ARGS


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of the list of slow ones, and leave them out where nobody asks for them; of `slow(after=N)`
    the N first variants are quick."""
    listed = slow_tests(LIST.read_text(encoding="utf-8"))
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    seen: Counter[str] = Counter()
    for item in items:
        name = item.nodeid.partition("[")[0]
        if name in listed or "domain" in getattr(item, "fixturenames", ()):  # a domain takes long to be made
            item.add_marker(pytest.mark.slow(after=listed.get(name, 0)))
        mark = item.get_closest_marker("slow")
        seen[name] += 1
        (kept if mark is None or seen[name] <= mark.kwargs.get("after", 0) else left_out).append(item)
    if not config.option.slow:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What a test is marked to need: `needs(present, reason)`."""
    for mark in item.iter_markers("needs"):
        present, reason = mark.args
        if not present:
            skip_or_fail(reason)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The published schemas and printed messages (tests/data/reference), which an sdist leaves out."""
    folder = PROJECT / "tests" / "data" / "reference"
    if not folder.is_dir():
        skip_or_fail("tests/data/reference is in the repository alone, not in an sdist")
    return folder


@pytest.fixture(scope="session")
def scanned_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pages as scanners bring them (tests/scanned_pages.py)."""
    folder = tmp_path_factory.mktemp("scanned_pages")
    write_scanned_pages(folder)
    return folder


@pytest.fixture(scope="session", autouse=True)
def _state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Identities and manifests of tests do not lie among those of who runs them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DSM_EMULATOR_STATE", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session")
def _domain_controller() -> Iterator[samba_dc.DomainController]:
    # A short path: Samba's sockets lie below it.
    with tempfile.TemporaryDirectory(prefix="dsm-dc-", ignore_cleanup_errors=True) as folder:
        controller = samba_dc.provision(Path(folder))
        try:
            yield controller
        finally:
            controller.kill()


@pytest.fixture
def domain(
    _domain_controller: samba_dc.DomainController, monkeypatch: pytest.MonkeyPatch
) -> samba_dc.DomainController:
    """A running Active Directory domain controller (Samba), alive at the start of each test."""
    monkeypatch.setenv("KRB5_CONFIG", str(_domain_controller.krb5_conf))
    monkeypatch.delenv("DSM_PASSWORD", raising=False)
    _domain_controller.start()
    return _domain_controller


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

    unplug = EVERYWHERE.listen(ENVELOPE_WRITTEN, check)
    try:
        yield
    finally:
        unplug()
    assert not found, "a message of ours departs from the documents:\n" + "\n".join(found)


@pytest.fixture
def no_deviations() -> Iterator[Deviations]:
    """A list of deviations that must still be empty when the test ends."""
    deviations = Deviations()
    yield deviations
    assert not list(deviations), [str(d) for d in deviations]


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes a line that is printed at the end of the run: how much a test has tried."""
    return lambda line: record_property(FIGURES, line)


FIGURES = "figures"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the tests that passed have to show: formats written, files read, what was fuzzed."""
    passed = terminalreporter.stats.get("passed", [])
    tables = {
        PROPERTY: ("formats as programs of others decode them", table),
        INPUT_PROPERTY: ("files of others: read as other readers read them, or refused by name", input_table),
        "fuzzed": ("mutated messages", list),
        "situations": ("twelve situations through four doors", sorted),
        FIGURES: ("errors, kills and power cuts at the store", sorted),
    }
    for wanted, (title, lines) in tables.items():
        rows = [value for report in passed for name, value in report.user_properties if name == wanted]
        if rows:
            terminalreporter.section(title)
            for line in lines(rows):
                terminalreporter.write_line(line)
