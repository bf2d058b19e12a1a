"""A file whose pages a child decodes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emulator.imaging.coded import CodedPage, Coding
from emulator.imaging.decoding.decoder import Decoder, NotDecoded
from emulator.imaging.kinds import FileKind
from emulator.imaging.pages import Page, SourceError, Wanted

if TYPE_CHECKING:
    from emulator.imaging.decoding.messages import Message

_UNREADABLE: Final = "the process that decodes it has answered nonsense"


class ChildFile:
    """A file with pages. What goes wrong in the child, and each bound that it exceeds, is a SourceError."""

    def __init__(self, path: Path, kind: FileKind, decoder: Decoder) -> None:
        """Look through it. Raises SourceError, Interrupted."""
        self.path = path
        self._kind = kind
        self._decoder = decoder
        answer = self._ask(None, None)
        try:
            self._count = int(answer["pages"])
            self.notes = tuple(str(note) for note in answer["notes"])
        except (KeyError, TypeError, ValueError):
            raise SourceError(path, _UNREADABLE) from None

    def __len__(self) -> int:
        return self._count

    def page(self, index: int, wanted: Wanted | None = None) -> Page:
        """Decode page `index`. Raises SourceError, Interrupted."""
        from emulator.imaging.decoding.messages import page_from_message, wanted_message

        number = index + 1 if self._kind is FileKind.PDF or len(self) > 1 else None
        answer = self._ask({"do": "page", "index": index, "wanted": wanted_message(wanted)}, number)
        try:
            return page_from_message(answer, self._decoder.memory)
        except MemoryError:
            raise SourceError(self.path, "not enough memory to take it over", number) from None
        except (KeyError, TypeError, ValueError, OSError):
            raise SourceError(self.path, _UNREADABLE, number) from None

    def coded(self, index: int, coding: Coding) -> CodedPage | None:
        """Page `index` of a PDF as it is coded there, where it is one image. Raises SourceError, Interrupted."""
        if self._kind is not FileKind.PDF or coding is Coding.PNG:
            return None
        answer = self._ask({"do": "coded", "index": index, "coding": str(coding)}, index + 1)
        if not answer:
            return None
        from emulator.imaging.decoding.messages import coded_from_message

        try:
            return coded_from_message(answer, self._decoder.memory)
        except (KeyError, TypeError, ValueError, OSError):
            raise SourceError(self.path, _UNREADABLE, index + 1) from None

    def _ask(self, request: Mapping[str, Any] | None, number: int | None) -> Message:
        opening: Message = {
            "do": "open",
            "path": os.fsencode(self.path.absolute()).hex(),
            "kind": str(self._kind),
        }
        work = "render" if self._kind is FileKind.PDF else "decode"
        try:
            return self._decoder.ask(self, opening, None if request is None else dict(request), work)
        except NotDecoded as error:
            raise SourceError(self.path, str(error), number) from None

    def close(self) -> None:
        """Close it; it is opened again when a page is asked for."""
        self._decoder.release()
