"""What every host of services has to do, a scan server and a device alike: Probe and Get, WS-Eventing. The checks
are those of scan servers (emulator.conformance.direct), which ask nothing but what both kinds of peers have."""

from __future__ import annotations

from emulator.conformance.devices.shared import share

SHARED = share(
    "emulator.conformance.direct.datagrams",
    "emulator.conformance.direct.discovery",
    "emulator.conformance.direct.metadata",
    "emulator.conformance.direct.eventing_rows",
    "emulator.conformance.direct.events",
    "emulator.conformance.direct.silence",
    but=("discovery/app-sequence/instance-id-grows",),
)
"""Their ids."""
