"""The folder in which identities of running devices and manifests are kept, and where running devices are found."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from emulator.environment.exit_codes import LabError

VARIABLE: Final = "DSM_EMULATOR_STATE"
"""Environment variable that names another folder."""


def state_folder(given: Path | None = None) -> Path:
    """`given`, else what DSM_EMULATOR_STATE names, else the platform's folder for such things of this user. A user
    who has no such folder (in a container: no entry in the list of users, no home, one that is not his) has one
    among the temporary files. Raises LabError where that one is somebody else's."""
    if given is not None:
        return given
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    return _own_folder() or _temporary_folder()


def _own_folder() -> Path | None:
    import platformdirs  # only where it is needed: the command line starts without it

    try:
        folder = platformdirs.user_state_path("dsm-emulator", appauthor=False)
    except (RuntimeError, KeyError, OSError):  # who has no home
        return None
    there = next((each for each in (folder, *folder.parents) if each.exists()), None)
    usable = there is not None and there.is_dir() and os.access(there, os.W_OK | os.X_OK)
    return folder if usable and folder.is_absolute() else None


def _temporary_folder() -> Path:
    own = str(os.getuid()) if hasattr(os, "getuid") else "state"
    folder = Path(tempfile.gettempdir()) / f"dsm-emulator-{own}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise LabError(
            f"there is no folder for the state: {folder}: {error.strerror or error}", hint=_HINT
        ) from None
    if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid()):
        raise LabError(f"there is no folder for the state: {folder} is somebody else's", hint=_HINT)
    return folder


_HINT: Final = f"{VARIABLE} names one"
