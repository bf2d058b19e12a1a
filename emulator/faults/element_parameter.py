"""What several alterations are told: the element that they are at."""

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
