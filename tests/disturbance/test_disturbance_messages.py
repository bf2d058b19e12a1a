"""What a plan does to messages, as the scan server received it."""

from __future__ import annotations

from emulator import Lab
from emulator.disturbance.disturber import disturb
from emulator.disturbance.ledger import Ledger
from emulator.faults.alteration import Role
from emulator.faults.plan import read_plan
from emulator.layers import EVERYWHERE
from emulator.transport.points import BODY, BodyOctets

PLAN = b"""[[fault]]
name = "second image indented"
at = "envelope"
operation = "SendImage"
image = 2
do = "indented"
"""


async def test_the_second_image_alone_is_altered() -> None:
    plan = read_plan(PLAN, "plan.toml").for_roles((Role.CLIENT, Role.DEVICE))
    ledger = Ledger(plan)
    received: list[bytes] = []

    def hear(octets: BodyOctets) -> None:
        if octets.of == "request" and b"SendImageRequest" in octets.octets and octets.exchange.side == "server":
            received.append(octets.octets)

    async with Lab() as lab:
        scanner = await lab.add_device("office-mfp")
        unplug = disturb(ledger, {Role.DEVICE, Role.CLIENT}, scanner.layers, "Office MFP")
        stop = EVERYWHERE.listen(BODY, hear)
        try:
            job = await scanner.scan(pages=3)
        finally:
            stop()
            unplug()
    assert job.outcome == "Completed"
    assert [b"\n  <" in each.replace(b"\r\n", b"") for each in received] == [False, True, False]
    assert [(each.fault.name, each.passes.number, each.count) for each in ledger.firings] == [
        ("second image indented", 2, 1)
    ]
    assert not ledger.unfired
