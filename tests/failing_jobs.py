"""Post-scan jobs that must fail, and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from emulator.dsm.outcome import Failure, PostScanJobFailed


@contextmanager
def job_fails(failure: Failure, match: str | None = None) -> Iterator[pytest.ExceptionInfo[PostScanJobFailed]]:
    """The block ends with a job that failed so; `match`: what is said of it."""
    with pytest.raises(PostScanJobFailed, match=match) as caught:
        yield caught
    assert caught.value.failure is failure, caught.value
