"""A process that scans pages for `render`: `python -m emulator.jobs.page_child HANDLE`.

The first request is the PageWork, each further one a task and the number of a page.
"""

from __future__ import annotations

import pickle
import threading

from emulator.imaging.decoding.child_process import STOP_SECONDS
from emulator.imaging.decoding.interruption import Interruption, interrupted_by
from emulator.imaging.decoding.serving import serve
from emulator.jobs.page_workers import PageWork


class _Worker:
    """What one process works on."""

    def __init__(self) -> None:
        self._work: PageWork | None = None
        self._dismissed = Interruption()
        self._idle = threading.Event()
        self._idle.set()

    def answer(self, request: bytes) -> bytes:
        """Never raises but for what ends the process."""
        self._idle.clear()
        try:
            return self._answer(pickle.loads(request))  # noqa: S301  # from our own parent
        finally:
            self._idle.set()

    def _answer(self, request: object) -> bytes:
        if isinstance(request, PageWork):
            self._work = request
            return pickle.dumps(None)
        assert self._work is not None and isinstance(request, tuple)
        task, number = request
        try:
            with interrupted_by(self._dismissed):
                return pickle.dumps((True, task(self._work, number)))
        except Exception as error:  # whoever asked raises it
            return pickle.dumps((False, error))

    def dismiss(self) -> None:
        """Nobody asks any more: a page that is nearly done is finished, so that nothing is left half written."""
        self._dismissed.interrupt()
        self._idle.wait(STOP_SECONDS)


if __name__ == "__main__":
    worker = _Worker()
    serve(worker.answer, worker.dismiss)
