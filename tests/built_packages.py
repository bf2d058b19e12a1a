"""The sdist and the wheel of the project, and bare environments to install them into.

The packages that the emulator needs come from the environment of the tests, by a path that stands last: an emulator
installed there does not get in the way.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def bare_variables() -> dict[str, str]:
    """The environment's variables without what changes Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def build(folder: Path, *options: str) -> None:
    """Build into the folder; without options the sdist, and the wheel from that, as a publisher does."""
    run(sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", folder, PROJECT, cwd=folder)


def run(*command: str | Path, cwd: Path) -> str:
    """Its stdout; AssertionError where it fails."""
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env=bare_variables(), capture_output=True, text=True, timeout=300
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


class Environment:
    """A virtual environment without packages of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.create(folder, with_pip=False, symlinks=os.name != "nt")
        windows = os.name == "nt"
        self.scripts = folder / ("Scripts" if windows else "bin")
        self.python = self.scripts / ("python.exe" if windows else "python")
        # A line of a .pth file adds a path and reads no .pth file there: an editable install is not followed.
        ours = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
        (site,) = folder.rglob("site-packages")
        (site / "zz-dependencies.pth").write_text("\n".join(ours), encoding="utf-8")

    def install(self, *what: str | Path) -> None:
        """Have the tests' pip install into this environment, a version that it sees elsewhere or not."""
        options = ("--no-deps", "--no-build-isolation", "--no-index", "--ignore-installed")
        run(sys.executable, "-m", "pip", "--python", self.python, "install", "-q", *options, *what, cwd=self.folder)
