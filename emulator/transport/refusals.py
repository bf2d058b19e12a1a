"""What is refused for being too much, too slow or malformed, told without filling the log: the first at once, what
follows of the same kind as a count."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_AGAIN: Final = 60.0
"""Seconds between two lines of one kind."""
_REMEMBERED: Final = 256
"""Kinds; of more, the one longest unheard of is forgotten."""


class Refusals:
    """One WARNING for each kind of refusal, and after that at most one a minute, with how many there were."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        self._told: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def tell(self, who: str, kind: str, detail: str = "") -> None:
        """Something of `who` (an IP address) was refused. `kind`: a sentence, the same each time; `detail`: of this
        one."""
        key, now = (who, kind), self._clock()
        last, untold = self._told.get(key, (-_AGAIN, 0))
        self._told.pop(key, None)
        if now - last < _AGAIN:
            self._told[key] = (last, untold + 1)
            return
        more = f" ({untold} more of the kind were not told)" if untold else ""
        self._log.warning("%s: %s%s%s", who, kind, f": {detail}" if detail else "", more)
        self._told[key] = (now, 0)
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
