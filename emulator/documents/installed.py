"""Whether what documents need is installed: names, numbers in words, check digits and type faces are the extra
`documents`. Without it a page would be another one, not a plainer one: so nothing is drawn."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from typing import Final

from emulator.printing.faces import packages

EXTRA: Final = "pip install 'dsm-emulator[documents]'"
_MODULES: Final = ("faker", "num2words", "stdnum")


@lru_cache(maxsize=2)
def missing(*, faces: bool = True) -> tuple[str, ...]:
    """Modules that are not there; () where documents can be made. `faces`: of a set whose own fonts stand for every
    kind of face, those of packages are not asked for."""
    return tuple(each for each in (*_MODULES, *(packages() if faces else ())) if find_spec(each) is None)
