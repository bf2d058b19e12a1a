"""Hands the documents of a job to a target one by one: whoever handles DELIVERY is asked first."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Self

from emulator.dsm.states import FilterStateReason
from emulator.faults.delivery_script import DocumentToDeliver
from emulator.scan_server.delivery.numbers import alone_with
from emulator.scan_server.delivery.outcome import Delivery
from emulator.scan_server.jobs import Job, StoredDocument
from emulator.scan_server.points import AskDelivery, DocumentForTarget, TargetPlace


@dataclass(slots=True)
class Handing:
    """What has become of the documents of a job at one target. A context manager: names that it has promised to a
    handler of DELIVERY are nobody else's until its end."""

    job: Job
    target: str
    ask: AskDelivery | None
    """None: nobody handles DELIVERY."""
    places: dict[int, str] = field(default_factory=dict)
    """Of the documents that the target surely has, by DocumentId: what they are called there."""
    altered: set[int] = field(default_factory=set)
    """Those that the target has otherwise than whole, or will have."""
    _first: str = ""
    _promised: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._promised.close()

    def hand(
        self,
        document: StoredDocument,
        place: TargetPlace,
        name: Callable[[], str],
        deliver: Callable[[Callable[[], str]], str],
    ) -> None:
        """Deliver a document, or have the handler do it.

        - `name`: the next name that it may have.
        - `deliver`: under the first of such names that is free; gives what it is called there.

        Raises what both raise.
        """
        if self.ask is None:
            self._have(document, deliver(name))
            return
        while not self._promise(place, wanted := name()):
            pass
        self._first = self._first or wanted
        position = self.job.documents_in_order().index(document) + 1
        shape = DocumentToDeliver(wanted, self._first, position, len(self.job.documents), document.file.size)
        done = self.ask(
            DocumentForTarget(
                self.job.token, document.document_id, self.target, shape, document.file.path, place, self.job.stop
            )
        )
        if done is not None and done.warning:
            self.job.warnings.append(done.warning)
        if done is None or done.name is None:
            names = iter((wanted,))
            self._have(document, deliver(lambda: next(names, None) or name()))
        elif done.whole:
            self._have(document, place.place(done.name))
        else:
            self._altered(document, place.place(done.name))

    def _promise(self, place: TargetPlace, name: str) -> bool:
        """Whether that name is free. A handler may write over what is there, so it is looked for first."""
        with ExitStack() as held:
            if not held.enter_context(alone_with(f"handler of {place.place('')}", name)) or place.has(name):
                return False
            self._promised.push(held.pop_all())
        return True

    def _have(self, document: StoredDocument, place: str) -> None:
        self._replaced(place)
        self.places[document.document_id] = place

    def _altered(self, document: StoredDocument, place: str) -> None:
        self._replaced(place)
        self.altered.add(document.document_id)

    def _replaced(self, place: str) -> None:
        """The document that was at that place before is not there any more, or not alone."""
        for number in [number for number, each in self.places.items() if each == place]:
            del self.places[number]
            self.altered.add(number)

    @property
    def numbers(self) -> tuple[int, ...]:
        """DocumentIds of what the target surely has, in order."""
        return tuple(sorted(self.places))

    @property
    def names(self) -> tuple[str, ...]:
        """What they are called there."""
        return tuple(self.places[number] for number in self.numbers)

    def done(self, dialect: str, *, in_store: bool = False) -> Delivery:
        """The target has all that it should."""
        detail = ""
        if self.altered:
            detail = f"{len(self.altered)} of {len(self.job.documents)} documents are not whole there, on purpose"
        return Delivery(dialect, self.target, self.numbers, self.names, detail=detail, in_store=in_store)

    def failed(self, dialect: str, reason: FilterStateReason, detail: str, *, in_store: bool = False) -> Delivery:
        """The target has not all that it should."""
        if self.places:
            detail += f"; {len(self.places)} of {len(self.job.documents)} documents are there"
        return Delivery(dialect, self.target, self.numbers, self.names, reason, detail, in_store)
