"""Document sets: which documents a stack holds, and its pages. Importing this module imports pydantic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from emulator.documents.kinds import KINDS
from emulator.documents.kinds.kind import Kind
from emulator.documents.look import MEASURED, Look
from emulator.documents.templates.templated import TEMPLATE
from emulator.printing.codes import CODE_KINDS
from emulator.printing.faces import needs_packages
from emulator.printing.own_fonts import FAMILIES, Family, OwnFont, own_font

Strength = Literal["off", "light", "heavy"] | Annotated[float, Field(strict=True, ge=0, le=1)]
"""Of a trace; a number is between off (0) and heavy (1)."""
_Inches = Annotated[float, Field(ge=1.0, le=20.0)]
Orientation = Literal["portrait", "landscape"]


class Dimensions(BaseModel):
    """A size of one's own, in inches."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    width: _Inches
    height: _Inches


class CodeEntry(BaseModel):
    """A code on a page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["Code39", "Code128", "EAN13", "ITF", "QRCode", "DataMatrix", "PDF417", "Aztec"]
    value: Annotated[StrictStr, Field(min_length=1, max_length=1000)]
    module: Annotated[float, Field(ge=0.003, le=0.2)] = 0.02
    """Inches."""


class FontEntry(BaseModel):
    """A font file of the user's own, beside the set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Annotated[StrictStr, Field(min_length=1)]
    bold: Annotated[StrictStr, Field(min_length=1)] | None = None
    italic: Annotated[StrictStr, Field(min_length=1)] | None = None
    faces: Annotated[tuple[Family, ...], Field(min_length=1)] = FAMILIES
    """Kinds of faces that it stands for."""


def font_entry(said: str | FontEntry) -> FontEntry:
    """What a path alone says too."""
    return FontEntry(file=said) if isinstance(said, str) else said


class DocumentEntry(BaseModel):
    """One document of a set, or several that differ in their contents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: StrictStr
    language: StrictStr | None = None
    copies: Annotated[StrictInt, Field(ge=1, le=1000)] = 1
    pages: Annotated[StrictInt, Field(ge=1, le=500)] | None = None
    size: StrictStr | Dimensions | None = None
    orientation: Orientation | None = None
    turned: Literal[0, 90, 180, 270] = 0
    """Degrees clockwise by which the sheet lies turned in the feeder."""
    backs: Literal["none", "blank", "printed"] = "none"
    """What is on the backs: `none` are not scanned; `printed`: the next page of the document."""
    show_through: StrictBool = True
    """Whether backs and fronts shine through the paper a little."""
    text: Annotated[StrictStr, Field(max_length=20_000)] | None = None
    face: Literal["sans", "serif", "mono", "hand"] | None = None
    patch: StrictStr | None = None
    codes: tuple[CodeEntry, ...] | None = None
    tag: Annotated[StrictStr, Field(min_length=1, max_length=40)] | None = None
    template: Annotated[StrictStr, Field(min_length=1)] | None = None
    """Of kind `template`: a PDF document or a Typst file, beside the set."""
    data: Annotated[StrictStr, Field(min_length=1)] | None = None
    """Rows for it, CSV or JSON, beside the set; None: they are invented."""
    sticker: Annotated[StrictStr, Field(min_length=1, max_length=40)] | None = None
    """Text of a label on the first page; `{number}` is the document's number in the stack."""
    layout: StrictStr | None = None
    """Name of one of the kind's layouts; None: one by the document's seed."""
    traces: dict[str, Strength] = Field(default_factory=dict)
    look: Look | None = None
    """Without it as the set's; kinds that things are measured by are clean."""

    @property
    def own_size(self) -> str | tuple[float, float] | None:
        """Name, or inches."""
        return (self.size.width, self.size.height) if isinstance(self.size, Dimensions) else self.size


class DocumentSet(BaseModel):
    """A stack of documents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: Annotated[StrictStr, Field(min_length=1, max_length=200)]
    language: StrictStr = "en"
    traces: dict[str, Strength] = Field(default_factory=dict)
    """On every page, where the document says nothing else of that trace."""
    look: Look = "scanned"
    """Whether the pages are what a scanner sees of printed ones."""
    fonts: tuple[Annotated[StrictStr, Field(min_length=1)] | FontEntry, ...] = ()
    """Files of the user's own that it is set in; a path alone stands for every kind of face."""
    documents: Annotated[tuple[DocumentEntry, ...], Field(min_length=1, max_length=10_000)]

    @property
    def own_fonts(self) -> tuple[OwnFont, ...]:
        """The same, looked through. Raises FontRefused."""
        return tuple(
            own_font(
                Path(each.file),
                each.faces,
                None if each.bold is None else Path(each.bold),
                None if each.italic is None else Path(each.italic),
            )
            for each in map(font_entry, self.fonts)
        )

    @property
    def needs_packages(self) -> bool:
        """Whether faces of packages are needed: its own fonts do not stand for all."""
        return needs_packages(self.own_fonts)

    def language_of(self, entry: DocumentEntry) -> str:
        """ISO 639-1."""
        return entry.language or self.language

    def traces_of(self, entry: DocumentEntry) -> dict[str, Strength]:
        """The set's traces and the document's own."""
        return {**self.traces, **entry.traces}

    def look_of(self, entry: DocumentEntry, asked: Look | None) -> Look:
        """The look of a document, where `asked` is what whoever scans it has asked for."""
        return entry.look or ("clean" if entry.kind in MEASURED else asked or self.look)

    def sides(self) -> tuple[Side, ...]:
        """Every page of the stack in order."""
        result: list[Side] = []
        document = 0
        for entry in self.documents:
            pages = entry.pages or kind_of(entry).pages
            for copy in range(entry.copies):
                result += _sides(entry, document, copy, pages)
                document += 1
        return tuple(result)


@dataclass(frozen=True, slots=True)
class Side:
    """One page of the stack: a side of a sheet."""

    entry: DocumentEntry
    document: int
    """From 0."""
    copy: int
    """Which of the entry's documents, from 0."""
    page: int | None
    """Of the document, from 0; None: a back with nothing on it."""
    pages: int
    side: Literal["front", "back"]
    behind: int | None
    """The page on the other side of the paper, where it shines through."""


def sticker_text(pattern: str, number: int) -> str:
    """What a document's label says."""
    return pattern.replace("{number}", f"{number:05}")


def kind_of(entry: DocumentEntry) -> Kind:
    """The kind of an entry's documents. Raises KeyError."""
    return KINDS[entry.kind] if entry.kind != TEMPLATE.name else TEMPLATE


def _sides(entry: DocumentEntry, document: int, copy: int, pages: int) -> Iterator[Side]:
    if entry.backs == "none":
        for page in range(pages):
            yield Side(entry, document, copy, page, pages, "front", None)
        return
    through = entry.show_through
    step = 1 if entry.backs == "blank" else 2
    for front in range(0, pages, step):
        back = front + 1 if step == 2 and front + 1 < pages else None
        yield Side(entry, document, copy, front, pages, "front", back if through else None)
        yield Side(entry, document, copy, back, pages, "back", front if through else None)


assert set(CODE_KINDS) == set(CodeEntry.model_fields["kind"].annotation.__args__)  # type: ignore[union-attr]
