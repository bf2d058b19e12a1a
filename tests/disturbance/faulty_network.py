"""A program: devices on the network with a fault plan at their datagrams,
`faulty_network.py PLAN STATE INTERFACE PORT NAME...`. Each name is a device's; the plan narrows a fault to one by
it. Prints `ready`; at the end of its input it prints how often each fault has fired, and ends."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from emulator.disturbance.disturbances import DEVICE_ROLES, Disturbances
from emulator.faults.plan import read_plan
from emulator.network.device_network import DeviceNetwork
from emulator.options.run import NetworkOptions


async def main(plan: bytes, state: Path, interface: str, port: int, names: list[str]) -> None:
    disturbances = Disturbances(read_plan(plan, "plan.toml").for_roles(DEVICE_ROLES))
    options = NetworkOptions(profiles=(), state=state, interfaces=(interface,), port=port)
    async with DeviceNetwork(options, disturbances) as network:
        for name in names:
            device = await network.add("flatbed", name=name)
            print(f"{device.uuid} {name}", flush=True)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        ledger = disturbances.ledger
        assert ledger is not None
        for fault in ledger.plan.faults:
            print(f"{ledger.fired(fault)} {fault.name}", flush=True)


if __name__ == "__main__":
    asyncio.run(
        main(Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5:])
    )
