"""Who is judged in the tests, each subject in one way: its mutants, a run of checks against one of them, and the
peer that does nothing otherwise."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Protocol

import judged_client
import judged_device
import judged_post_scan
import judged_server
from client_mutants import MUTANTS as OF_CLIENTS
from client_mutants import RIGHT, ClientMutant
from device_mutants import MUTANTS as OF_DEVICES
from judged_post_scan import ClientMutant as SendingMutant
from mutant import Mutant
from post_scan_mutants import MUTANTS as OF_POST_SCAN
from post_scan_mutants_messages import unchanged
from scripted_client import everything
from server_mutants import MUTANTS as OF_SERVERS

from emulator.conformance.check import Check, Subject
from emulator.conformance.clients.situations import Situation
from emulator.conformance.runner import Run, Runner


class AnyMutant(Protocol):
    """A peer with one thing done otherwise, of whichever subject."""

    @property
    def caught_by(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Bench:
    """Of one subject."""

    mutants: tuple[Any, ...]
    run: Callable[..., Any]
    """What comes of checks, by folder, checks, mutant (None: nobody's) and `shuffle`."""
    right: Callable[[Any], Any]
    """The peer of a mutant, which does nothing otherwise."""
    peer: Callable[[Any], Hashable]
    """What peers that do nothing otherwise have alike."""
    deed: Callable[[Any], Hashable]
    """What mutants have alike that do the same, and are found by several checks."""
    also: Callable[[Any], Iterable[str]] = lambda mutant: mutant.also
    """Globs of checks that may find it too, until the matrix has run with it."""


# Of scan servers and devices


def _asked(module: ModuleType) -> Callable[..., Any]:
    async def run(folder: Path, checks: Sequence[Check], mutant: Any = None, shuffle: int | None = None) -> Run:
        async with module.judged_peer(folder, mutant) as peer:
            return await Runner(peer, checks, shuffle=shuffle).run()

    return run


def _right_server(mutant: Mutant) -> Mutant:
    # What a mutant says of its server is what is wrong.
    return Mutant("", "", strict=mutant.strict, office=mutant.office)


def _right_device(mutant: Mutant) -> Mutant:
    # What a mutant says of its device is another kind of device, unless that is all that it says.
    options = mutant.server if mutant.plugs or mutant.http else {}
    return Mutant("", "", server=options, strict=mutant.strict, office=mutant.office)


def _peer(mutant: Mutant) -> Hashable:
    return repr((mutant.strict, mutant.office, sorted(mutant.server.items(), key=lambda each: each[0])))


# Of what a device sends


async def _sending(
    folder: Path, checks: Sequence[Check], mutant: SendingMutant | None = None, shuffle: int | None = None
) -> Run:
    async with judged_post_scan.judged_peer(folder, mutant) as (peer, _):
        return await Runner(peer, checks, shuffle=shuffle).run()


def _right_sender(mutant: SendingMutant) -> SendingMutant:
    return SendingMutant("", "", unchanged(), device=mutant.device)


# Of clients


async def _client(
    folder: Path, checks: Sequence[Check], mutant: ClientMutant | None = None, shuffle: int | None = None
) -> Run:
    if mutant is None:
        mutant = ClientMutant("", "", {**RIGHT, Situation.ORDINARY: everything})
    run, _ = await judged_client.judged(
        folder, checks, mutant.scripts, mutant.wrong, shuffle=shuffle, **mutant.judged
    )
    return run


def _right_client(mutant: ClientMutant) -> ClientMutant:
    if mutant.wrong is not None:
        return replace(mutant, wrong=None, judged={})
    return ClientMutant("", "", {each: RIGHT.get(each, everything) for each in mutant.scripts})


def _script(mutant: ClientMutant) -> Hashable:
    return tuple(mutant.scripts.items())


BENCHES: Final[Mapping[Subject, Bench]] = {
    Subject.SERVER: Bench(OF_SERVERS, _asked(judged_server), _right_server, _peer, id),
    Subject.DEVICE: Bench(OF_DEVICES, _asked(judged_device), _right_device, _peer, id),
    Subject.DSP_CLIENT: Bench(
        OF_POST_SCAN, _sending, _right_sender, lambda mutant: repr(mutant.device), lambda mutant: id(mutant.lie)
    ),
    Subject.CLIENT: Bench(OF_CLIENTS, _client, _right_client, _script, id, lambda mutant: ()),
}
