"""Dockerfile and compose file: what they say of our command is what it takes, and what the pages say of them."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from dockerfile import PROJECT, context_files, read_dockerfile
from programs import COMMAND, environment

STAGES = read_dockerfile((PROJECT / "Dockerfile").read_text(encoding="utf-8"))
IMAGE = STAGES[-1]
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))


def commands() -> list[list[str]]:
    """Every command line of ours in the two files."""
    said = [IMAGE.one("ENTRYPOINT") + IMAGE.one("CMD"), IMAGE.health]
    return said + [["dsm-emulator", *map(str, service["command"])] for service in COMPOSE["services"].values()]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_option_is_one_of_the_command(command: list[str], tmp_path: Path) -> None:
    assert command[0] == "dsm-emulator"
    done = subprocess.run(
        [*COMMAND, command[1], "--help"],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    for word in command[2:]:
        if word.startswith("-"):
            assert re.search(rf"{re.escape(word)}\b", done.stdout), (word, command)


def test_the_context_has_what_the_wheel_is_made_of_and_nothing_else() -> None:
    patterns = (PROJECT / ".dockerignore").read_text(encoding="utf-8").split()
    found = {path.parts[0] for path in context_files(patterns)}
    assert found == {
        "emulator",
        "profiles",
        "sample_images",
        "pyproject.toml",
        "requirements.lock",
        "README.md",
        "LICENSE",
    }
    assert not [path for path in context_files(patterns) if "__pycache__" in path.parts]


def test_ports_user_and_volumes() -> None:
    assert IMAGE.one("ENTRYPOINT") == ["dsm-emulator"] and IMAGE.health == ["dsm-emulator", "health"]
    assert shlex.split(" ".join(IMAGE.said("EXPOSE"))) == ["5357", "5362", "8080", "3702/udp"]
    assert IMAGE.said("USER") == ["10001"] and IMAGE.one("VOLUME") == ["/scans", "/state"]
    assert IMAGE.variables["DSM_EMULATOR_STATE"] == "/state"
    server, device = COMPOSE["services"]["server"], COMPOSE["services"]["device"]
    assert device["depends_on"] == {"server": {"condition": "service_healthy"}}
    for service in (server, device):
        assert "DSM_EMULATOR_TOKEN" in service["environment"]
        assert service["hostname"] in COMPOSE["services"]
    named = {volume.partition(":")[0] for service in (server, device) for volume in service["volumes"]}
    assert named == COMPOSE["volumes"].keys()


def test_an_instruction_that_the_test_cannot_do_is_refused() -> None:
    with pytest.raises(ValueError, match="ONBUILD"):
        read_dockerfile("FROM python:3.13-slim\nONBUILD RUN true\n")
