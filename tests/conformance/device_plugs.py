"""What a device that is judged does otherwise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from disturbed import DEVICE, disturbed
from disturbed import fault as planned
from lxml import etree
from mutant import Change, Mutant, Plug, handled, rewritten

from emulator.dpws.points import OperationCall
from emulator.soap.fault import Fault, FaultError
from emulator.wsscan import faults

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
WSCN = "{http://schemas.microsoft.com/windows/2006/08/wdp/scan}"
Asked = Callable[[Any], bool]
"""True of the body of some requests."""


def wrong(id: str, does: str, *plugs: Plug, also: tuple[str, ...] = (), **device: Any) -> Mutant:
    """A device with one thing done otherwise. `device`: its profile and settings."""
    return Mutant(id, does, plugs, server=device, also=also)


def says(change: Change, *operations: str, faults: bool | None = None) -> Plug:
    """Answers are changed; without operations those of GetScannerElements."""
    return rewritten(change, *(operations or ("GetScannerElements",)), faults=faults)


def holding(text: str) -> Asked:
    """Requests that hold that text."""
    return lambda body: body is not None and text in etree.tostring(body).decode()


def anything(body: Any) -> bool:
    """Every request."""
    return True


def refuses(operation: str, asked: Asked = anything, fault: Fault | None = None, *, later: int = 0) -> Plug:
    """Requests are refused. `later`: only behind so many of them."""

    def begin() -> Callable[[OperationCall], Awaitable[Any]]:
        seen: list[None] = []

        async def handler(call: OperationCall) -> Any:
            if call.name == operation and asked(call.asked.body):
                seen.append(None)
                if len(seen) > later:
                    raise FaultError(fault or faults.internal_error())
            return await call.go_on()

        return handler

    return lambda layers: handled(begin())(layers)


def another_fault(operation: str, fault: Fault | None = None) -> Plug:
    """A fault of the device is another one."""

    async def handler(call: OperationCall) -> Any:
        try:
            return await call.go_on()
        except FaultError:
            if call.name != operation:
                raise
            raise FaultError(fault or faults.internal_error()) from None

    return handled(handler)


def does(operation: str, change: Change, *, later: int = 0) -> Plug:
    """What is done is another thing than what was asked for. `later`: only behind so many requests."""

    def begin() -> Callable[[OperationCall], Awaitable[Any]]:
        seen: list[None] = []

        async def handler(call: OperationCall) -> Any:
            if call.name == operation and call.asked.body is not None:
                seen.append(None)
                if len(seen) > later:
                    change(call.asked.body)
            return await call.go_on()

        return handler

    return lambda layers: handled(begin())(layers)


def spoilt(do: str, at: str = "package", **more: Any) -> Plug:
    """An alteration of a fault plan, at what the device answers or sends."""
    if at in ("envelope", "exchange", "wire"):
        more.setdefault("of", "answer")
    return lambda layers: disturbed(layers, DEVICE, planned(at, do, may_miss=True, **more))


def invalid(text: str) -> Plug:
    """ValidTicket is false of a ticket that holds that text."""
    asked = holding(text)

    async def handler(call: OperationCall) -> Any:
        answer = await call.go_on()
        if call.name == "ValidateScanTicket" and asked(call.asked.body):
            for each in answer.body.iter(f"{WSCN}ValidTicket"):
                each.text = "false"
        return answer

    return handled(handler)


def says_once(change: Change, operation: str, *, later: int) -> Plug:
    """Answers are changed behind so many of them."""

    def begin() -> Plug:
        seen: list[None] = []

        def changed(root: Any) -> None:
            seen.append(None)
            if len(seen) > later:
                change(root)

        return says(changed, operation)

    return lambda layers: begin()(layers)
