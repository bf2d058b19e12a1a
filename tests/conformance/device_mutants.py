"""All mutants of the device, declared: which check has to name each."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Final

from mutant import Mutant

MODULES: Final = sorted(
    each.name
    for each in pkgutil.iter_modules([str(Path(__file__).parent)])
    if each.name.startswith("device_mutants_")
)
MUTANTS: Final[tuple[Mutant, ...]] = tuple(each for name in MODULES for each in import_module(name).MUTANTS)
