"""What a run against a device as a post-scan client is made of."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Any

from emulator.conformance.check import Check, Subject
from emulator.conformance.devices.hands import Hands
from emulator.conformance.exchange import Recording
from emulator.conformance.judging import Judging
from emulator.conformance.post_scan.peer import Offered, PostScanLimits, PostScanPeer
from emulator.conformance.redaction import Redaction
from emulator.conformance.sink import EventSink


def judging_of_post_scan(
    url: str,
    checks: Sequence[Check],
    *,
    tls: ssl.SSLContext | None = None,
    hands: Hands | None = None,
    offered: Offered | None = None,
    limits: PostScanLimits | None = None,
    seed: int = 1,
    redact: bool = False,
    **more: Any,
) -> Judging:
    """A run against one device.

    - `url`: where its metadata are.
    - `tls`: by which it is trusted there.
    - `hands`: who begins scans at its panel.
    - `offered`: the judge's scan server.
    - `limits`: how long is waited.
    - `redact`: the name of the host stays out of the report.
    - `more`: fields of Judging.
    """

    def made(recording: Recording, sink: EventSink | None) -> PostScanPeer:
        return PostScanPeer(
            url, tls=tls, hands=hands, offered=offered, seed=seed, limits=limits, recording=recording
        )

    redaction = Redaction.of_host(url) if redact else Redaction()
    return Judging(url, Subject.DSP_CLIENT, checks, made, seed=seed, redaction=redaction, **more)
