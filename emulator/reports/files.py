"""What the files of a folder of reports are called, whichever command writes them."""

from __future__ import annotations

from typing import Final

RESULTS: Final = "results.jsonl"
JUNIT: Final = "junit.xml"
PAGE: Final = "report.html"
EXCHANGES: Final = "exchanges.har"

FILES: Final = (RESULTS, JUNIT, PAGE, EXCHANGES)
"""Those that a run may write; a new run in the folder takes the place of all."""
