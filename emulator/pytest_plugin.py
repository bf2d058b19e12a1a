"""The plugin of pytest: a scanner, a scan server and the truth of every page in other people's tests
(docs/pytest.md). It imports nothing of the package until a test asks for one of its fixtures,
or somebody has a peer judged."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.lab.blocking import BlockingLab, BlockingScanner, BlockingServer
    from emulator.pytest_lab.dsm_lab import DsmLab

_OPTIONS = (
    ("server", "URL", "Scan server that jobs go to, in place of the embedded one."),
    ("server-store", "DIR", "What that server stores in, where it can be read: `dsm_lab.verify` looks there."),
    ("ca-file", "FILE", "PEM of the roots that it is trusted by (default: the system's)."),
    ("client-cert", "FILE", "Certificate that it is shown, PEM or PKCS#12."),
    ("client-key", "FILE", "Key of that certificate."),
    ("client-password-file", "FILE", "File with the password of key or PKCS#12."),
    ("directory", "DIR|URL", "Users and scan processes (default: the office that comes along)."),
    ("user", "NAME", "Whose jobs they are."),
    ("check-server", "URL", "Collect the conformance checks of scan servers, asked of this one."),
    ("check-device", "URL", "Collect the conformance checks of devices, asked of the one with these metadata."),
    ("waivers", "FILE", "Departures of that peer that are known and allowed for a time (TOML)."),
    ("check-report", "DIR", "Where their reports go: the page, the messages, the results."),
    ("check-args", "ARGS", "More options of `dsm-emulator check`, behind dsm_check_args."),
)
_INI = (
    ("dsm_profile", "string", "Device profile of `dsm_scanner` and `dsm_lab.device`.", "office-mfp"),
    ("dsm_faults", "string", "Fault plan of every test that names none; from the folder of the ini file.", ""),
    ("dsm_documents", "string", "Document set that every scan of a test that names none is of.", ""),
    ("dsm_habits", "linelist", "In what the embedded scan server and devices depart from the documents.", None),
    ("dsm_delivery", "string", "Delivery file; from the folder of the ini file.", ""),
    ("dsm_strict", "bool", "The embedded scan server and devices refuse every deviation.", False),
    ("dsm_multicast", "bool", "Devices on the network say Hello and answer Probes to all.", False),
    ("dsm_peer_deviations", "string", "Deviations of the peer in a test: fail or ignore.", "ignore"),
    ("dsm_allow", "linelist", "Ids of deviations that are allowed in every test.", None),
    ("dsm_check_args", "args", "More options of `dsm-emulator check` where a peer is to be judged.", None),
)

_PACKAGE = Path(__file__).parent
_ERRORS_OF = "emulator.environment.exit_codes"
"""Where LabError is."""

_LAB = pytest.StashKey["DsmLab"]()
_NOT_PASSED = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What can be said on the command line and in the ini file."""
    group = parser.getgroup("dsm", "virtual scanner for Distributed Scan Management")
    for name, metavar, text in _OPTIONS:
        group.addoption(f"--dsm-{name}", metavar=metavar, default=None, help=text)
    group.addoption("--dsm-insecure", action="store_true", help="That scan server is trusted whoever it is.")
    group.addoption(
        "--dsm-peer-deviations",
        choices=("fail", "ignore"),
        default=None,
        help="Whether a test fails on deviations of the peer (default: dsm_peer_deviations).",
    )
    for name, kind, text, default in _INI:
        parser.addini(name, text, kind, default)  # type: ignore[arg-type]  # one of the words that it lists


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, for --strict-markers; have the checks collected where a peer is to be judged."""
    config.addinivalue_line(
        "markers",
        "dsm(profile=..., faults=..., documents=..., allow=...): the device profile, fault plan and document set "
        "of dsm_lab in this test, and ids of deviations that are allowed",
    )
    if config.getoption("dsm_check_server") or config.getoption("dsm_check_device"):
        from emulator.pytest_checks.items import ChecksPlugin

        config.pluginmanager.register(ChecksPlugin(config), "dsm-checks")


@pytest.fixture(scope="session")
def dsm_lab_arguments() -> dict[str, Any]:
    """Override it: arguments of `emulator.Lab` that go before what options and ini file say."""
    return {}


@pytest.fixture(scope="session")
def dsm_lab_session(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory, dsm_lab_arguments: dict[str, Any]
) -> Iterator[BlockingLab]:
    """The lab (`emulator.BlockingLab`) of all tests of this process. What a test leaves in it the next one finds;
    `dsm_lab` is the same lab, clean."""
    from emulator.pytest_lab.session import lab_of_session

    with lab_of_session(pytestconfig, tmp_path_factory.mktemp("dsm-state"), dsm_lab_arguments) as lab:
        yield lab


@pytest.fixture
def dsm_lab(request: pytest.FixtureRequest, dsm_lab_session: BlockingLab) -> Iterator[DsmLab]:
    """The lab of this test: as at its start, with the profile, faults and documents of the marker `dsm`. At the end
    the test fails on deviations of ours and on faults that have never happened, on those of the peer by option."""
    from emulator.pytest_lab.dsm_lab import DsmLab
    from emulator.pytest_lab.settings import settings_of

    item = request.node
    lab = DsmLab(dsm_lab_session, settings_of(item))
    item.stash[_LAB] = lab
    failure = lab.begin()
    if failure:
        pytest.fail(failure, pytrace=False)
    try:
        yield lab
    finally:
        findings = lab.end(passed=not item.stash.get(_NOT_PASSED, False))
    if findings:
        pytest.fail("\n".join(findings), pytrace=False)


@pytest.fixture
def dsm_scanner(dsm_lab: DsmLab) -> BlockingScanner:
    """`dsm_lab.scanner`."""
    from emulator.environment.exit_codes import LabError
    from emulator.pytest_lab.session import said

    try:
        return dsm_lab.scanner
    except LabError as error:
        pytest.fail(said(error), pytrace=False)


@pytest.fixture
def dsm_server(dsm_lab: DsmLab) -> BlockingServer:
    """`dsm_lab.server`: the embedded scan server from its own side. A test that asks for it is skipped where
    --dsm-server names another one."""
    return dsm_lab.server


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails tells what has happened: `DSM conversation`, `Deviations`, `Journal`."""
    if call.excinfo is not None and call.excinfo.type.__module__ == _ERRORS_OF and not item.config.option.fulltrace:
        _end_at_the_users_line(call.excinfo.tb)
    report = yield
    if report.passed or (lab := item.stash.get(_LAB, None)) is None or item.stash.get(_NOT_PASSED, False):
        return report
    item.stash[_NOT_PASSED] = True
    if report.failed:
        report.sections.extend(lab.sections())
    return report


def _end_at_the_users_line(traceback: TracebackType) -> None:
    """Our own lines say nothing to a user whom the error tells what is wrong; --full-trace shows them."""
    while traceback.tb_next is not None:
        if _PACKAGE in Path(traceback.tb_next.tb_frame.f_code.co_filename).parents:
            traceback.tb_next = None
            return
        traceback = traceback.tb_next
