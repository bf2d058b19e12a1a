"""Situations that the device of the judge goes through, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Situation(StrEnum):
    """What the device is like while the client scans."""

    ORDINARY = "ordinary"
    PANEL = "panel"
    JAM = "jam"
    EMPTY_FEEDER = "empty-feeder"
    FAULT_ON_200 = "fault-on-200"
    LOST_ANSWER = "lost-answer"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Told:
    """What people are told of a situation."""

    device: str
    """What the device does."""
    person: str
    """What is to be done at the client."""


TOLD: Final = {
    Situation.ORDINARY: Told("three sheets lie in the feeder, and all is well", "scan, from the feeder if you can"),
    Situation.PANEL: Told(
        "whoever has subscribed for it is offered a scan at the panel", "let the client listen for scans"
    ),
    Situation.JAM: Told("the paper jams before the first page, for two seconds", "scan"),
    Situation.EMPTY_FEEDER: Told("nothing lies in the feeder", "scan from the feeder"),
    Situation.FAULT_ON_200: Told("the first CreateScanJob brings a SOAP fault with HTTP 200", "scan"),
    Situation.LOST_ANSWER: Told("the connection ends before the answer to the first RetrieveImage", "scan"),
    Situation.SLOW: Told("RetrieveImage is answered three seconds later", "scan"),
}
"""Situation -> what is told of it."""
