"""The plugin in a repository of somebody else: ten tests as a user writes them, in whatever surroundings."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from built_packages import Environment, build
from programs import PROJECT
from user_repository import PLUGIN, environment_of, left_in, run_pytest, write
from variants import exhaustive

from emulator import BlockingLab


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel in it, and the packages that it needs."""
    folder = tmp_path_factory.mktemp("kit")
    build(folder, "--wheel")
    environment = Environment(folder / "venv")
    environment.install(*folder.glob("*.whl"))
    return environment


def test_ten_tests_of_a_user_with_the_wheel_alone(installed: Environment, tmp_path: Path) -> None:
    """Without pytest-asyncio and the other plugins of the machine."""
    folder = write(tmp_path / "users")
    alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    code, said = run_pytest(folder, "-q", "-pemulator.pytest_plugin", python=installed.python, more=alone)
    assert (code, "10 passed" in said) == (0, True), said
    assert left_in(folder) == []


@pytest.mark.parametrize("seed", ["1", pytest.param("2", marks=exhaustive), pytest.param("3", marks=exhaustive)])
def test_in_any_order_beside_other_plugins(seed: str, installed: Environment, tmp_path: Path) -> None:
    folder = write(tmp_path / "users")
    code, said = run_pytest(
        folder, "-q", "-n2", "-o", "asyncio_mode=auto", python=installed.python, more={"SEED": seed}
    )
    assert (code, "10 passed" in said) == (0, True), said
    assert left_in(folder) == []


@exhaustive
def test_two_hundred_copies_on_eight_workers(installed: Environment, tmp_path: Path) -> None:
    folder = write(tmp_path / "users", copies=20)
    code, said = run_pytest(folder, "-q", "-n8", python=installed.python)
    assert (code, "200 passed" in said) == (0, True), said
    assert left_in(folder) == []


def test_another_scan_server_for_the_same_tests(tmp_path: Path) -> None:
    folder = write(tmp_path / "users")
    with BlockingLab(store=tmp_path / "theirs") as theirs:
        where = f"--dsm-server={theirs.url}", f"--dsm-ca-file={theirs.server.ca_file}"
        code, said = run_pytest(folder, "-q", "-rs", *where, f"--dsm-server-store={tmp_path / 'theirs'}")
        came = len(theirs.server.jobs)
    assert (code, "5 passed, 5 skipped" in said) == (0, True), said
    assert "it asks the embedded scan server, and --dsm-server names" in said
    assert came == 5
    assert left_in(folder) == []


OWN_LOOP = """
import asyncio
import warnings

import pytest


class Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self):
        raise AssertionError("this policy is for the tests alone")


@pytest.fixture(autouse=True, scope="session")
def own_policy():
    asyncio.set_event_loop_policy(Policy())
    yield
    asyncio.set_event_loop_policy(None)


def test_own_policy(dsm_scanner):
    dsm_scanner.scan(pages=1, settings="Resolution=75x75").check()
"""

IN_A_COROUTINE = """
async def test_in_a_running_loop(dsm_scanner):
    dsm_scanner.scan(pages=1, settings="Resolution=75x75").check()
"""

TWICE = """
import sys

import pytest
from open_things import left_of, open_things


def run():
    return pytest.main(["-q", "-pno:cacheprovider", "-pno:asyncio", "-pno:xdist", "--basetemp={base}", *{more!r}])

assert run() == 0
before = open_things()
assert run() == 0
left = left_of(before)
print("LEFT", sorted(left))
"""


def test_a_loop_policy_and_a_running_loop_of_the_user(tmp_path: Path) -> None:
    folder = tmp_path / "users"
    (folder / "tests").mkdir(parents=True)
    (folder / "test_policy.py").write_text(OWN_LOOP, encoding="utf-8")
    code, said = run_pytest(folder, "-q", "-pno:asyncio", "test_policy.py")
    assert code == 0, said
    (folder / "test_loop.py").write_text(IN_A_COROUTINE, encoding="utf-8")
    code, said = run_pytest(folder, "-q", "-o", "asyncio_mode=auto", "test_loop.py")
    assert code == 0, said


def test_no_thread_socket_or_file_is_left_by_any_fixture(tmp_path: Path) -> None:
    """Two sessions in one process: the second leaves no more than the first, in which things are loaded once."""
    folder = write(tmp_path / "users")
    script = folder / "twice.py"
    script.write_text(TWICE.format(base=str(folder / "basetemp"), more=PLUGIN), encoding="utf-8")
    variables = {**environment_of(folder), "PYTHONPATH": str(PROJECT / "tests" / "lab")}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=folder, env=variables, capture_output=True, text=True,
        timeout=280,
    )  # fmt: skip
    assert done.returncode == 0 and "LEFT []" in done.stdout, done.stdout + done.stderr
    assert left_in(folder) == []
    assert re.search(r"10 passed", done.stdout)
