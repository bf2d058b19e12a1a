"""Document sets: TOML files that say which documents a stack holds.

A set's name is its file's name without `.toml`. Importing this module imports pydantic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, ValidationError

from emulator.documents import languages
from emulator.documents.kinds import KINDS
from emulator.documents.kinds.kind import SIZES, Job, Kind, sheet_size
from emulator.documents.look import MEASURED, Look
from emulator.documents.set_errors import DocumentSetError, Problem, deepest, problem_at
from emulator.documents.symbols import PATCHES
from emulator.documents.templates.template_errors import TemplateError
from emulator.documents.templates.templated import TEMPLATE, pages_of
from emulator.documents.traces import TRACES
from emulator.printing.codes import CODE_KINDS, CodeRefused, modules
from emulator.printing.faces import FontMissing, chain
from emulator.printing.setting import shape
from emulator.resources import resource_folder
from emulator.toml_files import named_file, parse_toml, read_toml, reason_of

MAX_SET_BYTES: Final = 1024 * 1024
MAX_PAGES: Final = 100_000
"""Of one set, before it is repeated."""

Strength = Literal["off", "light", "heavy"] | Annotated[float, Field(strict=True, ge=0, le=1)]
"""Of a trace; a number is between off (0) and heavy (1)."""
_CODE_MARGINS: Final = 1.3  # inches, left and right of a code together
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
    documents: Annotated[tuple[DocumentEntry, ...], Field(min_length=1, max_length=10_000)]

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


MADE_SETS: Final = ("every-kind", "every-trace")
"""Sets that come along and have no file: what kinds and traces there are decides what they hold."""


def open_set(name_or_path: str) -> DocumentSet:
    """A set by its name (those that come along) or by its file. Raises DocumentSetError."""
    if name_or_path in MADE_SETS:
        from emulator.documents import gallery  # which imports this module

        return {"every-kind": gallery.every_kind, "every-trace": gallery.every_trace}[name_or_path]()
    return _load(set_file(name_or_path))


def set_file(name_or_path: str) -> Path:
    """Where that set stands. Raises DocumentSetError for a name that is none."""
    if path := named_file(name_or_path, _folder()):
        return path
    reason = f"no such document set; there are: {', '.join(set_names())}, or name a TOML file"
    raise DocumentSetError(name_or_path or "--documents", [Problem("", reason)])


def set_names() -> list[str]:
    """The names of the sets that come along, sorted."""
    return sorted([*MADE_SETS, *(path.stem for path in _shipped())])


def list_sets() -> list[DocumentSet]:
    """The sets that come along as files, by name. Those whose fonts are not installed are left out. Raises
    DocumentSetError."""
    found = []
    for path in _shipped():
        try:
            found.append(_load(path))
        except DocumentSetError as error:
            if not error.only_fonts_missing:
                raise
    return found


def _folder() -> Path:
    return resource_folder("profiles") / "documents"


def _shipped() -> list[Path]:
    return sorted(_folder().glob("*.toml"))


def _load(path: Path) -> DocumentSet:
    text = read_toml(path, MAX_SET_BYTES, "document set", DocumentSetError)
    return set_from_text(text, path.stem, str(path))


def set_from_text(text: str, name: str, source: str) -> DocumentSet:
    """The set called `name` that the TOML `text` is; errors speak of `source`. Raises DocumentSetError."""
    document = parse_toml(text, source, DocumentSetError)
    if "name" in document:
        reason = f"no such field; the set's name is that of its file, {name}"
        raise DocumentSetError(source, [problem_at(("name",), reason, text, document)])
    try:
        found = DocumentSet.model_validate({**document, "name": name})
    except ValidationError as error:
        problems = [
            problem_at(item["loc"], reason_of(item, _allowed(item)), text, document)
            for item in deepest(error.errors())
        ]
        raise DocumentSetError(source, problems) from None
    problems = []
    for location, reason, missing in _contradictions(found):
        problem = problem_at(location, reason, text, document)
        problems.append(Problem(problem.field, problem.reason, problem.line, problem.page, missing_font=missing))
    if problems:
        raise DocumentSetError(source, problems)
    return _with_templates(found, text, source, document)


def _with_templates(found: DocumentSet, text: str, source: str, document: dict[str, Any]) -> DocumentSet:
    """The set with its templates looked through: where they stand, and how many pages they make. Raises
    DocumentSetError."""
    if all(entry.template is None for entry in found.documents):
        return found
    entries, problems = [], []
    folder = Path(source).parent
    for number, entry in enumerate(found.documents):
        if entry.template is None:
            entries.append(entry)
            continue
        data = None if entry.data is None else folder / entry.data
        template = folder / entry.template
        try:
            pages = pages_of(template, data, found.language_of(entry))
            if entry.pages is not None and entry.pages < pages:
                raise TemplateError(template, f"has {pages} pages; the set says {entry.pages}")
        except TemplateError as error:
            field = "data" if error.path == data else "template"
            problems.append(problem_at(("documents", number, field), str(error), text, document))
            continue
        more = {
            "template": str(template),
            "data": None if data is None else str(data),
            "pages": entry.pages or pages,
        }
        entries.append(entry.model_copy(update=more))
    if problems:
        raise DocumentSetError(source, problems)
    return found.model_copy(update={"documents": tuple(entries)})


def _allowed(error: Any) -> list[str]:
    models: dict[str, type[BaseModel]] = {"documents": DocumentEntry, "codes": CodeEntry, "size": Dimensions}
    names = [part for part in error["loc"][:-1] if isinstance(part, str)]
    model = next((models[name] for name in reversed(names) if name in models), DocumentSet)
    return [field for field in model.model_fields if field != "name"]


_Contradiction = tuple[tuple[str | int, ...], str, bool]


def _contradictions(found: DocumentSet) -> Iterator[_Contradiction]:
    known = languages.codes()
    if found.language not in known:
        yield ("language",), f"{found.language!r} is not allowed; allowed: {', '.join(known)}", False
    yield from _traces(found.traces, ("traces",))
    total = 0
    for number, entry in enumerate(found.documents):
        at: tuple[str | int, ...] = ("documents", number)
        if entry.kind not in KINDS and entry.kind != TEMPLATE.name:
            names = ", ".join((*KINDS, TEMPLATE.name))
            yield (*at, "kind"), f"{entry.kind!r} is not allowed; allowed: {names}", False
            continue
        kind = kind_of(entry)
        total += entry.copies * (entry.pages or kind.pages)
        yield from _entry(found, entry, kind, at, known)
        yield from _traces(entry.traces, (*at, "traces"))
    if total > MAX_PAGES:
        yield ("documents",), f"{total} pages; at most {MAX_PAGES} are allowed", False


def _entry(
    found: DocumentSet, entry: DocumentEntry, kind: Kind, at: tuple[str | int, ...], known: tuple[str, ...]
) -> Iterator[_Contradiction]:
    for field in ("text", "face", "patch", "codes", "tag", "sticker", "layout", "template", "data"):
        if getattr(entry, field) is not None and field not in kind.options:
            yield (*at, field), f"a document of kind {kind.name!r} has no {field}", False
    for field in kind.required:
        if getattr(entry, field) is None:
            yield (*at, field), f"missing; a document of kind {kind.name!r} needs it", False
    layouts = tuple(plan.name for plan in kind.plans)
    if layouts and entry.layout is not None and entry.layout not in layouts:
        yield (*at, "layout"), f"{entry.layout!r} is not allowed; allowed: {', '.join(layouts)}", False
    if isinstance(entry.size, str) and entry.size not in SIZES:
        yield (*at, "size"), f"{entry.size!r} is not allowed; allowed: {', '.join(SIZES)}", False
    if entry.size is not None and kind.fixed_size:
        yield (*at, "size"), f"a document of kind {kind.name!r} has its own size", False
    if entry.pages is not None and entry.pages > 1 and not kind.many_pages:
        yield (*at, "pages"), f"a document of kind {kind.name!r} has one page; say copies", False
    if entry.patch is not None and entry.patch not in PATCHES:
        yield (*at, "patch"), f"{entry.patch!r} is not allowed; allowed: {', '.join(PATCHES)}", False
    for field, kinds, text in (
        ("tag", ("QRCode", "Code128"), f"TAG:{entry.tag}"),
        ("sticker", ("QRCode",), sticker_text(entry.sticker or "-", 1)),
    ):
        try:
            for code_kind in kinds if getattr(entry, field) is not None else ():
                modules(code_kind, text)
        except CodeRefused as error:
            yield (*at, field), str(error), False
    for position, code in enumerate(entry.codes or ()):
        try:
            wide = modules(code.kind, code.value).width * code.module
        except CodeRefused as error:
            yield (*at, "codes", position, "value"), str(error), False
            continue
        if isinstance(entry.size, str) and entry.size not in SIZES:
            continue
        job = Job(0, languages.language("en"), 0, 1)
        room = sheet_size(kind, job, entry.own_size, entry.orientation)[0] - _CODE_MARGINS
        if wide > room:
            reason = f"the code is {wide:.2f} inches wide, the sheet has room for {room:.2f}"
            yield (*at, "codes", position), reason, False
    language = found.language_of(entry)
    if language not in known:
        if entry.language is not None:
            yield (*at, "language"), f"{language!r} is not allowed; allowed: {', '.join(known)}", False
        return
    try:
        chain("sans", language)
        for word in (entry.text or "").split():
            shape(word, entry.face or "serif", False, False, language)
    except FontMissing as error:
        field = "text" if entry.text is not None else "language" if entry.language is not None else "kind"
        yield (*at, field), str(error), True


def _traces(traces: dict[str, Strength], at: tuple[str | int, ...]) -> Iterator[_Contradiction]:
    for name in traces:
        if name not in TRACES:
            yield (*at, name), f"no such trace; there are: {', '.join(TRACES)}", False


assert set(CODE_KINDS) == set(CodeEntry.model_fields["kind"].annotation.__args__)  # type: ignore[union-attr]
