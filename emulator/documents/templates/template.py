"""A template of a user: what is asked of it goes to a decoding child, with bounds of time and memory."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from PIL import Image

from emulator.documents.templates.layout import Layout
from emulator.documents.templates.rows import Row
from emulator.documents.templates.template_errors import TemplateError
from emulator.imaging.decoding.decoder import Decoder, NotDecoded
from emulator.imaging.decoding.limits import PageLimits
from emulator.imaging.kinds import FileKind
from emulator.imaging.samples import DeepImage
from emulator.printing.faces import font_folders
from emulator.wsscan.values.geometry import Dimensions, Resolution

if TYPE_CHECKING:
    from emulator.imaging.decoding.messages import Message

SUFFIXES: Final = (".pdf", ".typ")
_NONSENSE: Final = "the process that lays it out has answered nonsense"
_LARGE: Final = 200_000
"""1/1000 inch: a page of the template is not made smaller to fit a medium."""
_KEPT: Final = 64
"""Pages of a PDF whose layout is kept."""


class Template:
    """A PDF document or a Typst file. A copy in another process opens it there."""

    def __init__(self, path: Path, limits: PageLimits) -> None:
        """Raises TemplateError."""
        self.path = path
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            raise TemplateError(path, "a template is a PDF document (.pdf) or a Typst file (.typ)")
        if not path.is_file():
            raise TemplateError(path, "no such file")
        self.is_typst = suffix == ".typ"
        if self.is_typst and find_spec("typst") is None:
            raise TemplateError(path, "Typst is not installed: pip install 'dsm-emulator[templates]'")
        self._decoder = Decoder(limits)
        self._set: tuple[str, object] = ("", object())
        self._counted = ("", 0)
        self.notes: list[str] = []
        """What a person should know of the document that was counted last, one line each."""
        self._layouts: dict[int, Layout] = {}

    def close(self) -> None:
        """The child is free for others; it is asked again when a page is."""
        self._decoder.release()

    def pages(self, row: Row) -> int:
        """How many pages a document of that row has. Raises TemplateError."""
        key = json.dumps(row, ensure_ascii=False) if self.is_typst else ""
        if self._counted[0] != key or not self._counted[1]:
            answer = self._ask(row, None, "open")
            self._counted = key, int(answer["pages"])
            self.notes = [f"{self.path}: {note}" for note in answer["notes"]]
        return self._counted[1]

    def layout(self, row: Row, page: int) -> Layout:
        """What stands on page `page` (from 0): of a PDF whatever the row, and with its placeholders. Raises
        TemplateError."""
        if not self.is_typst and page in self._layouts:
            return self._layouts[page]
        answer = self._ask(row, {"do": "layout", "index": page}, "lay out", page)
        try:
            found = Layout.of(answer)
        except (KeyError, TypeError, ValueError):
            raise TemplateError(self.path, _NONSENSE, page=page + 1) from None
        if not self.is_typst and len(self._layouts) < _KEPT:
            self._layouts[page] = found
        return found

    def image(
        self, row: Row, page: int, ppi: float, mode: Literal["L", "RGB"], hidden: Sequence[int] | None
    ) -> Image.Image:
        """The page as pixels. Raises TemplateError.

        - `hidden`: characters whose pieces of text are left out, with form fields and annotations; None: none.
        """
        from emulator.imaging.decoding.messages import page_from_message, wanted_message
        from emulator.imaging.pages import Wanted

        wanted = Wanted(Resolution(max(1, round(ppi)), max(1, round(ppi))), mode, Dimensions(_LARGE, _LARGE))
        request: Message = {"do": "page", "index": page, "wanted": wanted_message(wanted)}
        if hidden is not None:
            request["hidden"] = list(hidden)
        answer = self._ask(row, request, "render", page)
        try:
            image = page_from_message(answer, self._decoder.memory).image
        except (KeyError, TypeError, ValueError, OSError):
            raise TemplateError(self.path, _NONSENSE, page=page + 1) from None
        assert not isinstance(image, DeepImage), "none was wanted"
        return image if image.mode == mode else image.convert(mode)

    def _ask(self, row: Row, request: Message | None, work: str, page: int | None = None) -> Message:
        opening: Message = {
            "do": "open",
            "path": os.fsencode(self.path.absolute()).hex(),
            "kind": str(FileKind.PDF),
        }
        key: object = self
        if self.is_typst:
            told = json.dumps(row, ensure_ascii=False)
            if told != self._set[0]:
                self._set = (told, object())
            key = self._set[1]
            opening["typst"] = {"row": told, "fonts": font_folders()}
        try:
            return self._decoder.ask(key, opening, request, work)
        except NotDecoded as error:
            raise self._error(str(error), page) from None

    def _error(self, reason: str, page: int | None) -> TemplateError:
        """Mistakes of a Typst file have a line."""
        begin, _, rest = reason.partition(f" of {self.path.name}: ")
        if rest and begin.startswith("line ") and begin[5:].isdigit():
            return TemplateError(self.path, rest, int(begin[5:]))
        return TemplateError(self.path, reason, page=None if page is None else page + 1)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_set": ("", None), "_counted": ("", 0), "_layouts": {}}
