"""What a run against a scan server is made of."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Any

from emulator.conformance.check import Check, Subject
from emulator.conformance.exchange import Recording
from emulator.conformance.judging import Judging
from emulator.conformance.order import Order
from emulator.conformance.peer import ScanServerPeer, ServerLimits
from emulator.conformance.redaction import Redaction
from emulator.conformance.sink import EventSink


def judging_of_server(
    url: str,
    order: Order,
    checks: Sequence[Check],
    *,
    tls: ssl.SSLContext | None = None,
    service: str = "",
    limits: ServerLimits | None = None,
    seed: int = 1,
    redact: bool = False,
    **more: Any,
) -> Judging:
    """A run against one scan server.

    - `url`: where it is probed.
    - `order`: for whom, and by which scan process.
    - `tls`: by which it is trusted.
    - `service`: address of the WS-DSP service, where nobody is to be probed.
    - `limits`: how long is waited.
    - `redact`: names of user, scan process and host stay out of the report.
    - `more`: fields of Judging.
    """

    def made(recording: Recording, sink: EventSink | None) -> ScanServerPeer:
        return ScanServerPeer(
            url, order, tls=tls, seed=seed, limits=limits, sink=sink, recording=recording, service=service
        )

    redaction = Redaction.of(order, url) if redact else Redaction()
    return Judging(url, Subject.SERVER, checks, made, seed=seed, redaction=redaction, **more)
