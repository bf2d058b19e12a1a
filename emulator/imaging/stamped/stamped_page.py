"""One page that is encoded once and comes out as many copies, each with its number."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from PIL import Image

from emulator.imaging.encode import HEAD_BYTES, DocumentInfo, open_document
from emulator.imaging.scanned import NO_ORIGIN, Origin, Scanned
from emulator.imaging.stamped.imprint import Imprint
from emulator.imaging.stamped.splice import splice_of, strip_top
from emulator.wsscan.values.ticket import EffectiveTicket


class StampedPage:
    """An encoded page without its foot, in a file of its own, and what makes a document of it. For one thread at a
    time."""

    def __init__(
        self,
        scanned: Scanned,
        ticket: EffectiveTicket,
        body: Path,
        imprint: Imprint,
        origin: Origin = NO_ORIGIN,
        *,
        at_hand: bool = True,
    ) -> None:
        """Encode the page into `body` (replaced if it is there), which `discard` removes.

        - `at_hand`: the pixels of the foot stay in memory (a megabyte or two), else in the file.

        The ticket has passed require_stampable. Raises UnsupportedFormat, OSError.
        """
        image = scanned.image
        if not isinstance(image, Image.Image):
            raise ValueError("only images of up to 8 bits a channel are stamped")
        self._imprint = imprint
        self._resolution = scanned.resolution
        top = strip_top(image.height, imprint.size(scanned.resolution)[1])
        whole = body.with_name(body.name + ".whole")
        try:
            with open_document(whole, ticket, origin) as writer:
                writer.add(scanned)
                self._info = writer.finish()
                with body.open("wb") as file:
                    self._splice = splice_of(ticket.format)(whole, image, top, file)
                    self._length = file.tell()
                    strip = image.crop((0, top, image.width, image.height))
                    if not at_hand:  # then behind what copies have in common
                        file.write(strip.tobytes())
        except BaseException:
            with suppress(OSError):
                body.unlink()
            raise
        whole.unlink()
        self._body = body
        self._mode, self._strip_size = strip.mode, strip.size
        self._strip = strip if at_hand else None
        self._hash = hashlib.sha256(memoryview(body.read_bytes())[: self._length])

    def stamped(self, number: int) -> Image.Image:
        """The strip of copy `number` (from 1) as it is encoded: the last rows of the page. Good until the next."""
        return self._stamped(self._body.read_bytes(), number)

    def _stamped(self, stored: bytes, number: int) -> Image.Image:
        strip = self._strip
        if strip is None:
            strip = Image.frombytes(self._mode, self._strip_size, stored[self._length :])
        # All labels are of one size and cover each other.
        self._imprint.draw(strip, number, self._resolution)
        return strip

    def write(self, path: Path, number: int) -> DocumentInfo:
        """Write copy `number` (from 1) into `path`, over what is there. Raises OSError; no file is left then."""
        stored = self._body.read_bytes()
        before, behind = self._splice.around(self._stamped(stored, number))
        body = memoryview(stored)[: self._length]
        try:
            with path.open("wb") as file:
                file.write(before)
                file.write(body)
                file.write(behind)
        except BaseException:
            with suppress(OSError):
                path.unlink()
            raise
        if before:
            digest = hashlib.sha256(before)
            digest.update(body)
        else:
            digest = self._hash.copy()
        digest.update(behind)
        head = b"".join((before, body[:HEAD_BYTES], behind[:HEAD_BYTES]))[:HEAD_BYTES]
        return replace(
            self._info,
            bytes=len(before) + len(body) + len(behind),
            sha256=digest.hexdigest(),
            head_sha256=hashlib.sha256(head).hexdigest(),
        )

    def discard(self) -> None:
        """Remove the encoded page; no copies can be made any more."""
        with suppress(OSError):
            self._body.unlink()
