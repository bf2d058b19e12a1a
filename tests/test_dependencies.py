"""What is imported is declared, and what is declared is used: of the package, and of the tests."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
DECLARED = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = DECLARED["optional-dependencies"]

NOT_IMPORTED = {
    "alto-tools": "a program that reads our ALTO",
    "build": "run as a module: makes wheel and sdist",
    "editables": "hatchling asks for it in an editable install",
    "hatchling": "the build backend",
    "hocr-spec": "a program that judges our hOCR",
    "import-linter": "lint-imports",
    "lxml-stubs": "types for mypy",
    "mypy": "run by .ci/run",
    "ruff": "run by .ci/run",
    "zizmor": "a program that judges our workflows",
    "attrs": "asked for by openapi-python-client and what it makes",
    "httpx": "asked for by clients that openapi-python-client makes",
    "jinja2": "asked for by openapi-python-client",
    "openapi-spec-validator": "asked for by its module (needs_package)",
    "playwright": "asked for by its module (needs_package)",
    "pytest-timeout": "a plug-in of pytest",
    "ruamel-yaml": "asked for by openapi-python-client",
    "pytest-xdist": "a plug-in of pytest",
    "pytest-asyncio": "a plug-in of pytest",
}
"""What the tests need without importing it -> what for."""


BY_ITS_USER = {"pytest", "xdist"}
"""Of who imports the package: the plugin of pytest is imported by pytest, and what divides the checks by xdist."""

NOT_OF_PYPI = {"samba", "ldb", "mkdocs"}
"""Bindings of the system's Samba, for scripts that the tests run on the system's Python; what makes the site of the
docs, for its own hook."""


_STANDARD = sys.stdlib_module_names | {""}
_IMPORT = re.compile(
    r"^ *(?:from ([A-Za-z]\w*)[\w.]* import|import ([A-Za-z][\w.]*(?:, [\w.]+)*)(?: as \w+)?(?:  #.*)?$)", re.M
)
_BY_TEXT = re.compile(r"""import_module\(f?"(\w+)\.""")


def name_of(requirement: str) -> str:
    """The normal name (PEP 503) of a requirement, without version and extras."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def declared(requirements: Iterable[str]) -> set[str]:
    """Names of the requirements; extras of our own are replaced by what they hold."""
    found = set[str]()
    for each in requirements:
        own = re.match(r"dsm-emulator\[(.+)\]", each)
        if own:
            found |= declared(one for extra in own[1].split(",") for one in EXTRAS[extra])
        else:
            found.add(name_of(each))
    return found


@cache
def distributions() -> dict[str, list[str]]:
    """The top module of a package that is installed -> the normal names of who brings it."""
    return {module: [name_of(each) for each in names] for module, names in packages_distributions().items()}


def imported(folders: Iterable[str], *, ours: set[str]) -> dict[str, str]:
    """Every top module of others that files of the folders import, anywhere in them -> one of those files."""
    found: dict[str, str] = {}
    for folder in folders:
        for path in sorted((PROJECT / folder).rglob("*.py")):
            text = path.read_text("utf-8")
            modules = [name for one in _IMPORT.findall(text) for name in re.split("[ ,]+", one[0] or one[1])]
            for top in {name.split(".")[0] for name in modules + _BY_TEXT.findall(text)} - ours - _STANDARD:
                found[top] = path.relative_to(PROJECT).as_posix()
    return found


def bringers(module: str) -> set[str]:
    """Who may bring a module: who does here, else (it is not installed) the package of that name."""
    return set(distributions().get(module, [name_of(module)]))


def named_fonts() -> set[str]:
    """Packages whose files are opened by name: they hold fonts and nothing to import."""
    text = (PROJECT / "emulator" / "printing" / "faces.py").read_text("utf-8")
    return {name_of(each) for each in re.findall(r'"((?:font|pylopdf_)\w+)"', text)}


def test_the_package_imports_what_it_declares_and_nothing_else() -> None:
    needed = declared(DECLARED["dependencies"])
    optional = declared(one for extra in EXTRAS if extra != "test" for one in EXTRAS[extra])
    found = imported(["emulator"], ours={"emulator"})
    stray = {module: path for module, path in found.items() if not bringers(module) & (needed | optional)}
    assert stray.keys() <= BY_ITS_USER, "imported, and not declared"
    used = {name for module in found for name in bringers(module)} | named_fonts()
    assert (needed | optional) - used == set(), "declared, and nobody imports it"


def test_the_tests_import_what_they_declare_and_nothing_else() -> None:
    ours = {"emulator", "tests"} | {path.stem for path in (PROJECT / "docs").glob("*.py")}
    ours |= {path.stem for path in (PROJECT / "tests").rglob("*.py")}
    ours |= {path.name for path in (PROJECT / "tests").rglob("*") if path.is_dir()}
    of_the_package = declared(DECLARED["dependencies"])
    extra = declared(EXTRAS["test"])
    found = imported(["tests", "docs"], ours=ours)
    stray = {
        module: path
        for module, path in found.items()
        if not bringers(module) & (of_the_package | extra) and module not in NOT_OF_PYPI
    }
    assert stray == {}, "imported, and not declared"
    used = {name for module in found for name in bringers(module)} | named_fonts() | NOT_IMPORTED.keys()
    used |= declared(one for name in ("ad", "smb", "documents-cjk", "load") for one in EXTRAS[name])
    assert extra - used == set(), "declared, and no test needs it"
    assert NOT_IMPORTED.keys() <= extra
