"""Completion of commands, options and values, by the protocol of each shell; at the top alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_tree import commands
from programs import environment

PROGRAM = "dsm-emulator"


def ask(shell: str, line: str, cwd: Path, **more: str) -> str:
    """What the program tells a shell that completes the last word of `line`."""
    words = line.split(" ")
    variables = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    code = f"import sys; sys.argv[0] = {PROGRAM!r}\nfrom emulator.cli.main import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment(checked=False), **variables, **more, "_DSM_EMULATOR_COMPLETE": f"complete_{shell}"},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == "", done.stderr
    return done.stdout


OFFERED = {
    "sc": ["scan", "scan-processes"],
    "scan --pa": ["--pages", "--page-seconds", "--page-memory", "--password-file"],
    "scan --profile of": ["office-mfp"],
    "scan --speed ": ["real", "max"],
    "scan --documents every": ["every-kind", "every-trace"],
    "press load --documents office": ["office-day"],
    "server --habit 20": ["2008r2"],
    "render --set Format=png": ["Format=png"],
    "press co": ["condition"],
    "press condition Lamp": ["LampError", "LampWarming"],
}


@pytest.mark.parametrize(
    ("shell", "typed"),
    [*(("bash", typed) for typed in OFFERED), *(("zsh", typed) for typed in list(OFFERED)[:3]),
     *(("fish", typed) for typed in list(OFFERED)[:3])],
)  # fmt: skip
def test_commands_options_and_values_are_offered(shell: str, typed: str, tmp_path: Path) -> None:
    said = ask(shell, f"{PROGRAM} {typed}", tmp_path)
    told = {word.partition(chr(9))[0].strip() for word in said.splitlines()} if shell != "zsh" else said
    for word in OFFERED[typed]:
        assert word in told, said


def test_scan_processes_of_the_folder_that_stands_on_the_line(tmp_path: Path) -> None:
    assert "Scan to folder" in ask("bash", f"{PROGRAM} scan --scan-process Scan", tmp_path).splitlines()
    (tmp_path / "empty").mkdir()
    assert ask("bash", f"{PROGRAM} scan --directory empty --scan-process S", tmp_path).strip() == ""


def test_where_files_are_wanted_the_shell_offers_them(tmp_path: Path) -> None:
    assert ask("bash", f"{PROGRAM} scan --ca-file x", tmp_path).strip() == ""
    assert ask("zsh", f"{PROGRAM} scan --ca-file x", tmp_path).strip() == "_files"


def test_completion_is_offered_at_the_top_alone() -> None:
    for name, command in commands().items():
        assert not any("completion" in option for each in command.params for option in each.opts), name


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.needs(shutil.which("bash") is not None, "the program bash is not installed")
def test_bash_completes_with_the_script_that_is_shown(tmp_path: Path) -> None:
    """The script, loaded into a real shell, which asks a program of that name."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    program = bin_folder / PROGRAM
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.argv[0] = {PROGRAM!r}\nfrom emulator.cli.main import main\nmain()\n"
    )
    program.chmod(0o755)
    variables = {**environment(checked=False), "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"}
    script = f"""
source <({PROGRAM} --show-completion bash)
COMP_WORDS=({PROGRAM} press lo); COMP_CWORD=2
_dsm_emulator_completion {PROGRAM}
echo "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        env=variables,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.strip() == "load", done.stdout + done.stderr
    assert done.stderr == ""
