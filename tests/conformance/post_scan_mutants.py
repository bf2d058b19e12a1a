"""All mutants of post-scan clients, declared: which check has to name each."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Final

from judged_post_scan import ClientMutant

MODULES: Final = sorted(
    each.name
    for each in pkgutil.iter_modules([str(Path(__file__).parent)])
    if each.name.startswith("post_scan_mutants_")
)
MUTANTS: Final[tuple[ClientMutant, ...]] = tuple(each for name in MODULES for each in import_module(name).MUTANTS)
