"""How much of a test runs: as much as a laptop has patience for, as CI does, or all there is."""

from __future__ import annotations

import os

import pytest

LONG = os.environ.get("DSM_LONG") == "1"
"""The sizes of the targets (CI), where otherwise smaller ones do."""
EXHAUSTIVE = os.environ.get("DSM_EXHAUSTIVE") == "1"
"""All variants, by hand (.ci/long)."""

exhaustive = pytest.mark.skipif(not EXHAUSTIVE, reason="a longer variant: DSM_EXHAUSTIVE=1 runs it (.ci/long)")
"""For variants of a test that are run by hand."""
