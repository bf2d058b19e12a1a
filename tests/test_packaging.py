"""The data folders are found from a wheel, from an sdist and from an editable install.

Each is installed into a bare environment of its own. The packages that the emulator needs come from the
environment of the tests, by a path that stands last: an emulator installed there does not get in the way.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SHOW = """
import emulator, json
from emulator.device.profile import load_profile
from emulator.jobs.choices import office_folder
from emulator.directory.folder import FolderDirectory
from emulator.resources import resource_folder
from emulator.soap import schema
schema.compiled()
office = FolderDirectory(office_folder())
print(json.dumps({
    "package": emulator.__file__,
    "profile": load_profile("office-mfp").friendly_name,
    "scan_processes": len(office.scan_processes()), "broken": len(office.broken),
    "samples": len([p for p in resource_folder("sample_images").iterdir() if p.suffix not in (".md", ".py")]),
}))
"""


def run(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
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

    def show(self, *, path: Path | None = None) -> str:
        """What the emulator finds, run with nothing of the tests' own surroundings."""
        first = "" if path is None else f"import sys; sys.path.insert(0, {str(path)!r})\n"
        return run(self.python, "-I", "-c", first + SHOW, cwd=self.folder)


def judge(told: str, inside: Path) -> None:
    found = json.loads(told)
    assert Path(found["package"]).is_relative_to(inside), found
    assert found["profile"] == "Office MFP"
    assert found["scan_processes"] >= 5 and found["broken"] == 0
    assert found["samples"] >= 3


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel, built as a publisher builds them: the wheel from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, PROJECT, cwd=folder)
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "venv")


@pytest.fixture
def tree(distributions: Path, tmp_path: Path) -> Path:
    """The sdist unpacked."""
    (package,) = distributions.glob("*.tar.gz")
    with tarfile.open(package) as archive:
        archive.extractall(tmp_path / "sdist", filter="data")
    (tree,) = (tmp_path / "sdist").iterdir()
    return tree


@pytest.mark.parametrize("pattern", ["*.whl", "*.tar.gz"])
def test_installed_from_a_wheel_or_an_sdist(pattern: str, distributions: Path, environment: Environment) -> None:
    (package,) = distributions.glob(pattern)
    environment.install(package)
    judge(environment.show(), environment.folder)
    said = run(environment.scripts / "dsm-emulator", "profiles", "list", cwd=environment.folder)
    assert "office-mfp" in said, "the command is there and finds its profiles"


def test_run_from_the_unpacked_sdist(tree: Path, environment: Environment) -> None:
    judge(environment.show(path=tree), tree)


def test_installed_editable(tree: Path, environment: Environment) -> None:
    environment.install("-e", tree)
    judge(environment.show(), tree)


def test_the_package_carries_its_schemas_and_wsdl(distributions: Path) -> None:
    (package,) = distributions.glob("*.whl")
    with zipfile.ZipFile(package) as wheel:
        names = set(wheel.namelist())
    assert {"emulator/soap/xsd/all.xsd", "emulator/dsm/wsdl/processing.wsdl", "emulator/py.typed"} <= names
    assert "emulator/_data/profiles/office/users.toml" in names
    assert not [name for name in names if name.startswith(("tests/", "profiles/"))]
