"""What somebody writes who tests with the plugin, outside this source: ten tests, a fault plan, an ini file."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from built_packages import bare_variables

TEN = """
import socket
import threading
from urllib.parse import urlsplit

import pytest

QUICK = ("Format=png", "Resolution=75x75", "ColorProcessing=Grayscale8")


def test_a_scan_arrives(dsm_scanner, dsm_server):
    job = dsm_scanner.scan(pages=2, settings=QUICK)
    job.check(images=2)
    assert dsm_server.jobs[0].page_count() == 2


def test_it_starts_clean(dsm_lab, dsm_server):
    assert dsm_server.jobs == () and list(dsm_server.store.glob("[!.]*")) == []
    assert dsm_lab.journal.since(dsm_lab.journal.last).entries == ()
    assert dsm_lab.scanner.state == "Idle" and dsm_lab.lab.fired == []


@pytest.mark.dsm(documents="office-day")
def test_the_truth_of_a_page_is_known(dsm_scanner, dsm_server):
    dsm_scanner.scan(pages=1, settings=QUICK).check(images=1)
    (page,) = dsm_server.jobs[0].truth
    assert page.kind and page.words[0].text


@pytest.mark.dsm(profile="flatbed")
def test_another_profile(dsm_scanner):
    assert dsm_scanner.profile.name == "flatbed"
    dsm_scanner.scan(pages=1, settings=QUICK).check(images=1)


def test_a_jam_is_waited_out(dsm_scanner):
    def dog_ear(page):
        if page == 1:
            dsm_scanner.jam("ADF")
            threading.Timer(0.05, dsm_scanner.clear).start()

    dsm_scanner.scan(pages=2, settings=QUICK, on_page=dog_ear).check(images=2)


CUT = {"name": "cut", "at": "wire", "operation": "SendImage", "image": 1, "do": "close", "offset": 1000}


@pytest.mark.dsm(faults=[CUT])
def test_an_image_is_repeated(dsm_lab, dsm_scanner, dsm_server):
    dsm_scanner.scan(pages=1, settings=QUICK).check(images=1)
    assert [each.name for each in dsm_lab.lab.fired] == ["cut"]
    assert len(dsm_server.jobs[0].images) == 1


@pytest.mark.dsm(faults="jam.toml")
def test_a_plan_in_a_file(dsm_lab, dsm_scanner):
    number = dsm_scanner.start(pages=3, settings=QUICK)
    dsm_scanner.wait(conditions="MediaJam", within=60)
    dsm_scanner.clear()
    dsm_scanner.wait(job=number, outcome="Completed", within=60)


def test_each_user_has_his_job(dsm_scanner, dsm_server):
    dsm_scanner.scan(pages=1, settings=QUICK, user="ann").check()
    dsm_scanner.scan(pages=1, settings=QUICK, user="demo").check()
    assert [job.user for job in dsm_server.jobs] == ["ann@contoso.example", "demo@contoso.example"]


def test_it_is_proved(dsm_lab, dsm_scanner):
    job = dsm_scanner.scan(pages=1, settings=QUICK)
    dsm_lab.verify(job).check()


def test_a_device_on_the_network(dsm_lab):
    where = urlsplit(dsm_lab.device.xaddrs[0])
    socket.create_connection((where.hostname, where.port), timeout=5).close()
    dsm_lab.device.load(sheets=1, replace=True)
    dsm_lab.device.scan(settings=QUICK).check(images=1)
"""

JAM = """
[[fault]]
name = "jam at page 2"
at = "page"
page = 2
do = "MediaJam"
"""

INI = """
[pytest]
addopts = --strict-markers --strict-config
filterwarnings = error
"""

SHUFFLED = """
import os
import random


def pytest_collection_modifyitems(items):
    random.Random(os.environ.get("SEED", "0")).shuffle(items)
"""

PLUGIN = [] if entry_points(group="pytest11", name="dsm_emulator") else ["-pemulator.pytest_plugin"]
"""What loads the plugin in the environment of the tests, which may be older than its entry point."""


def write(folder: Path, copies: int = 1) -> Path:
    """Write it, with so many copies of its ten tests; the folder."""
    (folder / "tests").mkdir(parents=True)
    (folder / "pytest.ini").write_text(INI, encoding="utf-8")
    (folder / "conftest.py").write_text(SHUFFLED, encoding="utf-8")
    (folder / "tests" / "jam.toml").write_text(JAM, encoding="utf-8")
    for number in range(copies):
        (folder / "tests" / f"test_scans_{number}.py").write_text(TEN, encoding="utf-8")
    return folder


def environment_of(folder: Path) -> dict[str, str]:
    """Variables of somebody whose home cannot be used and whose state is none of ours; temporary files lie in
    `folder`/temporary, so that what is left can be counted."""
    temporary = folder / "temporary"
    temporary.mkdir(exist_ok=True)
    gone = str(folder / "no" / "home")
    ours = ("PYTEST", "DSM_", "CI", "BUILD_NUMBER")  # by the last two pytest writes more where it builds
    return {
        **{name: value for name, value in bare_variables().items() if not name.startswith(ours)},
        **dict.fromkeys(("HOME", "USERPROFILE", "LOCALAPPDATA"), gone),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary)),
        "DSM_EMULATOR_STATE": str(folder / "users-own-state"),
        "COLUMNS": "100",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def run_pytest(
    folder: Path, *arguments: str, python: Path | None = None, more: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run pytest in that repository, with the plugin loaded however it is installed here; exit code and output."""
    with_asyncio = "-pno:asyncio" not in arguments and "PYTEST_DISABLE_PLUGIN_AUTOLOAD" not in (more or {})
    options = ["-o", "asyncio_default_fixture_loop_scope=function"] if with_asyncio else []
    if python is None:
        options += PLUGIN
    always = ("-m", "pytest", "-p", "no:cacheprovider", "-W", "error", f"--basetemp={folder / 'basetemp'}")
    done = subprocess.run(
        [str(python or sys.executable), *always, *options, *arguments],
        cwd=folder,
        env={**environment_of(folder), **(more or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=280,
    )
    return done.returncode, done.stdout + done.stderr


def left_in(folder: Path) -> list[str]:
    """What a run has left in the temporary files and in the state folder that is the user's own."""
    state = folder / "users-own-state"
    return sorted(path.name for path in (folder / "temporary").iterdir()) + ["state"] * state.exists()
