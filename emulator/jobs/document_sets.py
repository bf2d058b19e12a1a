"""Document sets as commands ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator import documents
from emulator.documents.set_reading import MADE_SETS
from emulator.environment.exit_codes import LabError

if TYPE_CHECKING:
    from emulator.documents import DocumentSet


@dataclass(frozen=True, slots=True)
class ListedSet:
    """A set that comes along."""

    name: str
    found: DocumentSet | None
    """None where it cannot be drawn here."""
    problem: str = ""
    """Why not."""

    def as_dict(self) -> dict[str, Any]:
        """Return it for `--json`."""
        if self.found is None:
            return {"name": self.name, "problem": self.problem}
        return {"name": self.name, **summary(self.found), "problem": None}


def document_sets() -> list[ListedSet]:
    """The sets that come along, sorted by name; also those whose fonts are not installed."""
    return [_listed(name) for name in documents.set_names()]


def _listed(name: str) -> ListedSet:
    try:
        return ListedSet(name, documents.open_set(name))
    except documents.DocumentSetError as error:
        return ListedSet(name, None, str(error.problems[0].reason))


def summary(found: DocumentSet) -> dict[str, Any]:
    """A set in a line: title, language, counts of documents and pages, kinds."""
    sides = found.sides()
    return {
        "title": found.title,
        "language": found.language,
        "document_count": len({side.document for side in sides}),
        "page_count": len(sides),
        "kinds": list(dict.fromkeys(entry.kind for entry in found.documents)),
    }


def split_documents(found: DocumentSet) -> dict[str, list[dict[str, Any]]]:
    """What a right pipeline makes of the stack: by PATCHT alone, and by serial numbers and tags too. Empty where
    there is nothing to split at."""
    if not documents.splits(found):
        return {}
    return {
        "patcht": [part.as_dict() for part in documents.by_patch_t(found)],
        "patcht_asn_tag": [part.as_dict() for part in documents.by_all_codes(found)],
    }


def document_set(name_or_path: str) -> DocumentSet:
    """A set by name or file. Raises LabError."""
    try:
        return documents.open_set(name_or_path)
    except documents.DocumentSetError as error:
        raise LabError(str(error)) from None


def set_text(name_or_path: str) -> str:
    """The TOML of a set that has no mistake: with its comments, as it stands in its file; of a set that has no file
    such as would make it. Raises LabError."""
    found = document_set(name_or_path)
    if name_or_path not in MADE_SETS:
        return documents.set_file(name_or_path).read_text(encoding="utf-8")
    import tomlkit

    told = found.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
    return tomlkit.dumps({"title": found.title, "language": found.language, **told})


def check_document_set(name_or_path: str) -> list[str]:
    """The mistakes of a set, one line each."""
    try:
        documents.open_set(name_or_path)
    except documents.DocumentSetError as error:
        return [f"{error.source}{'' if p.line is None else f':{p.line}'}: {p}" for p in error.problems]
    return []
