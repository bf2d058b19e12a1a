"""What an independent client sees of devices and of datagrams, in tests: WSDiscovery, in a process of its own that
is bounded in time and memory."""

from __future__ import annotations

from typing import Final

from emulator.environment.exit_codes import LabError
from emulator.inspector.discover import Discovery, discover
from emulator.inspector.witnessed import WitnessWord
from emulator.lab.blocking import BlockingLab, BlockingNetworkDevice
from emulator.options.asking import DiscoverOptions
from emulator.witness.witness import Reading, readings_of

_LOOPBACK: Final = "127.0.0.1"


class LabWitness:
    """Its word decides nothing by itself: a test does."""

    def __init__(self, lab: BlockingLab, *, multicast: bool) -> None:
        """`multicast`: whether the lab's devices answer Probes to all."""
        self._lab = lab
        self._multicast = multicast

    def reads(self, datagram: bytes, sender: str = _LOOPBACK) -> Reading:
        """What it makes of a datagram of WS-Discovery that came from that IP address: what it lists, or why it
        lists nothing."""

        async def read() -> list[Reading]:
            return await readings_of([(datagram, sender)])

        return self._lab._thread.run(read)[0]

    def sees(self, device: BlockingNetworkDevice, within: float = 1.0) -> WitnessWord:
        """What it makes of the answer of a device of the lab to a Probe to all on loopback, and in what it sees
        otherwise than dsm-emulator reads. `within`: seconds in which answers are collected. Raises LabError where
        the device does not answer, or dsm_multicast is off."""
        if not self._multicast:
            raise LabError("the lab's devices do not answer Probes to all; dsm_multicast = true has them do it")
        asked = DiscoverOptions(interfaces=(_LOOPBACK,), timeout=within, metadata=False, witness=True)

        async def search() -> Discovery:
            return await discover(asked)

        uuid = str(device.uuid)
        for each in self._lab._thread.run(search).found:
            if uuid in each.address and each.witness is not None:
                return each.witness
        raise LabError(f"no answer of {device.name} came in {within:g} s")
