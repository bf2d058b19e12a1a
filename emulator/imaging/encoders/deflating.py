"""Deflate (RFC 1951) for documents: by ISA-L, which takes a fifth of zlib's time for files of about the same size,
by zlib where there is no wheel of it. What comes out differs between the two, and between kinds of processors."""

from __future__ import annotations

import zlib
from types import ModuleType
from typing import Final, Protocol

_isa_l: ModuleType | None
try:
    from isal import isal_zlib as _isa_l
except ImportError:
    _isa_l = None

_LEVEL: Final = 1
"""Of both: the next one hardly makes files smaller."""
_MEMORY: Final = 9  # most; zlib alone heeds it


class Deflating(Protocol):
    """Data that comes piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """What is ready when this has been taken."""

    def flush(self, mode: int = zlib.Z_FINISH, /) -> bytes:
        """The rest. With Z_FULL_FLUSH up to a whole octet, and what follows refers to nothing before it."""


def deflating(*, raw: bool = False) -> Deflating:
    """Begin; `raw`: without zlib's header and checksum (RFC 1950)."""
    bits = -zlib.MAX_WBITS if raw else zlib.MAX_WBITS
    if _isa_l is not None:
        made: Deflating = _isa_l.compressobj(_LEVEL, zlib.DEFLATED, bits, _MEMORY)
        return made
    return zlib.compressobj(_LEVEL, zlib.DEFLATED, bits, _MEMORY)
