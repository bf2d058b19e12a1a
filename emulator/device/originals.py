"""What a user brings to the scanner for one scan."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.device.pace import Speed
from emulator.device.pipelines.pipeline import PagePipeline
from emulator.imaging.pages import PageSource


@dataclass(slots=True, eq=False)
class Originals:
    """Pages that are laid where the ticket scans from when the scan begins: one a sheet, or for a ticket of both
    sides front and back in turn. All of them are, however few the feeder takes at once: the user lays in more as
    sheets pass. What lies in the scanner already stays below them."""

    pages: PageSource
    """The scanner leaves no traces on them: they have theirs. It closes them."""
    pipeline: PagePipeline
    images: int
    """How many of them are scanned; the user takes the others away again."""
    speed: Speed = "max"
    laid: bool = False
    """The scan has begun; before it nobody else closes `pages`."""

    @property
    def left_out(self) -> int:
        """Pages that are brought and not to be scanned."""
        return len(self.pages) - self.images

    def take_back(self) -> None:
        """The scan has not begun, and will not."""
        if not self.laid:
            self.laid = True
            self.pages.close()
