"""Exchanges with a device that somebody else has recorded: a HAR file, a packet capture, sane-airscan's trace."""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from emulator.environment.exit_codes import ExitCode, LabError

MAX_RECORDING: Final = 512 * 1024 * 1024
"""Octets of a recording that are read."""
Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request and its answer, as they were recorded."""

    url: str
    status: int
    """HTTP status; 0 where there is no answer."""
    request: bytes = field(default=b"", repr=False)
    """Its body."""
    answer: bytes = field(default=b"", repr=False)
    """Its body; of a package as it went over the wire, or the envelope alone."""
    answer_headers: Headers = ()

    def header(self, name: str) -> str:
        """The header of the answer; '' where there is none."""
        return next((value for key, value in self.answer_headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file of somebody else holds."""

    exchanges: Sequence[Recorded]
    missing: Sequence[str] = ()
    """What cannot be known of it, in words."""


class UnreadableRecording(LabError):
    """A recording that cannot be read. `str()` names the file."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}", ExitCode.USAGE, hint="HAR, pcap, pcapng, or sane-airscan's .log")


def read_recording(path: Path) -> Recording:
    """The exchanges of a file, by what it is: HAR, pcap or pcapng, or the log of a trace of sane-airscan (its tar
    beside it). Raises UnreadableRecording."""
    from emulator.inspector.airscan_trace import is_airscan_trace, read_airscan_trace
    from emulator.inspector.har_file import is_har, read_har
    from emulator.inspector.packet_capture import is_packet_capture, read_packet_capture

    try:
        if path.suffix.lower() == ".tar":
            path = path.with_suffix(".log")
        data = _octets(path)
        kinds: Sequence[tuple[bool, Callable[[Path, bytes], Recording]]] = (
            (is_packet_capture(data), read_packet_capture),
            (is_har(data), read_har),
            (is_airscan_trace(data), read_airscan_trace),
        )
        for fits, read in kinds:
            if fits:
                return read(path, data)
    except OSError as error:
        raise UnreadableRecording(path, f"cannot be read: {error.strerror or error}") from None
    except (ValueError, OverflowError, tarfile.TarError, RecursionError) as error:
        raise UnreadableRecording(path, f"is damaged: {error}") from None
    raise UnreadableRecording(path, "is no recording that is known")


def _octets(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(MAX_RECORDING + 1)
    if len(data) > MAX_RECORDING:
        raise UnreadableRecording(path, f"is larger than {MAX_RECORDING} bytes")
    return data


def envelope_of(exchange: Recorded) -> bytes:
    """The envelope of an answer: that of its package's first part where it is one; b'' where there is none."""
    body = exchange.answer
    if b"Envelope" not in body:
        return b""
    if not exchange.header("content-type").lower().startswith("multipart/"):
        return body
    start = body.find(b"<?xml")
    if start < 0:
        start = body.rfind(b"<", 0, body.find(b"Envelope"))
    end = body.rfind(b"Envelope>")
    return body[start : end + len(b"Envelope>")] if 0 <= start < end else b""
