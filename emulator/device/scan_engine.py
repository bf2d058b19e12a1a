"""The scanner without its jobs: feeder, platen, film, conditions, scan head and pace."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from emulator.device.conditions import Conditions
from emulator.device.feeder import Feeder, Glass, LetterPaper
from emulator.device.originals import Originals
from emulator.device.pace import Pace, Speed
from emulator.device.pipelines.scanned import OnDocument
from emulator.device.profile import DeviceProfile
from emulator.device.scan_jobs import ScanJob
from emulator.device.scanner_events import ConditionActive, ConditionCleared, ScannerEvent
from emulator.device.scanner_states import REASONS_ALONE
from emulator.device.sheets import Sheet, Stack
from emulator.imaging.decoding.interruption import Interrupted, Interruption, in_thread_until
from emulator.imaging.pages import PageSource, SourceError
from emulator.imaging.scan_head import detect
from emulator.imaging.scanned import Origin
from emulator.layers import Layers
from emulator.wsscan.values.geometry import Dimensions
from emulator.wsscan.values.keywords import InputSource
from emulator.wsscan.values.status import (
    Component,
    ConditionName,
    DeviceCondition,
    ScannerStateReason,
    Severity,
)
from emulator.wsscan.values.ticket import EffectiveTicket

_log = logging.getLogger(__name__)

_FOLLOWS: Final = (ConditionName.INPUT_TRAY_EMPTY, ConditionName.LAMP_WARMING)
"""Conditions that follow from what the scanner does and has; people do not set them."""
_COMPONENTS: Final = {InputSource.PLATEN: Component.PLATEN, InputSource.FILM: Component.FILM}


class ScanEngine:
    """Its methods run in the event loop. One scan passes the head at a time: whoever scans holds `head`. The
    feeder is empty until `fill`."""

    def __init__(
        self,
        profile: DeviceProfile,
        *,
        name: str = "",
        speed: Speed = "max",
        seed: int = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        tell: Callable[[ScannerEvent], None] = lambda event: None,
        reasons_changed: Callable[[], None] = lambda: None,
        layers: Layers | None = None,
    ) -> None:
        """These are its parameters.

        - `name`: of the device, on its letters.
        - `speed`: of scans that bring none.
        - `seed`: of the letters.
        - `clock` and `sleep`: seconds.
        - `now`: the time that conditions tell.
        - `tell`: is told of each condition.
        - `reasons_changed`: is called when a reason that belongs to no condition comes or goes.
        - `layers`: where pages are told of, and may be altered.
        """
        self.profile = profile
        self.speed: Speed = speed
        self._clock = clock
        self._sleep = sleep
        self._tell = tell
        self._reasons_changed = reasons_changed
        self.layers = layers or Layers()
        self.on_document: OnDocument | None = None
        """Told of each document that is made of what lies in the scanner, and what is true of it; in a thread."""
        self._now = now
        self._seed = seed
        self._passed = 0
        self._passing: set[asyncio.Task[None]] = set()
        """Conditions that clear by themselves."""
        self.conditions = Conditions(now=now, vendor=profile.vendor_conditions())
        self.head = asyncio.Lock()
        self.reading = Interruption()
        """Comes when the scanner is switched off: files that are being looked through are left."""
        self._free = asyncio.Event()
        self._free.set()
        size = Dimensions(*profile.default_ticket_section.input_size)
        paper = LetterPaper(name or profile.friendly_name, seed, size)
        self.platen = Glass(paper) if profile.platen else None
        # Of no size: film is as large as what the scanner takes of it.
        self.film = Glass(replace(paper, size=None), "film") if profile.film else None
        self.feeder = Feeder(profile.feeder.sheets, paper) if profile.feeder else None

    # What lies in it

    def fill(self) -> None:
        """Put letters into the feeder, as many sheets as the profile says, and a letter on the glass."""
        self.empty()
        section = self.profile.feeder
        if self.feeder is not None and section is not None:
            sheets = section.sheets if section.loaded is None else section.loaded
            if sheets:
                self.feeder.load_letters(sheets)
            self.tray_changed()

    def empty(self) -> None:
        """Letters on the glass, as `fill` lays them there, and nothing in the feeder."""
        for glass in (self.platen, self.film):
            if glass is not None:
                glass.place(None)
        if self.feeder is not None:
            self.feeder.renew()

    def renew(self, *, filled: bool) -> None:
        """Conditions, numbers and what lies in it are as at the start; `filled`: letters in the feeder. No job is
        at work."""
        for task in tuple(self._passing):
            task.cancel()
        for reason in REASONS_ALONE:
            self.set_reason(reason, on=False)
        self._clear(*self.conditions.active)
        self.conditions.forget()
        self._passed = 0
        if filled:
            self.fill()
        else:
            self.empty()
            self.tray_changed()

    def require_feeder(self) -> Feeder:
        """The feeder. Raises ValueError where the profile has none."""
        if self.feeder is None:
            raise ValueError(f"the {self.profile.friendly_name} has no feeder")
        return self.feeder

    def place(self, pages: PageSource | None, *, film: bool = False) -> None:
        """Lay a page on the platen, or with `film` a frame into the film holder; None: the letter. Raises
        ValueError where there is no such thing or no page."""
        glass, name = (self.film, "film holder") if film else (self.platen, "platen")
        if glass is None:
            if pages is not None:
                pages.close()
            raise ValueError(f"the {self.profile.friendly_name} has no {name}")
        glass.place(pages)

    def tray_changed(self, *, replaced: bool = False) -> None:
        """InputTrayEmpty follows from what is in the feeder, which was empty for a moment where that was
        `replaced`."""
        if self.feeder is None:
            return
        empty = self.conditions.find(ConditionName.INPUT_TRAY_EMPTY)
        if empty is None and (replaced or not len(self.feeder)):
            self._add(ConditionName.INPUT_TRAY_EMPTY)
            empty = self.conditions.find(ConditionName.INPUT_TRAY_EMPTY)
        if empty is not None and len(self.feeder):
            self._clear(empty)

    def has_sheets(self, ticket: EffectiveTicket) -> bool:
        """Return whether there is anything to scan for that ticket now."""
        if ticket.input_source in (InputSource.ADF, InputSource.ADF_DUPLEX):
            return self.feeder is not None and len(self.feeder) > 0
        return True

    # Conditions

    def set_condition(
        self, name: ConditionName | str, component: Component | None = None, severity: Severity | None = None
    ) -> bool:
        """Make a condition active; False when it is so already. Raises ValueError for one that follows from
        what the scanner does, for a component that cannot have it, or that the scanner
        does not have, and for a name that is none."""
        if name in _FOLLOWS:
            raise ValueError(f"{name} follows from what the scanner does; nobody sets it")
        return self._add(name, component, severity) is not None

    def happens(
        self,
        name: ConditionName | str,
        component: Component | None = None,
        severity: Severity | None = None,
        *,
        seconds: float | None = None,
    ) -> bool:
        """Have a condition come by itself, any of them, which clears by itself after `seconds` (None: it does
        not); False when it is active already. Raises ValueError as `set_condition`."""
        condition = self._add(name, component, severity)
        if condition is not None and seconds is not None:
            task = asyncio.get_running_loop().create_task(self._pass(condition, seconds))
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)
        return condition is not None

    async def _pass(self, condition: DeviceCondition, seconds: float) -> None:
        await self.sleep(seconds)
        if condition in self.conditions.active:  # nobody has cleared it before
            self._clear(condition)

    async def sleep(self, seconds: float) -> None:
        """Return when so much time has passed by the scanner's clock."""
        await self._sleep(seconds)

    def set_reason(self, reason: ScannerStateReason, *, on: bool) -> bool:
        """Have a reason that belongs to no condition (Paused, AttentionRequired), or end it; False when it is so
        already. [wscn/condition/reasons-only]"""
        changed = self.conditions.set_reason(reason, on=on)
        if changed:
            self._conditions_changed(())
            self._reasons_changed()
        return changed

    def clear_condition(self, name: ConditionName | str, component: Component | None = None) -> bool:
        """End a condition (of one component, or wherever it is); False when it was not active. Raises
        ValueError for one that follows from what the scanner does."""
        if name in _FOLLOWS:
            raise ValueError(f"{name} follows from what the scanner does; nobody clears it")
        found = [
            each for each in self.conditions.active if each.name == name and component in (None, each.component)
        ]
        self._clear(*found)
        return bool(found)

    def clear_conditions(self) -> None:
        """End all conditions that people can end, and reasons that belong to none."""
        for reason in REASONS_ALONE:
            self.set_reason(reason, on=False)
        self._clear(*(each for each in self.conditions.active if each.name not in _FOLLOWS))

    def _add(
        self, name: ConditionName | str, component: Component | None = None, severity: Severity | None = None
    ) -> DeviceCondition | None:
        condition = self.conditions.add(name, self._component(name, component), severity)
        if condition is not None:
            self._conditions_changed([ConditionActive(condition)])
        return condition

    def _component(self, name: ConditionName | str, component: Component | None) -> Component:
        """Where a condition is; where nobody says, at what it usually is at and the scanner has."""
        missing = {
            Component.PLATEN: self.platen is None,
            Component.ADF: self.feeder is None,
            Component.FILM: self.film is None,
        }
        if component is None:
            possible = self.conditions.rule(name).components
            component = next((each for each in possible if not missing.get(each, False)), possible[0])
        if missing.get(component, False):
            raise ValueError(f"the {self.profile.friendly_name} has no {component}")
        return component

    def _clear(self, *conditions: DeviceCondition) -> None:
        cleared = [ConditionCleared(each.id, self.conditions.clear(each.id).clear_time) for each in conditions]
        if cleared:
            self._conditions_changed(cleared)

    def _conditions_changed(self, events: Iterable[ScannerEvent]) -> None:
        if self.conditions.stopped or self.conditions.waiting:
            self._free.clear()
        else:
            self._free.set()
        for event in events:
            self._tell(event)

    # Scanning

    async def go_ahead(self) -> None:
        """Return when nothing keeps the scanner from scanning."""
        while self.conditions.stopped or self.conditions.waiting:
            await self._free.wait()

    async def warm_up(self, job: ScanJob) -> None:
        """Let the lamp warm up before each scan at real speed, for as long as the profile says."""
        if self._speed(job.originals) != "real" or not self.profile.warm_up:
            return
        component = _COMPONENTS.get(InputSource(job.resolved.to_scan.input_source), Component.ADF)
        condition = self._add(ConditionName.LAMP_WARMING, component)
        try:
            await self._sleep(self.profile.warm_up)
        finally:
            if condition is not None:
                self._clear(condition)

    def _speed(self, originals: Originals | None) -> Speed:
        return self.speed if originals is None else originals.speed

    @contextmanager
    def with_originals_laid(self, job: ScanJob) -> Iterator[None]:
        """Within, what the job's user has brought lies where its ticket scans from."""
        originals, ticket = job.originals, job.resolved.to_scan
        if originals is None:
            yield
            return
        place = self._glass(ticket.input_source) or self.require_feeder()
        stack = Stack.of_pages(originals.pages, two_sided=ticket.back is not None)
        originals.laid = True
        place.lay(stack)
        self.tray_changed()
        try:
            yield
        finally:
            place.take_away(stack)
            self.tray_changed()

    def pace(self, job: ScanJob) -> Pace:
        """Return at which pace the images of a job leave the scan head."""
        real = self._speed(job.originals) == "real"
        rate = self.profile.images_per_minute(job.resolved.to_scan) if real else None
        return Pace(rate, clock=self._clock, sleep=self._sleep)

    def origin(self) -> Origin:
        """Return what a document that is made now says of the scanner."""
        return self.profile.origin(self._now())

    def traced(self, source: PageSource) -> PageSource:
        """A source with the scanner's traces on the page that passes next."""
        self._passed += 1
        return self.profile.traced(source, self._seed, passed=self._passed)

    def _glass(self, input_source: str) -> Glass | None:
        return {InputSource.PLATEN: self.platen, InputSource.FILM: self.film}.get(InputSource(input_source))

    def take(self, input_source: str) -> Sheet | None:
        """The next sheet, None when there is none."""
        glass = self._glass(input_source)
        if glass is not None:
            return glass.take()
        if self.feeder is None:
            return None
        sheet = self.feeder.take()
        self.tray_changed()
        return sheet

    async def detect(self, ticket: EffectiveTicket) -> Dimensions | None:
        """The size of the medium that lies on the glass, or that the feeder would take next, in 1/1000 inch; None
        where there is none, or its page cannot be read: whoever scans it is told why."""
        glass = self._glass(ticket.input_source)
        sheet = glass.look() if glass is not None else self.feeder.look() if self.feeder is not None else None
        if sheet is None:
            return None
        side = sheet.front

        def look() -> Dimensions:
            with side.lock:
                return detect(side.source, side.index, ticket.front, ticket)

        try:
            return await in_thread_until(self.reading, look)
        except Interrupted:
            return None
        except SourceError as error:
            _log.warning("the size of the medium cannot be detected: %s", error)
            return None
        finally:
            sheet.release()

    def close(self) -> None:
        """Close the files that lie in it; nothing happens by itself any more."""
        for task in tuple(self._passing):
            task.cancel()
        if self.feeder is not None:
            self.feeder.clear()
        for glass in (self.platen, self.film):
            if glass is not None:
                glass.place(None)
