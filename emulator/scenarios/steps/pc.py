"""A PC at a device: it subscribes, a scan is begun for it at the panel, it fetches the images."""

from __future__ import annotations

from typing import Final

from emulator.environment.options import TrustOptions
from emulator.environment.trusting import client_tls_now
from emulator.inspector.pc import subscribed_pc
from emulator.options.play import FetchStep, StartToStep, SubscribeStep, WaitForPcStep
from emulator.scenarios.scenario import Met, Operation, Step
from emulator.scenarios.stage import Stage


async def _subscribe(stage: Stage, step: Step) -> Met:
    assert isinstance(step.own, SubscribeStep)
    device = stage.device(step)
    tls = None if device.ca_file is None else await client_tls_now(TrustOptions(ca_file=device.ca_file))
    pc = await stage.stack.enter_async_context(subscribed_pc(device.scan_service, step.own.offers or "", tls))
    if step.brings:
        stage.brought[step.brings] = pc
    return pc.as_dict()


async def _offer(stage: Stage, step: Step) -> Met:
    assert isinstance(step.own, StartToStep)
    return {"to": step.own.to, "scan_identifier": stage.device(step).scan_to(step.own.to)}


async def _wait(stage: Stage, step: Step) -> Met:
    assert isinstance(step.own, WaitForPcStep)
    pc = stage.pc(step.own.subscription)
    await pc.wait_for(step.own.event, step.own.within)
    return pc.as_dict()


async def _fetch(stage: Stage, step: Step) -> Met:
    assert isinstance(step.own, FetchStep)
    return (await stage.pc(step.own.subscription).fetch(step.own.within, step.own.format)).as_dict()


SUBSCRIBE: Final = Operation(
    "subscribe",
    "Have a PC take the device's events; with `offers` people can scan to it at the panel.",
    SubscribeStep,
    _subscribe,
    brings="pc",
)
START_TO: Final = Operation(
    "start", "With `to`: tell the PC that offers this destination that a scan is there for it.", StartToStep, _offer
)
WAIT_FOR_PC: Final = Operation(
    "wait",
    "With `subscription`: wait until an event has come to a PC.",
    WaitForPcStep,
    _wait,
    uses={"subscription": "pc"},
    at_device=False,
)
FETCH: Final = Operation(
    "fetch",
    "Have the PC fetch what was begun for it: CreateScanJob, then RetrieveImage until there are no more.",
    FetchStep,
    _fetch,
    uses={"subscription": "pc"},
    at_device=False,
)
