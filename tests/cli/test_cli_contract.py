"""The command line as a contract: commands, options and exit codes may grow, never change."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_tree import commands
from programs import environment, run
from typer.testing import CliRunner

from emulator import __version__
from emulator.cli.main import app
from emulator.environment.exit_codes import ExitCode

COMMANDS = {
    "": {"--version", "-V", "--install-completion", "--show-completion", "--help", "-h"},
    "scan": {
        "--server", "--service", "--scan-process", "--psp-id", "--user", "--user-sid", "--directory", "--profile",
        "--documents", "--truth",
        "--pages", "--repeat", "--set", "--force", "--as-is", "--skip-bad", "--preflight", "--seed", "--store",
        "--manifest", "--trace", "--overwrite", "--ca-file", "--ca-url", "--ca-sha256", "--client-cert",
        "--client-key", "--insecure", "--events",
        "--client-password-file", "--crl", "--events-cert", "--events-key",
        "--no-wait", "--speed", "--strict", "--json", "-q", "-v",
        "--control-port", "--control-bind", "--control-token",
        "--password-file", "--directory-auth", "--start-tls", "--directory-ca-file", "--dns-server",
        "--directory-timeout", "--directory-roots",
        "--connect-timeout", "--read-timeout", "--job-timeout", "--quiet", "--verbose", "--help", "-h",
    },
    "server": {
        "--store", "--directory", "--bind", "--host", "--state", "--overwrite", "--port", "--http",
        "--tls-cert", "--tls-key", "--time-limit",
        "--tls-password-file", "--client-ca", "--client-crl", "--ca-file",
        "--strict", "--trace", "--json", "-q", "-v", "--quiet", "--verbose", "--help", "-h",
        "--user", "--password-file", "--directory-auth", "--start-tls", "--directory-ca-file", "--dns-server",
        "--directory-timeout",
    },
    "run": {
        "--count", "--name", "--speed", "--seed", "--state", "--interface", "--port", "--no-multicast",
        "--overwrite",
        "--ca-url", "--ca-sha256",
        "--control-port", "--control-bind", "--control-token", "--strict",
        "--server", "--directory", "--scan-process", "--user", "--store", "--ca-file",
        "--https", "--host", "--tls-cert", "--tls-key", "--tls-password-file", "--client-ca", "--client-crl",
        "--crl", "--client-cert", "--client-key", "--client-password-file",
        "--insecure", "--trace", "--json", "-q", "-v", "--quiet", "--verbose", "--help", "-h",
        "--password-file", "--directory-auth", "--start-tls", "--directory-ca-file", "--dns-server",
        "--directory-timeout",
    },
    "demo": {
        "--set", "--sheets", "--seed", "--profile", "--speed", "--to", "--delivery", "--no-open", "--json", "-q",
        "-v", "--control-port", "--control-bind", "--control-token", "--quiet", "--verbose", "--help", "-h",
    },
    "press": {"--help", "-h"},
    "press status": {"--control", "--device", "--state", "--control-token", "--json", "--help", "-h"},
    "press watch": {"--for", "--control", "--device", "--state", "--control-token", "--json", "--help", "-h"},
    "press load": {
        "--sheets", "--two-sided", "--platen", "--film", "--documents", "--seed", "--replace", "--control",
        "--json", "-h",
    },
    "press start": {
        "--scan-process", "--user", "--password-file", "--server", "--set", "--to", "--no-wait",
        "--control", "--json",
    },
    "press open": {"--control", "--device", "--state", "--control-token", "--json", "--help", "-h"},
    "press close": {"--control", "--device", "--state", "--control-token", "--json", "--help", "-h"},
    "press jam": {"--control", "--device", "--state", "--control-token", "--json", "--help", "-h"},
    "press clear": {"--control", "--device", "--state", "--control-token", "--json", "--help", "-h"},
    "press reset": {"--control", "--device", "--state", "--control-token", "--json", "--help", "-h"},
    "render": {
        "--documents", "--template", "--data", "--language", "--alto", "--hocr", "--coco", "--donut", "--gallery",
        "-o", "--output", "--profile", "--scan-process", "--directory", "--set", "--force", "--pages", "--repeat",
        "--seed", "--skip-bad", "--preflight", "--date", "--jobs", "--overwrite", "--json", "-q", "--quiet",
        "-v", "--verbose",
        "--help", "-h", "--user", "--password-file", "--directory-auth", "--start-tls", "--directory-ca-file",
        "--dns-server", "--directory-timeout",
    },
    "truth": {"--help", "-h"},
    "truth compare": {
        "--format", "--ignore-case", "--ignore-punctuation", "--limit", "--images", "--junit", "--worst",
        "--worst-words", "--overwrite", "--json", "--help", "-h",
    },
    "play": {
        "--against", "--var", "--report", "--overwrite", "--ca-file", "--ca-url", "--ca-sha256", "--crl",
        "--client-cert", "--client-key", "--client-password-file", "--insecure",
        "--json", "-q", "--quiet", "-v", "--verbose", "--help", "-h",
    },
    "load": {
        "--server", "--service", "--scan-process", "--psp-id", "--user", "--user-sid", "--directory", "--profile",
        "--users", "--spawn-rate", "--time", "--jobs", "--rate", "--pages", "--fail-if", "--report", "--manifests",
        "--overwrite", "--seed", "--set", "--documents", "--strict", "--calibrate", "--drain", "--give-up",
        "--ca-file", "--ca-url", "--ca-sha256", "--crl", "--client-cert", "--client-key", "--insecure",
        "--client-password-file", "--connect-timeout", "--read-timeout", "--job-timeout", "--store",
        "--json", "-q", "--quiet", "-v", "--verbose", "--help", "-h",
    },
    "verify": {"--copies", "--exact", "--state", "--json", "--help", "-h"},
    "discover": {
        "--timeout", "--interface", "--type", "--json", "--no-metadata", "--ca-file", "--ca-url",
        "--ca-sha256", "--insecure", "-v",
        "--crl", "--client-cert", "--client-key", "--client-password-file",
        "--verbose", "--help", "-h",
    },
    "inspect": {
        "--watch", "--for", "--events", "--overwrite", "--ca-file", "--ca-url", "--ca-sha256", "--client-cert",
        "--client-key", "--insecure", "--timeout",
        "--crl", "--client-password-file", "--events-cert", "--events-key",
        "--trace", "--json", "-v", "--verbose", "--help", "-h",
    },
    "lab-ca": {
        "--server", "--user", "--revoke", "--directory", "--key", "--crl-url", "--password-file", "--legacy",
        "--force", "--overwrite", "--json", "--help", "-h",
    },
    "profiles": {"--help", "-h"},
    "profiles list": {"--json", "--help", "-h"},
    "profiles show": {"--json", "--toml", "--help", "-h"},
    "profiles validate": {"--help", "-h"},
    "profiles capture": {
        "-o", "--output", "--force", "--overwrite", "--ca-file", "--ca-url", "--ca-sha256", "--client-cert",
        "--client-key", "--insecure", "--timeout",
        "--crl", "--client-password-file",
        "--trace", "--json", "-v", "--verbose", "--help", "-h",
    },
    "documents": {"--help", "-h"},
    "documents list": {"--json", "--help", "-h"},
    "documents show": {"--json", "--toml", "--help", "-h"},
    "documents validate": {"--help", "-h"},
    "samples": {"--overwrite", "--json", "--help", "-h"},
    "scan-processes": {"--help", "-h"},
    "scan-processes list": {
        "--directory", "--user", "--json", "--help", "-h", "--ca-file",
        "--password-file", "--directory-auth", "--start-tls", "--directory-ca-file", "--dns-server",
        "--directory-timeout",
    },
    "scan-processes show": {
        "--directory", "--user", "--xml", "--json", "--help", "-h", "--ca-file",
        "--password-file", "--directory-auth", "--start-tls", "--directory-ca-file", "--dns-server",
        "--directory-timeout",
    },
    "scan-processes validate": {
        "--directory", "--user", "--help", "-h", "--ca-file",
        "--password-file", "--directory-auth", "--start-tls", "--directory-ca-file", "--dns-server",
        "--directory-timeout",
    },
}  # fmt: skip


EARLIER = {
    "lab-ca": {"--force"},
    "profiles capture": {"--force"},
    "scan-processes list": {"--ca-file"},
    "scan-processes show": {"--ca-file"},
    "scan-processes validate": {"--ca-file"},
    "discover": {"--metadata"},
}
"""Names that help does not show any more, and that still work."""


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("help_option", ["--help", "-h"])
def test_help_names_every_option_of_the_contract(command: str, help_option: str) -> None:
    shown = CliRunner().invoke(app, [*command.split(), help_option], prog_name="dsm-emulator")
    assert shown.exit_code == 0 and shown.stderr == ""
    offered = set(re.findall(r"^  +(--?[a-zA-Z][a-z0-9-]*)", shown.stdout, re.MULTILINE))
    offered |= set(re.findall(r"^  -\w, (--[a-z-]+)", shown.stdout, re.MULTILINE))
    assert COMMANDS[command] - EARLIER.get(command, set()) <= offered, COMMANDS[command] - offered
    assert shown.stdout.startswith(f"Usage: dsm-emulator {command}".rstrip())


@pytest.mark.parametrize("command", EARLIER)
def test_earlier_names_of_options_go_on_working(command: str) -> None:
    parameters = commands()[command].params
    for name in EARLIER[command]:
        (found,) = [each for each in parameters if name in each.opts]
        assert found.hidden


def test_help_of_the_whole_names_every_command_and_needs_no_heavy_import() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    for command in (name for name in COMMANDS if name and " " not in name):
        assert re.search(rf"^  {command}  ", shown.stdout, re.MULTILINE)
    code = (
        "import sys; sys.argv = ['dsm-emulator', '--help']\n"
        "from emulator.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sorted({'lxml', 'aiohttp', 'PIL', 'pydantic', 'cryptography', 'pypdfium2'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(checked=False), timeout=60
    )
    assert done.stdout.splitlines()[-1] == "", "asking for help must not wait for what a scan needs"


def test_python_m_emulator_is_the_command_and_tells_its_version(tmp_path: Path) -> None:
    done = run("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"dsm-emulator {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["scan", "--nonsense"],
        ["scan", "--pages", "0"],
        ["scan", "--pages", "x"],
        ["scan", "--speed", "slow"],
        ["scan", "--preflight", "some"],
        ["server", "--port", "65536"],
        ["server", "--time-limit", "0"],
        ["verify"],
        ["verify", "only-one"],
        ["play"],
        ["play", "job", "--against", "device=x"],
        ["play", "job", "--var", "x"],
        ["load", "--users", "0"],
        ["load", "--fail-if", "p99>2"],
        ["load", "--time", "10"],
        ["discover", "--timeout", "0"],
        ["verify", "a", "b", "--copies", "0"],
        ["inspect"],
        ["inspect", "x", "--for", "0"],
        ["profiles"],
        ["profiles", "show"],
        ["scan-processes", "show"],
        ["documents"],
        ["documents", "show"],
        ["documents", "validate"],
        ["samples"],
    ],
)
def test_bad_usage_is_exit_code_2_and_says_so_on_stderr(arguments: list[str]) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == ExitCode.USAGE and done.stdout == ""
    # Who names no command of a group is shown its commands.
    assert done.stderr.startswith("Usage: " if arguments in ([], ["profiles"], ["documents"]) else "error: ")


def test_the_exit_codes_are_those_of_the_contract_and_of_their_page() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "OK": 0,
        "FAILED": 1,
        "USAGE": 2,
        "UNREACHABLE": 3,
        "NONSENSE": 4,
        "REFUSED": 5,
        "BUG": 70,
        "INTERRUPTED": 130,
    }
    page = (Path(__file__).resolve().parents[2] / "docs" / "exit-codes.md").read_text(encoding="utf-8")
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)] == [
        int(code) for code in ExitCode
    ]


def test_a_bug_of_ours_is_exit_code_70_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import emulator.device.profiles

    def broken() -> None:
        raise ZeroDivisionError("scripted")

    monkeypatch.setattr(emulator.device.profiles, "profiles", broken)
    done = CliRunner().invoke(app, ["profiles", "list"])
    assert done.exit_code == ExitCode.BUG and done.stdout == ""
    assert done.stderr.splitlines()[0] == "error: a bug of dsm-emulator: ZeroDivisionError: scripted"
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "emulator", "scan-processes", "list", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(),
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert b"Traceback" not in errors and b"a bug of" not in errors and process.wait(30) in (0, 1)


def test_a_record_of_the_log_is_a_line_whatever_a_peer_wrote_into_it() -> None:
    script = (
        "import logging; from emulator.cli.running import set_up_logging; set_up_logging(1)\n"
        "log = logging.getLogger('emulator.x')\n"
        "log.info('asked for %s', 'Gra\\nERROR   emulator: \\x1b[31myscale8')\n"
        "try:\n    raise ValueError('broken')\nexcept ValueError:\n    log.exception('a bug')"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment(), check=True
    ).stderr
    lines = said.splitlines()
    assert lines[0] == "INFO    emulator.x: asked for Gra\\nERROR   emulator: \\x1b[31myscale8"
    assert lines[1] == "ERROR   emulator.x: a bug" and lines[-1] == "ValueError: broken"
