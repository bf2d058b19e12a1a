"""What habits of a device know of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from emulator.device.scanner import VirtualScanner


class ScannerView:
    """A DeviceView (faults/device_habits.py) of a virtual scanner."""

    def __init__(self, scanner: VirtualScanner, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds, from anywhere."""
        self._scanner = scanner
        self._clock = clock
        self._kept_at: float | None = None

    @property
    def sheets(self) -> int | None:
        """How many lie in the feeder; None where there is none."""
        return self._scanner.snapshot().sheets

    @property
    def since_kept(self) -> float | None:
        """Seconds since an image was taken on a connection that the client has kept open; None: never."""
        return None if self._kept_at is None else self._clock() - self._kept_at

    def image_asked(self, *, kept: bool) -> None:
        """An image is taken, on a connection that the client keeps open or not."""
        self._kept_at = self._clock() if kept else None
