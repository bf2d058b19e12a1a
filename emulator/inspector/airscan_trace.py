"""The trace of sane-airscan (`[debug] trace = DIR` of airscan.conf): a log with texts, and a tar with images. XML
in it is written anew, with indents; so nothing can be said of how the device itself writes."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from emulator.inspector.recorded import Headers, Recorded, Recording

_BETWEEN: Final = "=" * 30
"""A line before each exchange."""
_ASKED: Final = re.compile(r"^(?:GET|POST|PUT|DELETE) (https?://\S+)$")
_STATUS: Final = re.compile(r"^Status: (\d{3})\b")
_TOLD: Final = re.compile(r"^\d\d:\d\d:\d\d\.\d{3}: ")
"""What it tells of itself between exchanges."""
_PART: Final = re.compile(r"^===== Part \d+ =====$")
_SAVED: Final = re.compile(r"^(\d+) bytes of data saved as (\S+)$")
_AS_WRITTEN: Final = "how the device writes XML and packages: sane-airscan writes them anew"


def is_airscan_trace(data: bytes) -> bool:
    """Whether a file is such a log."""
    return f"{_BETWEEN}\n".encode() in data and b"\nStatus: " in data


def read_airscan_trace(path: Path, data: bytes) -> Recording:
    """The exchanges of the log. What of the tar is not there is named. Raises TarError and OSError."""
    lines = data.decode("utf-8", "replace").splitlines()
    blocks: list[list[str]] = []
    for line in lines:
        if line == _BETWEEN:
            blocks.append([])
        elif blocks and not _TOLD.match(line):
            blocks[-1].append(line)
    exchanges = [each for block in blocks if (each := _exchange(block)) is not None]
    wanted = {found[2] for line in lines if (found := _SAVED.match(line))}
    return Recording(exchanges, [_AS_WRITTEN, *_bodies_missing(path, wanted)])


def _bodies_missing(path: Path, wanted: set[str]) -> Iterator[str]:
    beside = path.with_suffix(".tar")
    if not wanted:
        return
    if not beside.is_file():
        yield f"{len(wanted)} bodies: {beside.name} is not beside the log"
        return
    with tarfile.open(beside, "r:") as tar:  # sane-airscan compresses nothing; what others do may be endless
        lost = wanted - set(tar.getnames())
    if lost:
        yield f"{len(lost)} bodies of the log are not in {beside.name}"


def _exchange(block: list[str]) -> Recorded | None:
    asked = _ASKED.match(block[0]) if block else None
    if asked is None:
        return None
    at = next((number for number, line in enumerate(block) if _STATUS.match(line)), None)
    request = _body(block[1 : len(block) if at is None else at])[1]
    if at is None:
        return Recorded(asked[1], 0, request)
    status = _STATUS.match(block[at])
    headers, answer = _body(block[at + 1 :])
    return Recorded(asked[1], int(status[1]) if status else 0, request, answer, headers)


def _body(lines: list[str]) -> tuple[Headers, bytes]:
    """Headers and, behind an empty line, the text of a body; of a package that of its first part."""
    end = lines.index("") if "" in lines else len(lines)
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines[:end]) if value]
    text: list[str] = []
    for line in lines[end + 1 :]:
        if _PART.match(line):
            if text:
                break  # the parts behind the first are images
            continue
        if _SAVED.match(line) or (not text and line.startswith("Content-Type: ")):
            continue
        text.append(line)
    return headers, "\n".join(text).strip().encode()
