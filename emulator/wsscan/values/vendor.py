"""What a vendor adds to the structures of WS-Scan."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VendorElement:
    """An element of a vendor at the end of a structure. [wscn/extension/elements-at-the-end]"""

    prefix: str
    """By which the message declares the namespace."""
    namespace: str
    name: str
    """Local."""
    text: str
