"""The lists of the import contract leave nothing out."""

from __future__ import annotations

import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
CONTRACTS = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
RUNS = {
    "emulator.dsm.driver": "runs the sequencer over HTTP",
    "emulator.dsm.job_requests": "names the file that a document is sent from",
}
"""Modules of protocol rooms that are not pure, and why."""


def pure_modules() -> set[str]:
    return next(set(each["source_modules"]) for each in CONTRACTS if each["name"].startswith("Pure"))


def test_every_module_of_dsm_is_pure_or_says_why_not() -> None:
    folder = PROJECT / "emulator" / "dsm"
    there = {f"emulator.dsm.{path.stem}" for path in folder.glob("*.py") if path.stem != "__init__"}
    assert there <= pure_modules() | set(RUNS), "a new module is on the list of pure ones, or on this one"


def test_every_room_has_a_floor() -> None:
    layers = next(each["layers"] for each in CONTRACTS if each["type"] == "layers")
    placed = {name.strip() for layer in layers for name in layer.split("|")}
    folder = PROJECT / "emulator"
    rooms = {
        f"emulator.{path.name}" for path in folder.iterdir() if path.is_dir() and (path / "__init__.py").exists()
    }
    assert rooms <= placed
