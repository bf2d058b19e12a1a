"""What can be as at its start again says so itself: no list of what a reset clears can grow stale."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, runtime_checkable


@runtime_checkable
class Resettable(Protocol):
    """Something with a state of its own that a reset takes back. Whoever holds one hands the reset on to it."""

    async def start_over(self) -> None:
        """Be as at the start: what was done, what has come and what was counted since is gone. What listens, who is
        plugged in, addresses and identities stay. Returns when nothing of before is at work any more."""


async def start_over(things: Iterable[Resettable]) -> None:
    """Reset them one after another: what makes others work first, what takes down what happens last. All are, even
    where one fails; the first failure is raised then."""
    failure: Exception | None = None
    for each in things:
        try:
            await each.start_over()
        except Exception as error:  # told when the others have been reset
            failure = failure or error
    if failure is not None:
        raise failure
