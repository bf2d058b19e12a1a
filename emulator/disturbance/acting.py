"""Which faults of a plan act at a message: what the places at messages have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from emulator.disturbance.ledger import Ledger
from emulator.faults.alteration import At, Of, Role
from emulator.faults.counting import Firing, Passes
from emulator.faults.impossible import Impossible
from emulator.faults.plan import ANY, Fault
from emulator.layers import Layers
from emulator.soap.envelope import Message
from emulator.soap.points import Side


class Acting:
    """The faults of one device, or of the scan server, at its messages."""

    def __init__(
        self,
        ledger: Ledger,
        roles: Collection[Role],
        layers: Layers,
        *names: str,
        always: Sequence[Fault] = (),
    ) -> None:
        """These are its parameters.

        - `roles`: whose messages pass: DEVICE and CLIENT of a device, SERVER of the scan server.
        - `layers`: told of what fires.
        - `names`: of the device, by which a plan may call it; by the first counts are kept.
        - `always`: faults of habits, which act before those of the plan.
        """
        self.ledger = ledger
        self.layers = layers
        self.device = names[0] if names else ""
        self.faults: tuple[Fault, ...] = tuple(
            each
            for each in (*always, *ledger.plan.faults)
            if each.alteration.roles & set(roles) and each.when.device in (None, *names)
        )
        self._server = Role.SERVER in roles

    def at(self, place: At) -> tuple[Fault, ...]:
        """Those of a place."""
        return tuple(each for each in self.faults if each.at is place)

    def firings(
        self,
        at: At,
        side: Side,
        operation: str,
        asked: object,
        number: int | None = None,
        *,
        about: str = "",
    ) -> Iterator[Firing]:
        """Those that act at the message that `side` sends in that operation, in the order of the plan.

        - `asked`: the request, as the points tell it.
        - `number`: of the document, where it is known.
        - `about`: the JobToken, of what the scan server sends without being asked.
        """
        of: Of = "request" if side == "client" else "answer"
        meant = tuple(
            each
            for each in self.at(at)
            if of in each.of
            and each.when.operation in (None, ANY, operation)
            and (not each.alteration.operations or operation in each.alteration.operations)
        )
        if not meant:
            return
        message = asked if isinstance(asked, Message) else None
        passes = Passes(
            self.device,
            (text_in(message, "JobToken") or about) if self._server else "",
            document_of(message) if number is None else number,
            operation,
        )
        yield from self.ledger.firing(meant, passes, self.layers)


def nothing_changed(firing: Firing) -> Impossible:
    """Why a fault that leaves what passes as it is cannot be."""
    return Impossible(f"{firing.fault.alteration.name} changes nothing in this message")


@contextmanager
def if_it_can_be(firing: Firing) -> Iterator[None]:
    """A habit leaves what it cannot be at as it is. A fault of a plan raises Impossible there: it would not be what
    it says."""
    try:
        yield
    except Impossible:
        if not firing.fault.habit:
            raise


def document_of(asked: Message | None) -> int | None:
    """The number of the document that a SendImage brings; None of another message."""
    text = text_in(asked, "DocumentId")
    return int(text) if text.isdigit() and len(text) < 10 else None


def text_in(message: Message | None, name: str) -> str:
    """The text of the first element of that name within a message; '' where there is none."""
    if message is None or message.body is None:
        return ""
    found = message.body.find(f".//{{*}}{name}")
    return "" if found is None else (found.text or "").strip()
