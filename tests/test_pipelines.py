"""The workflows, the action and the snippets for pipelines: pinned, with options that our commands have, and the
steps of the action done as GitHub does them. On GitHub, GitLab, Azure and Jenkins themselves none has been run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from docs_pages import File, steps
from optional_programs import needs_program
from programs import COMMAND, PROJECT, environment, server
from variants import exhaustive

from emulator.cli.tables import SUMMARIES

FILES = [
    *sorted((PROJECT / ".github" / "workflows").glob("*.yml")),
    PROJECT / "action.yml",
    *sorted((PROJECT / "docs" / "pipelines").iterdir()),
]
ACTION: dict[str, Any] = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))


def commands_of(text: str) -> list[tuple[list[str], list[str]]]:
    """Every command line of ours in a file: its names, its options."""
    found = []
    for line in re.findall(r"(?:dsm-emulator|-m emulator) ([^'\"\n|;&]*)", text):
        for part in re.split(r"\s--\s", line):
            words = part.removeprefix("dsm-emulator ").split()
            names = []
            while words and re.fullmatch(r"[a-z-]*[a-z]", words[0]) and not words[0].startswith("-"):
                names.append(words.pop(0))
            if names and names[0] in SUMMARIES:
                found.append((names, [word for word in words if word.startswith("--")]))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_action_is_pinned_and_every_option_is_one(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for used in re.findall(r"uses: (\S+)", text):
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used), used
    for names, options in commands_of(text):
        told = subprocess.run(
            [*COMMAND, *names, "--help"],
            env=environment(),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert told.returncode == 0, names
        for option in options:
            assert re.search(rf"{re.escape(option)}\b", told.stdout), (option, names)


def test_commands_are_found() -> None:
    """Else nothing would be looked at."""
    assert sum(len(commands_of(path.read_text(encoding="utf-8"))) for path in FILES) >= 6


def test_what_the_page_has_somebody_copy_installs_the_extra_that_it_uses() -> None:
    """The documents are an extra; the environment of the tests has it, a pipeline's has not."""
    copied = [each.text for each in steps(PROJECT / "docs" / "pipeline.md") if isinstance(each, File)]
    using = [text for text in copied if "--documents" in text]
    assert len(using) == 2
    for text in using:
        (installed,) = re.findall(r"pip install (.+)", text)
        assert "[documents]" in installed, installed


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".yml"], ids=lambda path: path.name)
def test_it_is_yaml(path: Path) -> None:
    assert list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def test_zizmor_finds_nothing() -> None:
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    program = shutil.which("zizmor", path=beside) or needs_program("zizmor")
    done = subprocess.run(
        [program, "--offline", "--persona", "regular", "--no-progress", ".github/workflows", "action.yml"],
        cwd=PROJECT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def step(ident: str, inputs: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Do one step of the action as GitHub does: its `env` from the inputs, its `run` by bash."""
    (found,) = [each for each in ACTION["runs"]["steps"] if each.get("id") == ident]
    given = {name: str(about.get("default", "")) for name, about in ACTION["inputs"].items()} | inputs
    assert found["shell"] == "bash"
    told = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: given[match[1]], value)
        for name, value in found["env"].items()
    }
    own = Path(sys.executable).parent
    variables = environment() | told | {
        "PATH": f"{own}{os.pathsep}{os.environ['PATH']}", "GITHUB_ACTION_PATH": str(PROJECT),
        "GITHUB_OUTPUT": str(folder / "outputs"), "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }  # fmt: skip
    return subprocess.run(
        [needs_program("bash"), "--noprofile", "--norc", "-eo", "pipefail", "-c", found["run"]], env=variables,
        cwd=folder, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


START = "dsm-emulator press start --device 'Office MFP' --set InputSource=Platen"


@pytest.mark.parametrize(("command", "code"), [(START, 0), pytest.param("exit 4", 4, marks=exhaustive)])
def test_the_steps_of_the_action(command: str, code: int, tmp_path: Path) -> None:
    inputs = {"command": command, "devices": "1 flatbed", "server": "true"}
    done = step("run", inputs, tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    told = step("report", inputs, tmp_path)
    assert told.returncode == 0, told.stderr
    outputs = dict(line.split("=", 1) for line in (tmp_path / "outputs").read_text().splitlines())
    assert outputs.keys() == ACTION["outputs"].keys()
    assert (tmp_path / outputs["junit"]).is_file() and int(outputs["failed"]) == (code != 0)
    assert int(outputs["passed"]) == (0 if code else 3)
    assert outputs["html"] == "" and "dsm-emulator 0" in (tmp_path / "summary.md").read_text()


WAIVED = "addressing/fault/message-information-header-required"
FEW = ["dsp/answer/cancel-of-an-ended-job", WAIVED]
WAIVERS = f"""
[[waiver]]
check = "{WAIVED}"
peer = "*"
because = "it is read, and told"
until = 2099-12-31
seen = "GetPostScanJobElementsResponse"
"""


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a scan server."""
    with server("--http", cwd=tmp_path_factory.mktemp("server")) as (ready, _):
        yield ready["url"]


def test_the_action_judges_a_scan_server(judged: str, tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").write_text(WAIVERS, encoding="utf-8")
    (tmp_path / WAIVED[:-1]).parent.mkdir(parents=True)
    (tmp_path / WAIVED[:-1]).touch()  # what a pattern of ids must not be taken for
    select = " ".join(f"--select {each[:-3]}*" for each in FEW)
    inputs = {"check": "server", "url": judged, "waivers": "waivers.toml", "options": select}
    done = step("run", inputs, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert step("report", inputs, tmp_path).returncode == 0
    outputs = dict(line.split("=", 1) for line in (tmp_path / "outputs").read_text().splitlines())
    assert (outputs["passed"], outputs["failed"], outputs["waived"]) == ("3", "0", "1")
    assert WAIVED in (tmp_path / outputs["html"]).read_text("utf-8")
    summary = (tmp_path / "summary.md").read_text("utf-8")
    assert judged in summary and "3 passed, 1 waived" in summary


@pytest.mark.parametrize(
    "inputs",
    [{}, {"check": "server"}, {"check": "server", "url": "http://127.0.0.1/", "command": "true"}],
    ids=["nothing", "no url", "both"],
)
def test_the_action_wants_a_command_or_somebody_to_judge(inputs: dict[str, str], tmp_path: Path) -> None:
    done = step("run", inputs, tmp_path)
    assert done.returncode == 2 and ("command says" in done.stderr or "check wants" in done.stderr)


SNIPPETS = {
    "Jenkinsfile": r"sh '(.*check server.*)' ",
    "azure-pipelines.yml": r"script: (.*check server.*)",
    "gitlab-component.yml": r"- (.*check server.*)",
}
FEWER = """#!/bin/sh
exec {python} -m emulator "$@" {select}
"""


@pytest.mark.parametrize(
    "name",
    [each if each == "gitlab-component.yml" else pytest.param(each, marks=exhaustive) for each in SNIPPETS],
)
def test_the_judge_of_a_snippet_runs(name: str, judged: str, tmp_path: Path) -> None:
    """Its line, as the shell of that pipeline gets it, with two of the checks."""
    shell = needs_program("sh")
    (line,) = re.findall(SNIPPETS[name], (PROJECT / "docs" / "pipelines" / name).read_text("utf-8"))
    (tmp_path / "waivers.toml").write_text(WAIVERS, encoding="utf-8")
    program = tmp_path / ".venv" / "bin" / "dsm-emulator"
    program.parent.mkdir(parents=True)
    select = " ".join(f"--select {each}" for each in FEW)
    program.write_text(FEWER.format(python=sys.executable, select=select), encoding="utf-8")
    program.chmod(0o755)
    variables = environment() | {
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "SCAN_SERVER": judged,
        "WAIVERS": "waivers.toml",
    }  # fmt: skip
    done = subprocess.run(
        [shell, "-ec", line], env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0 and "3 passed, 1 waived" in done.stdout, done.stdout + done.stderr
    assert (tmp_path / "dsm-check" / "junit.xml").is_file()


def test_a_step_that_was_never_reached_has_outputs_all_the_same(tmp_path: Path) -> None:
    told = step("report", {"report": "nothing"}, tmp_path)
    assert told.returncode == 0, told.stderr
    assert "failed=0" in (tmp_path / "outputs").read_text() and "No report" in (tmp_path / "summary.md").read_text()
