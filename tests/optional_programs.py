"""Programs, packages, rights and the like that a test can do without: skipped, with the reason, where missing.

Everything of the kind is asked for here, or by the mark `needs(present, reason)`, so that nothing is left out
unnoticed where all of it must be there (CI): there what is missing is a failure.
"""

from __future__ import annotations

import importlib
import os
import shutil
from types import ModuleType
from typing import NoReturn

import pytest

REQUIRE_OPTIONAL = os.environ.get("DSM_REQUIRE_OPTIONAL") == "1"


def skip_or_fail(reason: str) -> NoReturn:
    """Skip for want of an optional component; with DSM_REQUIRE_OPTIONAL=1 (CI) that is a failure."""
    if REQUIRE_OPTIONAL:
        pytest.fail(f"{reason} (DSM_REQUIRE_OPTIONAL=1)")
    pytest.skip(reason, allow_module_level=True)


def needs_program(name: str) -> str:
    """Path of an optional program, or the test is skipped."""
    path = shutil.which(name)
    if path is None:
        skip_or_fail(f"the program {name} is not installed")
    return path


def needs_package(name: str) -> ModuleType:
    """An optional package, or the test (or its whole file) is skipped."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        skip_or_fail(f"the package {error.name} is not installed")
