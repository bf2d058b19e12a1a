"""Devices behind one host: what their own handlers say, how long they take, and what their sending meets."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.layers import InterventionFailed, Layers
from emulator.network.of_devices import OfDevices
from emulator.transport.http import Carried
from emulator.transport.octets import Alteration
from emulator.transport.points import HANDSHAKE, OCTETS, Handshake, HandshakeConduct, OctetsOut

HOUR = 3600.0


async def nowhere(_: bytes) -> None:
    """Nothing is sent."""


def device_in(common: Layers) -> Any:
    return SimpleNamespace(layers=Layers(outer=common), target=SimpleNamespace(address="urn:uuid:1"))


def altering(common: Layers, device: Any) -> Alteration:
    alteration = Alteration(common, "server", "127.0.0.1", 1)
    alteration.carried = Carried("Get", None, device.layers)
    return alteration


async def half_an_hour_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    time = loop.time
    monkeypatch.setattr(loop, "time", lambda: time() + HOUR / 2)
    await asyncio.sleep(0.01)


async def test_a_device_s_handlers_have_the_time_that_they_want(monkeypatch: pytest.MonkeyPatch) -> None:
    common = Layers()
    device = device_in(common)

    async def slow(out: OctetsOut) -> bytes:
        await half_an_hour_passes(monkeypatch)
        return b"altered"

    async def late(shake: Handshake) -> HandshakeConduct:
        await half_an_hour_passes(monkeypatch)
        return HandshakeConduct(shake.context, refused=True)

    device.layers.handle(OCTETS, slow, limit=HOUR)
    device.layers.handle(HANDSHAKE, late, limit=HOUR)
    OfDevices(common, [device]).plug(device)
    assert await altering(common, device).of(b"octets", 1, nowhere) == b"altered"
    shake: Any = SimpleNamespace(context=None)
    assert (await common.ask(HANDSHAKE, shake)).refused


async def test_what_a_device_s_handler_meets_when_it_sends_is_no_failure_of_its(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    common = Layers()
    device = device_in(common)

    async def sends(out: OctetsOut) -> bytes:
        await out.send(out.octets[:3])
        return out.octets[3:]

    async def gone(_: bytes) -> None:
        raise ConnectionResetError("the peer has gone")

    async def slowly(octets: bytes) -> None:
        sent.append(octets)
        await half_an_hour_passes(monkeypatch)

    sent: list[bytes] = []
    device.layers.handle(OCTETS, sends, limit=1)
    OfDevices(common, [device]).plug(device)
    with pytest.raises(ConnectionResetError, match="gone"):
        await altering(common, device).of(b"octets", 1, gone)
    assert await altering(common, device).of(b"octets", 1, slowly) == b"ets"
    assert sent == [b"oct"], "the time of the peer is not the handler's"


async def test_a_device_s_handler_that_fails_is_named() -> None:
    common = Layers()
    device = device_in(common)

    async def broken(out: OctetsOut) -> bytes:
        raise KeyError("x")

    device.layers.handle(OCTETS, broken, name="broken")
    OfDevices(common, [device]).plug(device)
    with pytest.raises(InterventionFailed) as failed:
        await altering(common, device).of(b"octets", 1, nowhere)
    assert str(failed.value) == "the handler broken of octets raised KeyError: 'x'"
