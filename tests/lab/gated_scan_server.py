"""A scan server that lets a job go as far as a test allows, and keeps every image that it was sent."""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from slow_scan_server import SlowScanServer, serving

CREATE: Final = 0
END: Final = 1_000_000
"""What comes after the last image."""


class Gate:
    """Steps of a job, in order: CREATE, image 1, 2 ..., END. Each waits here until it is allowed."""

    def __init__(self) -> None:
        self._allowed = END - 1
        self._waiting: set[int] = set()
        self._changed = threading.Condition()

    def allow(self, step: int) -> None:
        """All steps up to this one may go on, and no others."""
        with self._changed:
            self._allowed = step
            self._changed.notify_all()

    def arrive(self, step: int) -> None:
        """Return when the step may go on. Blocks."""
        with self._changed:
            self._waiting.add(step)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: step <= self._allowed, 60), f"step {step} was never allowed"
            self._waiting.discard(step)

    async def held(self, step: int, seconds: float = 30) -> None:
        """Return when the step waits here."""
        end = time.monotonic() + seconds
        while step not in self._waiting:
            assert time.monotonic() < end, f"step {step} has not come; there wait {self._waiting}"
            await asyncio.sleep(0.01)


@dataclass
class GatedScanServer(SlowScanServer):
    """`images` are those that have been let in, in order; the end of a job, however it comes, waits for END."""

    gate: Gate = field(default_factory=Gate)
    images: list[bytes] = field(default_factory=list)
    hold_cancel: bool = True
    """CancelPostScanJob is such an end."""
    requests: int = 0
    """That have come, whether they wait here or not."""
    _coming: list[bytes] = field(default_factory=list)

    def take(self, name: str, content_type: str, data: bytes) -> None:
        self.requests += 1
        if name == "SendImage":
            message = email.message_from_bytes(
                f"Content-Type: {content_type}\r\n\r\n".encode() + data, policy=email.policy.HTTP
            )
            _, image = message.iter_parts()  # type: ignore[attr-defined]
            self._coming.append(image.get_payload(decode=True))

    def answer(self, name: str) -> tuple[int, str]:
        if name == "CreatePostScanJob":
            self.gate.arrive(CREATE)
        elif name == "SendImage":
            self.gate.arrive(len(self.images) + 1)
            self.images.append(self._coming.pop())
            self.quick = len(self.images) + 1
        elif name == "EndPostScanJob" or (name == "CancelPostScanJob" and self.hold_cancel):
            self.gate.arrive(END)
        return super().answer(name)


@contextmanager
def gated_scan_server() -> Iterator[GatedScanServer]:
    """Listens on a free port of loopback; nobody is held up when it ends."""
    with serving(GatedScanServer()) as found:
        try:
            yield found
        finally:
            found.gate.allow(END)
