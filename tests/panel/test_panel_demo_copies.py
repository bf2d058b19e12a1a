"""What `demo --to DIR` copies: several jobs end at once, and none takes another one's name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from emulator.panel.demo import copy_all


def test_documents_of_one_name_that_end_at_once_are_all_there(tmp_path: Path) -> None:
    folder = tmp_path / "wanted"
    folder.mkdir()
    (folder / "Scan.pdf").write_bytes(b"of the user")
    sources = []
    for number in range(24):
        source = tmp_path / str(number) / "Scan.pdf"
        source.parent.mkdir()
        source.write_bytes(f"{number} ".encode() * 50_000)
        sources.append(source)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda source: copy_all([source], folder), sources))
    found = {path.read_bytes() for path in folder.iterdir()}
    assert found == {b"of the user", *(source.read_bytes() for source in sources)}
    names = {path.name for path in folder.iterdir()}
    assert names == {"Scan.pdf", *(f"Scan_{number}.pdf" for number in range(2, 26))}
