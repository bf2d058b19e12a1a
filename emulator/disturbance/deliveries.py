"""At deliveries: what a plan says is written to a target, played step by step."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import IO, Final

from emulator.disturbance.acting import Acting
from emulator.dsm.states import FilterStateReason
from emulator.faults.alteration import At
from emulator.faults.counting import Passes
from emulator.faults.delivery_script import (
    Close,
    Create,
    DeliveryScript,
    Fail,
    Failure,
    JobEnds,
    Lock,
    PlaceKind,
    Rename,
    Reopen,
    Step,
    Wait,
    Write,
)
from emulator.scan_server.delivery.outcome import DeliveryFailed, Stopped
from emulator.scan_server.points import DocumentForTarget, Placed, TargetPlace

_log = logging.getLogger(__name__)

DELIVERY_LIMIT: Final = 1_000_000.0
"""Seconds for one document: a script may wait, and ends."""
_AT_ONCE: Final = 16
_PIECE: Final = 1024 * 1024
_LOOK: Final = 0.05
"""Seconds between two looks whether the job has ended."""

_SLICE: Final = 1.0
"""Seconds of a pause that nobody is told of."""

_SHARE: Final = {
    Failure.FULL: FilterStateReason.FILE_SHARE_OUT_OF_DISK_SPACE,
    Failure.GONE: FilterStateReason.UNKNOWN_ERROR,
    Failure.DENIED: FilterStateReason.FILE_SHARE_ACCESS_DENIED,
}
_REASONS: Final = {
    # The law: [dsp/filter-state-reason/file-share-out-of-disk-space]
    # The law: [dsp/filter-state-reason/file-share-access-denied]
    PlaceKind.FOLDER: _SHARE,
    PlaceKind.SHARE: _SHARE,
    PlaceKind.LIBRARY: {
        Failure.FULL: FilterStateReason.SHAREPOINT_OUT_OF_DISK_SPACE,
        Failure.GONE: FilterStateReason.UNKNOWN_ERROR,
        Failure.DENIED: FilterStateReason.SHAREPOINT_ACCESS_DENIED,
    },
    PlaceKind.MAIL: {
        Failure.FULL: FilterStateReason.UNABLE_TO_SEND_EMAIL,
        Failure.GONE: FilterStateReason.INVALID_SMTP_SERVER,
        Failure.DENIED: FilterStateReason.UNABLE_TO_SEND_EMAIL,
    },
}


class AlteredDeliveries:
    """The handler of DELIVERY. `close` it."""

    def __init__(self, acting: Acting) -> None:
        self._acting = acting
        self._threads = ThreadPoolExecutor(_AT_ONCE, "altered delivery")
        self._late: list[threading.Thread] = []
        self._closing = threading.Event()

    async def deliver(self, document: DocumentForTarget) -> Placed | None:
        """Deliver a document as the plan says; None where it says nothing. Of faults that each say how it comes
        there the first acts alone. Raises DeliveryFailed, Stopped, OSError."""
        acting, kind = self._acting, document.place.kind
        passes = Passes(acting.device, document.token, document.number, f"{kind} {document.target}".strip())
        script: DeliveryScript | None = None
        warnings: list[str] = []
        for fault in acting.at(At.DELIVERY):
            made: DeliveryScript = fault.alteration.apply(fault.parameters)
            if kind not in made.places or (script is not None and made.steps is not None):
                continue
            for _ in acting.ledger.firing((fault,), passes, acting.layers):
                script = script if made.steps is None else made
                warnings += [made.warning] * bool(made.warning)
        if script is None:
            return Placed(None, warning="; ".join(warnings)) if warnings else None
        work = partial(self._play, script, document)
        name = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        return Placed(name, script.whole, "; ".join(warnings))

    def close(self) -> None:
        """What comes late comes now."""
        self._closing.set()
        for thread in self._late:
            thread.join()
        self._threads.shutdown(wait=False)

    def _play(self, script: DeliveryScript, document: DocumentForTarget) -> str:
        """Raises what the place raises, DeliveryFailed and Stopped."""
        assert script.steps is not None, "somebody says how it comes there"
        steps = script.steps(document.shape)
        with document.file.open("rb") as source:
            return self._steps(steps, document, source, partial(_wait, document.stop))

    def _steps(
        self,
        steps: Iterator[Step],
        document: DocumentForTarget,
        source: IO[bytes],
        wait: Callable[[float], None],
    ) -> str:
        """The name of the file that the document is in now, or will be."""
        place, name = document.place, document.shape.name
        for step in steps:
            match step:
                case Create():
                    name = step.name
                    place.create(name, over=step.over)
                case Reopen():
                    name = step.name
                    place.reopen(name)
                case Write():
                    for data in _pieces(source, step):
                        wait(0)
                        place.write(step.name, data)
                case Close():
                    place.close(step.name)
                case Rename():
                    place.rename(step.name, step.to)
                    name = step.to
                case Lock():
                    place.lock(step.name)
                case Wait():
                    place.flush()
                    _wait_at(place, step.seconds, wait)
                case JobEnds():
                    self._later(steps, document, source)
                    return name
                case Fail():
                    place.close(name)
                    raise DeliveryFailed(_REASONS[place.kind][step.failure], f"{place.place(name)}: {step.failure}")
        place.flush()
        return name

    def _later(self, steps: Iterator[Step], document: DocumentForTarget, source: IO[bytes]) -> None:
        """The rest when the job has ended, of a copy: the document may be gone then."""
        copy = tempfile.TemporaryFile()  # noqa: SIM115 - the thread closes it
        while data := source.read(_PIECE):
            copy.write(data)

        def wait(seconds: float) -> None:
            self._closing.wait(seconds)

        def play() -> None:
            with copy:
                while not document.stop.wait(_LOOK) and not self._closing.is_set():
                    pass
                try:
                    self._steps(steps, document, copy, wait)
                except (OSError, DeliveryFailed, Stopped) as error:  # whoever would be told has gone
                    _log.warning(
                        "job %s: document %d came to nothing, late: %s", document.token, document.number, error
                    )

        thread = threading.Thread(target=play, name="late delivery", daemon=True)
        self._late.append(thread)
        thread.start()


def _pieces(source: IO[bytes], step: Write) -> Iterator[bytes]:
    source.seek(step.start)
    left = step.end - step.start
    while left and (data := source.read(min(left, _PIECE))):
        left -= len(data)
        yield data


def _wait_at(place: TargetPlace, seconds: float, wait: Callable[[float], None]) -> None:
    """Whoever watches the connection is told now and then that this is no hanging server."""
    while seconds > 0:
        wait(min(seconds, _SLICE))
        seconds -= _SLICE
        place.flush()


def _wait(stop: threading.Event, seconds: float) -> None:
    if stop.wait(seconds):
        raise Stopped
