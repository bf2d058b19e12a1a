"""Document sources for tests."""

from __future__ import annotations

import hashlib
from typing import Literal

from emulator.documents import DocumentSource, set_from_text
from emulator.documents.look import Look
from emulator.imaging.pages import Wanted
from emulator.wsscan.values.geometry import Dimensions, Resolution

A4 = Dimensions(8268, 11693)


def wanted(ppi: int = 100, mode: Literal["1", "L", "RGB"] = "L") -> Wanted:
    """What a scan of A4 wants."""
    return Wanted(Resolution(ppi, ppi), mode, A4)


def source_of(
    *entries: str, language: str = "en", seed: int = 0, pages: int | None = None, look: Look | None = "clean"
) -> DocumentSource:
    """Documents, each the TOML of an entry without its header; a bare word is a kind."""
    text = f'title = "Test"\nlanguage = "{language}"\n'
    for entry in entries:
        text += "[[documents]]\n" + (entry if "=" in entry else f'kind = "{entry}"') + "\n"
    return DocumentSource(set_from_text(text, "test", "test.toml"), seed=seed, pages=pages, look=look)


def digest(source: DocumentSource, index: int, what: Wanted) -> str:
    """Of the pixels and the truth of a page."""
    page = source.page(index, what)
    found = hashlib.sha256(repr((page.image.mode, page.image.size, page.dpi)).encode())
    found.update(page.image.tobytes())
    found.update(repr(source.truth(index, what)).encode())
    return found.hexdigest()
