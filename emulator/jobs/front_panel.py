"""What a person does at a device, in words: whoever drives one, by the control API or from Python, does it here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from emulator.device.scanner import LANGUAGE, VirtualScanner
from emulator.environment.exit_codes import LabError
from emulator.imaging.decoding.limits import PageLimits
from emulator.jobs.documents import document_source
from emulator.wsscan.values.keywords import keyword
from emulator.wsscan.values.status import Component, ConditionName, LocalizedText, Severity
from emulator.wsscan.xml.settings import MAX_STRING


@dataclass(frozen=True, slots=True)
class Load:
    """What is put into a device: sheets of letters, of files or of a document set into the feeder, or a file onto
    the platen or into the film holder. Raises ValueError for what does not go together."""

    sheets: int | None = None
    """How many letters, or sheets of `documents`."""
    files: Sequence[str | PathLike[str]] | None = None
    documents: str | None = None
    """A document set: its name, or a TOML file."""
    seed: int = 0
    """Of `documents`."""
    two_sided: bool = False
    """Two pages on each sheet, of files and of `documents`."""
    platen: bool = False
    film: bool = False
    replace: bool = False
    """What is in the feeder is taken out first."""
    page_seconds: float | None = None
    """In place of the scanner's, for these files."""
    page_memory: int | None = None
    """Octets, likewise."""

    def __post_init__(self) -> None:
        if self.documents is not None:
            if self.files is not None or not isinstance(self.documents, str):
                raise ValueError("documents is the name or the file of a document set, and files do not go with it")
        elif (self.sheets is None) == (self.files is None):
            raise ValueError("give sheets (how many letters), files or documents")
        if self.files is not None and not _are_paths(self.files):
            raise ValueError("files is a list of paths")
        if self.sheets is not None and not _is_whole(self.sheets):
            raise ValueError("sheets is a whole number")
        if not _is_whole(self.seed):
            raise ValueError("seed is a whole number")
        for name in ("two_sided", "platen", "film", "replace"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} is true or false")
        if self.platen and self.film:
            raise ValueError("platen or film, not both")
        if (self.platen or self.film) and (self.files is None or len(self.files) != 1):
            raise ValueError(f"one file goes {'into the film holder' if self.film else 'onto the platen'}")

    def limits(self, own: PageLimits) -> PageLimits:
        """Those of `own` with what is given. Raises ValueError."""
        seconds = own.seconds if self.page_seconds is None else self.page_seconds
        memory = own.memory if self.page_memory is None else self.page_memory
        if any(isinstance(value, bool) or not isinstance(value, int | float) for value in (seconds, memory)):
            raise ValueError("page_seconds is a number of seconds, page_memory one of octets")
        try:
            return PageLimits(float(seconds), int(memory))
        except OverflowError as error:
            raise ValueError(str(error)) from None


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_paths(files: object) -> bool:
    return isinstance(files, list | tuple) and bool(files) and all(isinstance(f, str | PathLike) for f in files)


class FrontPanel:
    """Of one scanner. Its methods run in the event loop and raise ValueError for what cannot be, with a line that
    says why; keywords are taken in any case."""

    def __init__(self, scanner: VirtualScanner) -> None:
        self._scanner = scanner

    async def load(self, load: Load) -> None:
        """Put it in. Raises also SourceError for what cannot be read, NotAcceptingJobs when the scanner is switched
        off meanwhile."""
        scanner, limits = self._scanner, load.limits(self._scanner.page_limits)
        files = [Path(file) for file in load.files or ()]
        if load.platen or load.film:
            await scanner.place_file(files[0], film=load.film, limits=limits)
            return
        if load.replace:
            scanner.empty_feeder()
        if load.documents is not None:
            await self._load_documents(load, load.documents)
        elif files:
            await scanner.load_files(files, two_sided=load.two_sided, limits=limits)
        elif load.sheets:
            scanner.load_letters(load.sheets)

    async def _load_documents(self, load: Load, documents: str) -> None:
        """A document set once, or so many sheets of it."""
        pages = None if load.sheets is None else load.sheets * (2 if load.two_sided else 1)
        try:
            source = await asyncio.to_thread(document_source, documents, seed=load.seed, pages=pages)
        except LabError as error:
            raise ValueError(str(error)) from None
        self._scanner.load_pages(source, two_sided=load.two_sided)

    def open(self, component: object = None) -> None:
        """Open a cover; None: wherever the device has one."""
        self._scanner.open(_component(component))

    def close(self, component: object = None) -> None:
        """Close a cover, or every one."""
        self._scanner.close(_component(component))

    def jam(self, component: object = None) -> None:
        """Jam the paper."""
        self._scanner.jam(_component(component))

    def condition(
        self, name: object, *, on: bool = True, component: object = None, severity: object = None
    ) -> None:
        """Any condition on or off."""
        if name is None:
            raise ValueError(f"name is one of {', '.join(ConditionName)}")
        condition, where = keyword(ConditionName, "name", name), _component(component)
        if not isinstance(on, bool):
            raise ValueError("on is true or false")
        if on:
            how = None if severity is None else keyword(Severity, "severity", severity)
            self._scanner.set_condition(condition, where, how)
        else:
            self._scanner.clear_condition(condition, where)

    def clear(self) -> None:
        """End all conditions that a person can end."""
        self._scanner.clear()

    async def reset(self) -> None:
        """Jobs cancelled, conditions ended, feeder and glass as at the start."""
        await self._scanner.reset()

    async def cancel(self, job_id: int | None = None) -> None:
        """A scan job, or all."""
        if job_id is not None and not _is_whole(job_id):
            raise ValueError("job_id is a whole number")
        if not await self._scanner.cancel_at_panel(job_id):
            raise ValueError("there is no such scan job to cancel" if job_id else "there is no scan job to cancel")

    def describe(self, **texts: Any) -> None:
        """Another ScannerDescription: `name`, `info`, `location`; what is not given stays as it is, an empty `info`
        or `location` goes."""
        for field, value in texts.items():
            if not isinstance(value, str) or len(value) > MAX_STRING:
                raise ValueError(f"{field} is a text of at most {MAX_STRING} characters")
        if texts.get("name") == "":
            raise ValueError("a device has a name")
        said = {field: (LocalizedText(value, LANGUAGE),) if value else () for field, value in texts.items()}
        if "name" in said:
            said["names"] = said.pop("name")
        self._scanner.change_description(replace(self._scanner.description, **said))


def _component(word: object) -> Component | None:
    return None if word is None else keyword(Component, "component", word)
