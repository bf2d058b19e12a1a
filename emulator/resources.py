"""Finds `profiles` and `sample_images`, in a wheel (inside the package) as in a source tree (beside it)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


class ResourceMissing(FileNotFoundError):
    """The installation lacks its data folder. `str()` says which."""


def resource_folder(name: Literal["profiles", "sample_images"]) -> Path:
    """The folder of that name: `emulator/_data/<name>` of a wheel, else `<name>` beside the package
    (an unpacked sdist, `pip install -e`). Raises ResourceMissing."""
    for folder in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise ResourceMissing(f"the folder {name!r} is missing from this installation of dsm-emulator")
