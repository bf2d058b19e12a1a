"""What a run against a device is made of."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Any

from emulator.conformance.check import Check, Subject
from emulator.conformance.devices.asked_device import DeviceLimits
from emulator.conformance.devices.finding import FoundDevice
from emulator.conformance.devices.hands import Hands
from emulator.conformance.devices.peer import DevicePeer
from emulator.conformance.exchange import Recording
from emulator.conformance.judging import Judging
from emulator.conformance.redaction import Redaction
from emulator.conformance.sink import EventSink


def judging_of_device(
    url: str,
    checks: Sequence[Check],
    *,
    tls: ssl.SSLContext | None = None,
    hands: Hands | None = None,
    limits: DeviceLimits | None = None,
    found: FoundDevice | None = None,
    interfaces: Sequence[str] = (),
    seed: int = 1,
    redact: bool = False,
    **more: Any,
) -> Judging:
    """A run against one device.

    - `url`: where its metadata are.
    - `tls`: by which it is trusted.
    - `hands`: who does what is done at the device; None: nobody.
    - `limits`: how long is waited.
    - `found`: how it was found by the group, where it was.
    - `interfaces`: names or addresses of those on which the group is asked; (): that by which it is reached.
    - `redact`: the name of the host stays out of the report.
    - `more`: fields of Judging.
    """

    def made(recording: Recording, sink: EventSink | None) -> DevicePeer:
        peer = DevicePeer(url, tls=tls, hands=hands, seed=seed, limits=limits, sink=sink, recording=recording)
        peer.interfaces = tuple(interfaces)
        if found is not None:
            recording.exchanges.extend(found.exchanges)  # it has none yet, so that their numbers stay
            peer.interfaces = peer.interfaces or (found.interface,)
        return peer

    redaction = Redaction.of_host(url) if redact else Redaction()
    return Judging(url, Subject.DEVICE, checks, made, seed=seed, redaction=redaction, **more)
