"""Processes that scan pages: each has its own copy of the page source, and does one page at a time."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from emulator.device.pipelines.pipeline import PassingSide
from emulator.device.pipelines.scanned import ScannedPages
from emulator.device.sheets import SheetSide
from emulator.environment.exit_codes import LabError
from emulator.environment.whole_file import part_of, part_path
from emulator.imaging.coded import CodedScan
from emulator.imaging.decoding.child_process import ChildError, ChildProcess
from emulator.imaging.decoding.interruption import in_thread
from emulator.imaging.encode import DocumentInfo, open_document
from emulator.imaging.pages import PageSource
from emulator.imaging.scanned import Origin, Scanned
from emulator.jobs.documents import TruthFiles, page_stem
from emulator.wsscan.values.ticket import EffectiveTicket

if TYPE_CHECKING:
    from emulator.documents import PageTruth

R = TypeVar("R", covariant=True)
T = TypeVar("T")

_MODULE: Final = "emulator.jobs.page_child"
_AHEAD: Final = 2
"""Pages for each worker that are under way or done and not yet fetched."""


@dataclass(frozen=True, slots=True)
class PageWork:
    """What the pages are made of; goes to each worker once. A source that is not open can be pickled."""

    source: PageSource
    ticket: EffectiveTicket
    origin: Origin
    folder: Path
    suffix: str
    truth: TruthFiles
    pipeline: ScannedPages
    """Front and back of sheets are pages of the source in turn."""

    def scanned(self, number: int, image: str) -> tuple[Scanned | CodedScan, PageTruth | None]:
        """Page `number` (from 1), and in short what is on it, which is written beside it; `image` is the file that
        it will be in. Raises SourceError, OSError."""
        is_back = self.ticket.back is not None and number % 2 == 0
        front = SheetSide(self.source, number - 2) if is_back else None
        scanned = self.pipeline.image(PassingSide(number, SheetSide(self.source, number - 1), front))
        return scanned, self.truth.write(self.source, scanned, page_stem(number), image)

    def written(self, number: int) -> tuple[Path, DocumentInfo, PageTruth | None]:
        """Page `number` as a document of its own; its file has its name only when it is whole. Raises
        SourceError, OSError."""
        path = self.folder / f"{page_stem(number)}{self.suffix}"
        scanned, truth = self.scanned(number, path.name)
        with part_of(path) as part, open_document(part, self.ticket, self.origin) as writer:
            writer.add(scanned)
            info = writer.finish()
        return path, info, truth

    def clear(self, number: int) -> None:
        """Remove what a process that died has left of page `number`."""
        path = self.folder / f"{page_stem(number)}{self.suffix}"
        part_path(path).unlink(missing_ok=True)


class PageTask(Protocol[R]):
    """What a worker does with a page; a function of a module, because it goes to other processes."""

    def __call__(self, work: PageWork, number: int) -> R: ...


class Workers(Generic[T]):
    """`jobs` processes, or with 1 a thread of this one (starting a process costs more than some pages)."""

    def __init__(self, work: PageWork, jobs: int) -> None:
        self._work = work
        self._jobs = jobs
        self._children: list[ChildProcess] = []
        self._free: asyncio.LifoQueue[ChildProcess | None] = asyncio.LifoQueue()
        """Those without work; None: one that has not been started."""
        for _ in range(jobs):
            self._free.put_nowait(None)

    async def results(self, task: PageTask[T], numbers: Iterable[int]) -> AsyncGenerator[T, None]:
        """Yield what `task` makes of the pages of those numbers, in order; some are worked on ahead. Raises what it
        raises, and LabError when a worker has died."""
        under_way: list[asyncio.Task[T]] = []
        window = self._jobs * _AHEAD if self._jobs > 1 else 1
        try:
            for number in numbers:
                while len(under_way) >= window:
                    yield await under_way.pop(0)
                under_way.append(asyncio.create_task(self._done(task, number)))
            while under_way:
                yield await under_way.pop(0)
        finally:
            for each in under_way:
                each.cancel()
            if under_way:
                await asyncio.wait(under_way)
                for each in under_way:
                    if not each.cancelled():
                        each.exception()  # seen

    async def _done(self, task: PageTask[T], number: int) -> T:
        if self._jobs == 1:
            return await in_thread(task, self._work, number)
        child = await self._free.get()
        try:
            if child is None:
                child = await in_thread(self._started)
            good, value = await in_thread(self._asked, child, task, number)
        except BaseException as error:
            self._work.clear(number)  # its process has ended, perhaps by force
            if not isinstance(error, ChildError):
                raise
            raise LabError(
                f"a worker has failed at page {number}: {error}", hint="--jobs 1 works on one page at a time"
            ) from None
        self._free.put_nowait(child)
        if not good:
            raise value
        result: T = value
        return result

    def _started(self) -> ChildProcess:
        """Raises ChildError."""
        child = ChildProcess(_MODULE)
        self._children.append(child)
        child.ask(pickle.dumps(self._work), None, gently=True)
        return child

    def _asked(self, child: ChildProcess, task: PageTask[T], number: int) -> tuple[bool, Any]:
        """Return whether it went well, and what came of it. Raises ChildError."""
        answer = pickle.loads(child.ask(pickle.dumps((task, number)), None, gently=True))  # noqa: S301  # ours
        return answer[0], answer[1]

    async def aclose(self) -> None:
        """End the processes: no page is under way any more."""
        for child in self._children:
            await asyncio.to_thread(child.end)
