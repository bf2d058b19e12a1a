"""A document that finds no room: an OSError midway, no half document, and nothing else left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from programs import with_helpers

# A limit of the file size stands for the full disk; Python ignores the signal that comes with it.
SCRIPT = """
import resource
from pathlib import Path
from format_table import picture
from imaging_tickets import scanned, ticket
from emulator.imaging.encode import open_document
path = Path({path!r})
wanted = ticket({format!r}, {color!r})
page = picture((900, 700), {color!r})
writer = open_document(path, wanted)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
try:
    for _ in range({pages}):
        writer.add(scanned(page, wanted.front))
    writer.finish()
except OSError as error:
    print("OSError", error.errno)
writer.discard()
del writer
print(sorted(each.name for each in path.parent.iterdir()))
"""

CASES = [
    (format, color, pages, limit)
    for format, color, pages in [
        ("pdf-a", "BlackAndWhite1", 9),
        ("pdf-a", "Grayscale4", 9),
        ("pdf-a", "RGB24", 9),
        ("xps", "BlackAndWhite1", 9),
        ("xps", "RGB48", 1),
        ("xps", "RGB24", 9),
        ("jpeg2k", "RGB24", 1),
        ("jpeg2k", "RGB48", 1),
    ]
    for limit in (100, 20_000)
]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of the file size")
@pytest.mark.parametrize(("format", "color", "pages", "limit"), CASES)
def test_without_room_there_is_no_document(format: str, color: str, pages: int, limit: int, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    code = SCRIPT.format(path=str(folder / "a"), format=format, color=color, pages=pages, limit=limit)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=with_helpers(),
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert done.stdout == "OSError 27\n[]\n"  # EFBIG
