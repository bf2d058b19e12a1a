"""What a run against a client is made of."""

from __future__ import annotations

import contextlib
import getpass
import socket
from collections.abc import Callable, Sequence
from typing import Any

from emulator.conformance.check import Check, Subject
from emulator.conformance.clients.hearing import Hearing
from emulator.conformance.clients.peer import RETRIEVE_SECONDS, ClientPeer, Stage
from emulator.conformance.clients.situations import Situation
from emulator.conformance.exchange import Recording
from emulator.conformance.judging import Judging
from emulator.conformance.redaction import Redaction
from emulator.conformance.sink import EventSink


def judging_of_client(
    called: str,
    checks: Sequence[Check],
    stage: Callable[[Hearing], Stage],
    *,
    situations: Sequence[Situation] = tuple(Situation),
    only: Sequence[str] | None = None,
    retrieve_seconds: float = RETRIEVE_SECONDS,
    told: Callable[[str], None] = lambda _: None,
    redact: bool = False,
    **more: Any,
) -> Judging:
    """A run against one client.

    - `called`: the command, or what else people call it.
    - `stage`: makes who has the device, by what is written down.
    - `situations`: those that the device goes through.
    - `only`: IP addresses whose requests are judged; None: everybody's.
    - `told`: hears how each situation ended.
    - `redact`: names of this machine and its user stay out of the report.
    - `more`: fields of Judging.
    """

    def made(recording: Recording, _: EventSink | None) -> ClientPeer:
        own = stage(Hearing(recording, only))
        return ClientPeer(own, recording, situations, retrieve_seconds=retrieve_seconds, told=told)

    redaction = Redaction(_own_names()) if redact else Redaction()
    return Judging(called, Subject.CLIENT, checks, made, redaction=redaction, **more)


def _own_names() -> dict[str, str]:
    """Names that a client puts into tickets and addresses -> what stands in their place."""
    names = {socket.gethostname(): "[host]"}
    with contextlib.suppress(OSError, KeyError):  # there is no such user
        names[getpass.getuser()] = "[user]"
    return {name: shown for name, shown in names.items() if len(name) > 2}
