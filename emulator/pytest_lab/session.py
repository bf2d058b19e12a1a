"""The lab of all tests of one process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from emulator.environment.exit_codes import LabError
from emulator.lab.blocking import BlockingLab
from emulator.pytest_lab.settings import lab_arguments


@contextmanager
def lab_of_session(config: pytest.Config, state: Path, own: Mapping[str, Any]) -> Iterator[BlockingLab]:
    """Start and end it. `state`: folder of this process for identities and manifests; `own`: arguments that go
    before those of options and ini file. A lab that cannot be started fails the test that asks for it."""
    try:
        lab = BlockingLab(**{"state": state, **lab_arguments(config), **own}).start()
    except (LabError, TypeError) as error:
        pytest.fail(f"the lab cannot be started: {said(error)}", pytrace=False)
    try:
        yield lab
    finally:
        lab.close()


def said(error: Exception) -> str:
    """What is wrong, and what helps."""
    hint = getattr(error, "hint", "")
    return f"{error} ({hint})" if hint else str(error)
