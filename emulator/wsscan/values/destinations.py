"""Destinations of a scan that begins at the device (ScanAvailableEvent pages; docs/protocol/ws-scan.md 7)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScanDestination:
    """Something that a subscriber offers at the panel."""

    display_name: str
    """For people, at most 255 characters."""
    client_context: str
    """Opaque: the subscriber knows the destination again by it."""


@dataclass(frozen=True, slots=True)
class DestinationResponse:
    """The device's answer for one ScanDestination."""

    client_context: str
    """As in the ScanDestination."""
    destination_token: str
    """Goes back in CreateScanJob."""
