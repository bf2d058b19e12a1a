"""The data folders are found from a wheel, from an sdist and from an editable install.

Each is installed into a bare environment of its own (built_packages.py).
"""

from __future__ import annotations

import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from built_packages import Environment, build, run

PROJECT = Path(__file__).resolve().parents[1]
SHOW = """
import emulator, json
from emulator.device.profile import load_profile
from emulator.jobs.choices import office_folder
from emulator.directory.folder import FolderDirectory
from emulator.clauses.book import book
from emulator.resources import resource_folder
from emulator.soap import schema
schema.compiled()
office = FolderDirectory(office_folder())
print(json.dumps({
    "package": emulator.__file__,
    "profile": load_profile("office-mfp").friendly_name,
    "clauses": len(book()),
    "scan_processes": len(office.scan_processes()), "broken": len(office.broken),
    "samples": len([p for p in resource_folder("sample_images").iterdir() if p.suffix not in (".md", ".py")]),
}))
"""


def show(environment: Environment, *, path: Path | None = None) -> str:
    """What the emulator finds, run with nothing of the tests' own surroundings."""
    first = "" if path is None else f"import sys; sys.path.insert(0, {str(path)!r})\n"
    return run(environment.python, "-I", "-c", first + SHOW, cwd=environment.folder)


def judge(told: str, inside: Path) -> None:
    found = json.loads(told)
    assert Path(found["package"]).is_relative_to(inside), found
    assert found["profile"] == "Office MFP"
    assert found["clauses"] >= 400
    assert found["scan_processes"] >= 5 and found["broken"] == 0
    assert found["samples"] >= 3


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel, built as a publisher builds them: the wheel from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    build(folder)
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
    judge(show(environment), environment.folder)
    said = run(environment.scripts / "dsm-emulator", "profiles", "list", cwd=environment.folder)
    assert "office-mfp" in said, "the command is there and finds its profiles"


def test_run_from_the_unpacked_sdist(tree: Path, environment: Environment) -> None:
    judge(show(environment, path=tree), tree)


def test_installed_editable(tree: Path, environment: Environment) -> None:
    environment.install("-e", tree)
    judge(show(environment), tree)


def test_the_package_carries_its_schemas_wsdl_and_law_book(distributions: Path) -> None:
    (package,) = distributions.glob("*.whl")
    with zipfile.ZipFile(package) as wheel:
        names = set(wheel.namelist())
    assert {"emulator/soap/xsd/all.xsd", "emulator/dsm/wsdl/processing.wsdl", "emulator/py.typed"} <= names
    assert "emulator/_data/profiles/office/users.toml" in names
    assert not [name for name in names if name.startswith(("tests/", "profiles/"))]
    books = {f"emulator/clauses/{path.name}" for path in (PROJECT / "emulator" / "clauses").glob("*.toml")}
    (source,) = distributions.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        members = {name.partition("/")[2] for name in archive.getnames()}
    assert books and books <= names and books <= members
