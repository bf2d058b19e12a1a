"""What several alterations are told beside where and when."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emulator.faults.alteration import Parameters


class OfElement(Parameters):
    """One element of a message."""

    element: Annotated[
        str,
        Field(
            max_length=500,
            description="Its local name, or several from the outside to the inside with / between them; without it "
            "the first one in the body's element.",
        ),
    ] = ""


class Kept(Parameters):
    """How much of it goes out."""

    percent: Annotated[float, Field(ge=0, lt=100, description="So much of the octets goes out.")] = 50
    octets: Annotated[int | None, Field(ge=0, description="So many octets go out, in the place of percent.")] = None

    def of(self, length: int) -> int:
        """How many of so many octets."""
        return min(int(length * self.percent / 100) if self.octets is None else self.octets, length)


class Address(Parameters):
    """An address."""

    address: Annotated[str, Field(max_length=2000, description="A URI.")] = "http://elsewhere.invalid/nobody"


class Identifier(Parameters):
    """A MessageID."""

    id: Annotated[str, Field(max_length=2000, description="A URI; without it one that is new.")] = ""


class Action(Parameters):
    """An action."""

    action: Annotated[str, Field(max_length=2000, description="A URI.")] = (
        "http://elsewhere.invalid/NoSuchOperation"
    )
