"""The options of a post-scan job (options/scan.py), for who runs one."""

from __future__ import annotations

from emulator.options.scan import EMBEDDED, NO_MANIFEST, ScanOptions

__all__ = ["EMBEDDED", "NO_MANIFEST", "ScanOptions"]
