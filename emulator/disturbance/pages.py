"""At pages: what a plan says happens to one before it is scanned, or to its image."""

from __future__ import annotations

from typing import Final

from emulator.device.feeder import Feeder
from emulator.device.points import PageAtHead, PageFailed
from emulator.disturbance.acting import Acting
from emulator.faults.alteration import At
from emulator.faults.alterations.page import MAX_SECONDS
from emulator.faults.counting import Passes
from emulator.faults.page_deeds import (
    AlterImage,
    EmptyFeeder,
    FailPage,
    FeedTwo,
    PageDeed,
    RaiseCondition,
    WaitBefore,
)
from emulator.imaging.decoding.interruption import in_thread
from emulator.imaging.scanned import Scanned
from emulator.wsscan.values.keywords import InputSource

PAGE_LIMIT: Final = 100 * MAX_SECONDS
"""Seconds that all faults of one page may take: a jam is waited for by whoever scans its image."""


class AlteredPages:
    """The handler of PAGE."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting

    async def page(self, page: PageAtHead) -> Scanned | None:
        """What is sent in the place of a page; None: what the scanner makes of it. Raises PageFailed, SourceError
        for a page that cannot be scanned. The faults act in the order of the plan."""
        acting = self._acting
        passes = Passes(acting.device, number=page.number)
        altered: Scanned | None = None
        for firing in acting.ledger.firing(acting.at(At.PAGE), passes, acting.layers):
            deed: PageDeed = firing.fault.alteration.apply(firing.fault.parameters)
            if isinstance(deed, AlterImage):
                altered = await in_thread(deed.alter, altered or await page.scan())
                continue
            try:
                await _do(deed, page)
            except ValueError as error:
                raise PageFailed(f"the fault {firing.fault.name!r} cannot be: {error}") from None
        return altered


async def _do(deed: PageDeed, page: PageAtHead) -> None:
    """Raises PageFailed, and ValueError for what this scanner cannot have."""
    engine = page.engine
    match deed:
        case RaiseCondition():
            _happens(deed, page)
        case FeedTwo():
            lost = _feeder(page).take()
            if lost is not None:
                lost.release()
                engine.tray_changed()
            if deed.condition is not None:
                _happens(deed.condition, page)
        case EmptyFeeder():
            _feeder(page).clear()
            engine.tray_changed()
        case WaitBefore():
            await engine.sleep(deed.seconds)
        case FailPage():
            raise PageFailed(deed.reason)


def _feeder(page: PageAtHead) -> Feeder:
    """The feeder that the page has come from. Raises ValueError where it has come from elsewhere."""
    feeder = page.engine.require_feeder()
    source = page.job.resolved.to_scan.input_source
    if source not in (InputSource.ADF, InputSource.ADF_DUPLEX):
        raise ValueError(f"the page is scanned from {source}, not from the feeder")
    return feeder


def _happens(deed: RaiseCondition, page: PageAtHead) -> None:
    page.engine.happens(deed.name, deed.component, deed.severity, seconds=deed.seconds)
