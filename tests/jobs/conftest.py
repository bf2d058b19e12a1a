"""What tests of jobs share."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from emulator.jobs.commons import JobCommons


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A small JPEG."""
    data = io.BytesIO()
    Image.new("L", (64, 64), 200).save(data, "jpeg")
    path = tmp_path / "page.jpg"
    path.write_bytes(data.getvalue())
    return path


@pytest.fixture
async def commons() -> AsyncIterator[JobCommons]:
    """Closed afterwards."""
    made = JobCommons()
    yield made
    await made.aclose()
