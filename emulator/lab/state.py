"""The folder in which identities of running devices are kept over restarts, and where they are found."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

VARIABLE: Final = "DSM_EMULATOR_STATE"
"""Environment variable that names another folder."""


def state_folder(given: Path | None = None) -> Path:
    """`given`, else what DSM_EMULATOR_STATE names, else the platform's folder for such things of this user."""
    if given is not None:
        return given
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    import platformdirs  # only where it is needed: the command line starts without it

    return platformdirs.user_state_path("dsm-emulator", appauthor=False)
