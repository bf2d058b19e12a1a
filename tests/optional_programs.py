"""Programs and other things that a test can do without: skipped with the reason where they are missing."""

from __future__ import annotations

import os
import shutil

import pytest

REQUIRE_OPTIONAL = os.environ.get("DSM_REQUIRE_OPTIONAL") == "1"


def skip_or_fail(reason: str) -> None:
    """Skip for want of an optional component; with DSM_REQUIRE_OPTIONAL=1 (CI) that is a failure."""
    if REQUIRE_OPTIONAL:
        pytest.fail(f"{reason} (DSM_REQUIRE_OPTIONAL=1)")
    pytest.skip(reason)


def needs_program(name: str) -> str:
    """Path of an optional program, or the test is skipped."""
    path = shutil.which(name)
    if path is None:
        skip_or_fail(f"the program {name} is not installed")
        raise AssertionError
    return path
