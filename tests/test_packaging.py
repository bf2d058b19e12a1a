"""The data folders are found from a wheel, from an sdist and from an editable install."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SHOW = """
import emulator, json
from emulator.device.profile import load_profile
from emulator.lab.choices import office_folder
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


def python(*arguments: str | Path, path: str = "", cwd: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


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
    python("-m", "build", "--no-isolation", "--outdir", folder, PROJECT, cwd=folder)
    return folder


@pytest.mark.parametrize("pattern", ["*.whl", "*.tar.gz"])
def test_installed_from(pattern: str, distributions: Path, tmp_path: Path) -> None:
    (package,) = distributions.glob(pattern)
    target = tmp_path / "site"
    python(
        "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", target, package, cwd=tmp_path
    )  # fmt: skip
    judge(python("-c", SHOW, path=str(target), cwd=tmp_path), target)


def test_unpacked_sdist_and_editable_install(distributions: Path, tmp_path: Path) -> None:
    (package,) = distributions.glob("*.tar.gz")
    import tarfile

    with tarfile.open(package) as archive:
        archive.extractall(tmp_path, filter="data")
    (tree,) = tmp_path.glob("dsm_emulator-*")
    judge(python("-c", SHOW, path=str(tree), cwd=tmp_path), tree)
    # An editable install is a .pth file or import hook that leads to the source tree.
    target = tmp_path / "site"
    python(
        "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", target, "-e", tree, cwd=tmp_path
    )  # fmt: skip
    show = f"import site; site.addsitedir({str(target)!r}); exec({SHOW!r})"
    judge(python("-c", f"import sys; sys.path.insert(0, {str(target)!r}); {show}", cwd=tmp_path), tree)


def test_the_package_carries_its_schemas_and_wsdl(distributions: Path) -> None:
    import zipfile

    (package,) = distributions.glob("*.whl")
    with zipfile.ZipFile(package) as wheel:
        names = set(wheel.namelist())
    assert {"emulator/soap/xsd/all.xsd", "emulator/dsm/wsdl/processing.wsdl", "emulator/py.typed"} <= names
    assert "emulator/_data/profiles/office/users.toml" in names
    assert not [name for name in names if name.startswith(("tests/", "profiles/"))]
