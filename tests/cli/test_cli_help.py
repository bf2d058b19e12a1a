"""Help as people see it: in groups, within the width of the terminal, with examples that run."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from command_tree import call, commands

from emulator.options.commands import COMMANDS

PROJECT = Path(__file__).resolve().parents[2]


def test_every_command_of_the_program_has_its_options_from_the_models() -> None:
    assert set(commands()) == {name for name, spoken in COMMANDS.items() if spoken.models}


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_help_keeps_within_the_width(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for name in COMMANDS:
        done = call([*name.split(), "--help"], capsys)
        assert done.code == 0 and done.stderr == ""
        wide = [line for line in done.stdout.splitlines() if len(line) > columns]
        # What is one word, or a line to be copied, is not broken.
        assert all(line.strip().startswith(("dsm-emulator ", "-", "DSM_")) for line in wide), wide
    shown = call(["scan", "--help"], capsys).stdout
    assert max(map(len, shown.splitlines())) > columns - 12  # what there is of the terminal is used


def test_help_tells_groups_examples_exit_codes_and_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    for name, spoken in COMMANDS.items():
        shown = call([*name.split(), "--help"], capsys).stdout
        assert f"docs/{spoken.page}" in shown and (PROJECT / "docs" / spoken.page).is_file()
        if spoken.models:
            assert "<list" not in shown and "<str" not in shown and "Exit codes:" in shown
            assert all(f"  {example}\n" in shown for example in spoken.examples) and spoken.examples
    shown = call(["scan", "--help"], capsys).stdout
    order = ["Pages:", "Ticket:", "Job:", "Server:", "Trust:", "Directory:", "Output:", "Environment variables:"]
    assert sorted(order, key=shown.index) == order


ALONE = ("scan", "render", "verify", "lab-ca", "profiles list", "profiles show", "profiles validate",
         "scan-processes list", "scan-processes show", "scan-processes validate")  # fmt: skip
"""Commands whose examples need nobody else; press, run, server, inspect and discover are run with the pages."""


@pytest.mark.parametrize("name", ALONE)
def test_examples_run(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DSM_EMULATOR_STATE", str(tmp_path / "state"))
    (tmp_path / "sample_images").symlink_to(PROJECT / "sample_images")
    for example in COMMANDS[name].examples:
        program, *arguments = shlex.split(example)
        done = call(arguments, capsys)
        assert program == "dsm-emulator" and done.code == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", [name for name, spoken in COMMANDS.items() if spoken.models and name not in ALONE])
def test_other_examples_are_read(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[object] = []

    def instead(**given: object) -> None:
        asked.append(given)

    for example in COMMANDS[name].examples:
        assert call(shlex.split(example)[1:], capsys, instead=instead).code == 0
    assert len(asked) == len(COMMANDS[name].examples)
