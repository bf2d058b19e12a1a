"""The devices, servers and clients of other makes that interventions are judged by are those of other folders."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("device", "dpws", "dsm", "scan_server"):
    path = str(Path(__file__).resolve().parents[1] / folder)
    if path not in sys.path:
        sys.path.append(path)
