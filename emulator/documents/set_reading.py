"""Reads document sets: TOML files, and those that come along. What is wrong with one is told with its line.

A set's name is its file's name without `.toml`. Importing this module imports pydantic.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from emulator.documents import languages
from emulator.documents.document_set import (
    CodeEntry,
    Dimensions,
    DocumentEntry,
    DocumentSet,
    FontEntry,
    Strength,
    font_entry,
    kind_of,
    sticker_text,
)
from emulator.documents.kinds import KINDS
from emulator.documents.kinds.kind import SIZES, Job, Kind, sheet_size
from emulator.documents.set_errors import DocumentSetError, Problem, deepest, problem_at
from emulator.documents.symbols import PATCHES
from emulator.documents.templates.template_errors import TemplateError
from emulator.documents.templates.templated import TEMPLATE, pages_of
from emulator.documents.traces import TRACES
from emulator.printing.codes import CodeRefused, modules
from emulator.printing.faces import FontMissing, chain
from emulator.printing.own_fonts import FAMILIES, FontRefused, own_font, set_in
from emulator.printing.setting import shape
from emulator.resources import resource_folder
from emulator.toml_files import named_file, parse_toml, read_toml, reason_of

MAX_SET_BYTES: Final = 1024 * 1024
MAX_PAGES: Final = 100_000
"""Of one set, before it is repeated."""
_CODE_MARGINS: Final = 1.3  # inches, left and right of a code together
MADE_SETS: Final = ("every-kind", "every-trace")
"""Sets that come along and have no file: what kinds and traces there are decides what they hold."""


def open_set(name_or_path: str) -> DocumentSet:
    """A set by its name (those that come along) or by its file. Raises DocumentSetError."""
    if name_or_path in MADE_SETS:
        from emulator.documents import gallery

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
    found = _with_fonts(found, text, source, document)
    problems = []
    with set_in(found.own_fonts):
        contradictions = list(_contradictions(found))
    for location, reason, missing in contradictions:
        problem = problem_at(location, reason, text, document)
        problems.append(Problem(problem.field, problem.reason, problem.line, problem.page, missing_font=missing))
    if problems:
        raise DocumentSetError(source, problems)
    return _with_templates(found, text, source, document)


def _with_fonts(found: DocumentSet, text: str, source: str, document: dict[str, Any]) -> DocumentSet:
    """The set with its own fonts looked through, by whole paths. Raises DocumentSetError."""
    folder = Path(source).parent.absolute()
    fonts, problems = [], []
    for number, each in enumerate(found.fonts):
        entry = font_entry(each)
        paths = {"file": entry.file, "bold": entry.bold, "italic": entry.italic}
        whole = {name: None if path is None else str(folder / path) for name, path in paths.items()}
        for name, path in whole.items():
            try:
                if path is not None:
                    own_font(Path(path), FAMILIES)
            except FontRefused as error:
                field = ("fonts", number) if isinstance(each, str) else ("fonts", number, name)
                problems.append(problem_at(field, str(error), text, document))
        fonts.append(entry.model_copy(update=whole))
    if problems:
        raise DocumentSetError(source, problems)
    return found.model_copy(update={"fonts": tuple(fonts)})


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
    models: dict[str, type[BaseModel]] = {
        "documents": DocumentEntry,
        "codes": CodeEntry,
        "size": Dimensions,
        "fonts": FontEntry,
    }
    names = [part for part in error["loc"][:-1] if isinstance(part, str)]
    model = next((models[name] for name in reversed(names) if name in models), DocumentSet)
    return [field for field in model.model_fields if field != "name"]


_Contradiction = tuple[tuple[str | int, ...], str, bool]


def _contradictions(found: DocumentSet) -> Iterator[_Contradiction]:
    known = languages.codes()
    if found.language not in known:
        yield ("language",), f"{found.language!r} is not allowed; allowed: {', '.join(known)}", False
    yield from _traces(found.traces, ("traces",))
    if found.fonts and found.language in known:
        yield from _letters_of(found, known)
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


def _letters_of(found: DocumentSet, known: tuple[str, ...]) -> Iterator[_Contradiction]:
    """The set's own fonts have the letters of its languages, or the field that says what is missing."""
    families = [each for each in FAMILIES if any(each in font.families for font in found.own_fonts)]
    for code in dict.fromkeys(found.language_of(entry) for entry in found.documents):
        words = languages.language(code).labels.values() if code in known else ()
        for face in families:
            try:
                for word in (word for label in words if "{" not in label for word in label.split()):
                    shape(word, face, False, False, code)
            except FontMissing as error:
                yield ("fonts",), f"{error}, which the language {code!r} is written with", False
                break


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
        yield (*at, field), str(error), not found.fonts


def _traces(traces: dict[str, Strength], at: tuple[str | int, ...]) -> Iterator[_Contradiction]:
    for name in traces:
        if name not in TRACES:
            yield (*at, name), f"no such trace; there are: {', '.join(TRACES)}", False
