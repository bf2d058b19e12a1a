"""How much memory a child may take, held from its own side."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import resource

OUT_OF_MEMORY: Final = 77
"""Exit code of a child that took more than its bound."""
_LOOKS: Final = 0.02  # seconds between them
_NEAR: Final = 15 / 16
"""Of the bound: what is resident beyond it counts as more, so that the child can say why it ends. What comes faster
than we look is refused by the kernel, and most decoders end by a signal then."""


def resident() -> int:
    """Octets of this process that are in memory; 0 where the system does not tell."""
    if sys.platform == "linux":
        return int(Path("/proc/self/statm").read_bytes().split()[1]) * resource.getpagesize()
    if sys.platform != "win32":
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS counts octets, the others kilobytes
        return most if sys.platform == "darwin" else most * 1024
    return 0


class MemoryBound:
    """Of this process. `octets` may be changed for each file."""

    def __init__(self) -> None:
        self._octets = 0
        self._at_work = threading.Event()
        if sys.platform != "win32":
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            with suppress(OSError):  # if the machine has no memory left it is the child that goes, not its parent
                Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
            threading.Thread(target=self._watch, daemon=True).start()

    def set(self, octets: int) -> None:
        """Bound the memory from now on, to so many octets."""
        self._octets = octets
        if sys.platform == "linux":
            # Not the address space, of which libraries reserve more than they use.
            for kind in (resource.RLIMIT_DATA, resource.RLIMIT_FSIZE):
                with suppress(OSError, ValueError):
                    resource.setrlimit(kind, (octets, resource.getrlimit(kind)[1]))

    def watch(self, *, on: bool) -> None:
        """Whether a file is being worked on."""
        if on:
            self._at_work.set()
        else:
            self._at_work.clear()

    def _watch(self) -> None:
        while True:
            self._at_work.wait()
            if self._octets and resident() > self._octets * _NEAR:
                os._exit(OUT_OF_MEMORY)
            time.sleep(_LOOKS)
