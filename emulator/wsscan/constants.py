"""Namespace of WS-Scan, with its source."""

from __future__ import annotations

from typing import Final

WSCN: Final = "http://schemas.microsoft.com/windows/2006/08/wdp/scan"  # MS-BDSRR 6.2; devices
WSCN_2006_01: Final = "http://schemas.microsoft.com/windows/2006/01/wdp/scan"
"""Printed on the WS-Scan pages and sent by WSD-python; read, never written (NOTES C-01)."""

WSCN_ACCEPTED: Final = (WSCN, WSCN_2006_01)
