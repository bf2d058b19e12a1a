"""Believable documents, drawn from a seed, and the truth of what is on them (docs/documents.md).

    from emulator.documents import DocumentSource, open_set

    source = DocumentSource(open_set("office-day"), seed=7)
    page, truth = source.page(3), source.truth(3)

Importing this package loads nothing else; each name is loaded when it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from emulator.documents.datasets import parse_of, write_coco, write_donut
    from emulator.documents.document_set import DocumentSet
    from emulator.documents.gallery import (
        Exhibit,
        GalleryError,
        every_kind,
        every_trace,
        gallery_files,
        write_gallery,
    )
    from emulator.documents.ocr_formats import alto, hocr
    from emulator.documents.set_errors import DocumentSetError
    from emulator.documents.set_reading import list_sets, open_set, set_file, set_from_text, set_names
    from emulator.documents.source import DocumentSource, SeedOutOfRange
    from emulator.documents.splitting import by_all_codes, by_patch_t, splits
    from emulator.documents.templates.template_errors import TemplateError
    from emulator.documents.templates.template_set import template_set
    from emulator.documents.truth import PageTruth
    from emulator.documents.truth_json import (
        page_from_document,
        read_truth,
        schema,
        write_set_truth,
        write_truth,
    )
    from emulator.printing.faces import FontMissing

_NAMES: Final = {
    "DocumentSet": "document_set",
    "DocumentSetError": "set_errors",
    "DocumentSource": "source",
    "Exhibit": "gallery",
    "FontMissing": "emulator.printing.faces",
    "GalleryError": "gallery",
    "PageTruth": "truth",
    "SeedOutOfRange": "source",
    "alto": "ocr_formats",
    "by_all_codes": "splitting",
    "by_patch_t": "splitting",
    "every_kind": "gallery",
    "every_trace": "gallery",
    "gallery_files": "gallery",
    "hocr": "ocr_formats",
    "list_sets": "set_reading",
    "open_set": "set_reading",
    "page_from_document": "truth_json",
    "parse_of": "datasets",
    "read_truth": "truth_json",
    "schema": "truth_json",
    "set_file": "set_reading",
    "set_from_text": "set_reading",
    "set_names": "set_reading",
    "template_set": "emulator.documents.templates.template_set",
    "TemplateError": "emulator.documents.templates.template_errors",
    "write_coco": "datasets",
    "write_donut": "datasets",
    "splits": "splitting",
    "write_gallery": "gallery",
    "write_set_truth": "truth_json",
    "write_truth": "truth_json",
}

__all__ = [
    "DocumentSet",
    "DocumentSetError",
    "DocumentSource",
    "Exhibit",
    "FontMissing",
    "GalleryError",
    "PageTruth",
    "SeedOutOfRange",
    "TemplateError",
    "alto",
    "by_all_codes",
    "by_patch_t",
    "every_kind",
    "every_trace",
    "gallery_files",
    "hocr",
    "list_sets",
    "open_set",
    "page_from_document",
    "parse_of",
    "read_truth",
    "schema",
    "set_file",
    "set_from_text",
    "set_names",
    "splits",
    "template_set",
    "write_coco",
    "write_donut",
    "write_gallery",
    "write_set_truth",
    "write_truth",
]


def __getattr__(name: str) -> Any:
    module = _NAMES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(module if "." in module else f"{__name__}.{module}"), name)
