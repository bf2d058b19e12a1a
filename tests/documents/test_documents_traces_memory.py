"""A page of 600 dpi in colour with every trace stays within 450 MB."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
from PIL import Image
from emulator.documents.traces import TRACES, TracePlan, apply
page = Image.new("RGB", (4960, 7016), "white")
page.paste((20, 30, 90), (500, 500, 4000, 3000))
plan = TracePlan({name: "heavy" for name in TRACES if name not in ("bleed_through",)})
done = apply(page, 600, plan, 3, take=True)
del page
assert done.image.size == (4960, 7016)
with open("/dev/null", "wb") as file:
    done.image.save(file, "JPEG", quality=76)
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux how much memory was used")
def test_all_traces_on_600_dpi_in_colour() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) / 1024 < 450
