"""How checks of clients are registered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import wraps
from importlib import import_module

from emulator.conformance.check import Direct, Invariant, Over, Subject, add, registered
from emulator.conformance.check import check as _check
from emulator.conformance.check import invariant as _invariant
from emulator.conformance.clients.conversation import Conversation
from emulator.conformance.clients.peer import ClientPeer
from emulator.conformance.clients.situations import Situation
from emulator.conformance.verdict import NotRun

OfConversation = Callable[[ClientPeer, Conversation], int]
"""Looks at what the client did in one situation; the number of what it has looked at."""


def invariant(*ids: str, over: Over) -> Callable[[Invariant], Invariant]:
    """The function looks at each message; the rest as of check.invariant."""
    return _invariant(*ids, over=over, of=Subject.CLIENT)


def share(over: Over, module: str, ids: Iterable[str]) -> None:
    """Judge clients, too, by checks of scan servers: those of a module that have these ids."""
    import_module(module)
    wanted = set(ids)
    for each in registered(Subject.SERVER):
        if each.id in wanted and getattr(each.invariant, "__module__", "") == module:
            add(replace(each, of=Subject.CLIENT, over=over, provoke=None))
            wanted.remove(each.id)
    if wanted:
        raise LookupError(f"{module} has no check {', '.join(sorted(wanted))}")


def conversation(*ids: str, otherwise: str, at: Iterable[Situation] = ()) -> Callable[[OfConversation], Direct]:
    """The function looks at what the client did in each situation.

    - `ids`: clauses that it decides together.
    - `otherwise`: why it is not run, where it has found nothing to look at.
    - `at`: situations that it looks at; without any, all.
    """
    wanted = tuple(at) or tuple(Situation)

    def register(function: OfConversation) -> Direct:
        @wraps(function)
        async def looked_at(peer: ClientPeer) -> str:
            found = {each: seen for each, seen in peer.conversations.items() if each in wanted}
            count = sum(function(peer, each) for each in found.values())
            if not count:
                raise NotRun(otherwise)
            return f"so in {count}"

        return _check(*ids, of=Subject.CLIENT)(looked_at)

    return register
