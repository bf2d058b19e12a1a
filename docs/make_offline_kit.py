"""Makes a kit that dsm-emulator is installed from without a network: `python docs/make_offline_kit.py FOLDER`.

In it are wheels, ours too, and requirements.txt with their hashes. `--platform TAG --python 3.13` makes it
for another system (as pip has it, repeatable: win_amd64), `--extras ad,documents` says what is in it.
There:

    python -m venv .venv
    .venv/bin/pip install --no-index --find-links KIT --require-hashes -r KIT/requirements.txt
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable
from email.parser import HeaderParser
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
LOCK = PROJECT / "requirements.lock"
WITHOUT_WHEEL = {"docopt": "num2words", "wsdiscovery": "wsdiscovery"}
"""Of Python alone and without a wheel -> who asks for it: a wheel is made here, the same for every system.
The Dockerfile names the same ones."""


def pip(*arguments: str | Path) -> None:
    """Raises CalledProcessError."""
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)], check=True)  # noqa: S603


def made(folder: Path, extras: str, platforms: list[str], python: str) -> list[str]:
    """Fill the folder; the lines of its requirements.txt."""
    folder.mkdir(parents=True, exist_ok=True)
    pip("wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder, PROJECT)
    (ours,) = folder.glob("dsm_emulator-*.whl")
    wanted = f"{ours}[{extras}]" if extras else str(ours)
    for locked in sources(extras):
        pip("wheel", "-q", "--no-deps", "-w", folder, locked)
    elsewhere = [word for each in platforms for word in ("--platform", each)]
    if elsewhere:
        elsewhere += ["--python-version", python, "--implementation", "cp"]
    pip(
        "download",
        "-q",
        "--only-binary",
        ":all:",
        "--find-links",
        folder,
        "-c",
        LOCK,
        "-d",
        folder,
        *elsewhere,
        wanted,
    )
    return sorted(line_of(wheel) for wheel in folder.glob("*.whl"))


def sources(extras: str) -> list[str]:
    """Lines of the lock that have no wheel and are asked for by us or by one of these extras."""
    asked = declared(extras.split(",") if extras else ())
    lines = LOCK.read_text("utf-8").splitlines()
    return [line for line in lines if WITHOUT_WHEEL.get(line.partition("==")[0].lower()) in asked]


def declared(extras: Iterable[str]) -> set[str]:
    """Names of the packages that we and these extras ask for, in lower case."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    found: set[str] = set()
    waiting, seen = list(project["dependencies"]), set(extras)
    waiting += [each for extra in seen for each in project["optional-dependencies"][extra]]
    for each in waiting:
        own = re.match(r"dsm-emulator\[(.+)\]", each)
        if own is None:
            found.add(re.split(r"[^A-Za-z0-9._-]", each)[0].lower())
            continue
        for extra in {name.strip() for name in own[1].split(",")} - seen:
            seen.add(extra)
            waiting += project["optional-dependencies"][extra]
    return found


def line_of(wheel: Path) -> str:
    """`NAME==VERSION --hash=sha256:...`"""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each))
        about = HeaderParser().parsestr(archive.read(name).decode())
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{about['Name'].lower()}=={about['Version']} --hash=sha256:{digest}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--extras", default="documents")
    parser.add_argument("--platform", action="append", default=[])
    parser.add_argument("--python", default=f"{sys.version_info.major}.{sys.version_info.minor}")
    given = parser.parse_args()
    lines = made(given.folder, given.extras, given.platform, given.python)
    (given.folder / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    octets = sum(path.stat().st_size for path in given.folder.glob("*.whl"))
    print(f"{len(lines)} wheels, {octets / 1e6:.0f} MB: {given.folder}")
