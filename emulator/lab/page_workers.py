"""Processes that scan pages: each has its own copy of the page source, and does one page at a time."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from emulator.imaging.encode import DocumentInfo, open_document
from emulator.imaging.pages import PageSource
from emulator.imaging.scan_head import detect, scan
from emulator.imaging.scanned import Origin, Scanned
from emulator.lab.documents import TruthFiles, page_stem
from emulator.lab.exit_codes import LabError
from emulator.lab.whole_file import part_of
from emulator.wsscan.values.detected import on_medium
from emulator.wsscan.values.ticket import EffectiveTicket

if TYPE_CHECKING:
    from emulator.documents import PageTruth

R = TypeVar("R", covariant=True)
T = TypeVar("T")

_AHEAD: Final = 2
"""Pages for each worker that are under way or done and not yet fetched."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the pages are made of; goes to each worker once. A source that is not open can be pickled."""

    source: PageSource
    ticket: EffectiveTicket
    origin: Origin
    folder: Path
    suffix: str
    truth: TruthFiles

    def scanned(self, number: int, image: str) -> tuple[Scanned, PageTruth | None]:
        """Page `number` (from 1), and in short what is on it, which is written beside it; `image` is the file that
        it will be in. Raises SourceError, OSError."""
        ticket = self.ticket
        if ticket.back is not None and number % 2 == 0 and ticket.size_auto_detect:
            ticket = on_medium(ticket, detect(self.source, number - 2, ticket.front, ticket))  # of its front
        scanned = scan(self.source, number - 1, ticket.side(number), ticket)
        return scanned, self.truth.write(self.source, scanned, page_stem(number), image)

    def written(self, number: int) -> tuple[Path, DocumentInfo, PageTruth | None]:
        """Page `number` as a document of its own; its file has its name only when it is whole. Raises
        SourceError, OSError."""
        path = self.folder / f"{page_stem(number)}{self.suffix}"
        scanned, truth = self.scanned(number, path.name)
        with part_of(path) as part:
            writer = open_document(part, self.ticket, self.origin)
            try:
                writer.add(scanned)
                info = writer.finish()
            except BaseException:
                writer.discard()
                raise
        return path, info, truth


class PageTask(Protocol[R]):
    """What a worker does with a page; a function of a module, because it goes to other processes."""

    def __call__(self, work: Work, number: int) -> R: ...


_work: Work | None = None  # of this process, where it is a worker


def _begin(pickled: bytes) -> None:
    """First thing in a worker."""
    global _work
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _work = pickle.loads(pickled)  # noqa: S301  # from our own parent


def _end_with_parent() -> None:
    """Without this a worker whose parent was killed would wait for the next page for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(task: PageTask[T], number: int) -> T:
    assert _work is not None
    return task(_work, number)


class Workers(Generic[T]):
    """`jobs` processes, or with 1 a thread of this one (starting a process costs more than some pages)."""

    def __init__(self, work: Work, jobs: int) -> None:
        self._work = work
        self._jobs = jobs
        self._pool: ProcessPoolExecutor | None = None
        if jobs > 1:
            self._pool = ProcessPoolExecutor(
                jobs, multiprocessing.get_context("spawn"), _begin, (pickle.dumps(work),)
            )

    async def results(self, task: PageTask[T], count: int) -> AsyncGenerator[T, None]:
        """What `task` makes of pages 1 to `count`, in order; some are worked on ahead. Raises what it raises,
        and LabError when a worker has died."""
        under_way: list[Future[T] | asyncio.Future[T]] = []
        window = self._jobs * _AHEAD
        try:
            for number in range(1, count + 1):
                while len(under_way) >= window:
                    yield await self._first(under_way)
                under_way.append(self._submit(task, number))
                if self._pool is None:
                    yield await self._first(under_way)
            while under_way:
                yield await self._first(under_way)
        except BrokenProcessPool:
            raise LabError(
                "a worker has died, perhaps for want of memory", hint="--jobs 1 works on one page at a time"
            ) from None

    def _submit(self, task: PageTask[T], number: int) -> Future[T] | asyncio.Future[T]:
        if self._pool is None:
            return asyncio.get_running_loop().run_in_executor(None, task, self._work, number)
        return self._pool.submit(_do, task, number)

    async def _first(self, under_way: list[Future[T] | asyncio.Future[T]]) -> T:
        future = under_way.pop(0)
        return await (asyncio.wrap_future(future) if isinstance(future, Future) else future)

    async def aclose(self) -> None:
        """Pages under way are finished, no others begun."""
        if self._pool is not None:
            await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)
